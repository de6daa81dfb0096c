package io.fairlead.net.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A trailer section (RFC 9110 §6.5). Immutable. What decides about framing, routing, access or
 * cookies is never in it: those who fill it ask {@link #forbidden} first.
 */
public final class Trailers implements Fields {
  public static final Trailers NONE = new Trailers(List.of());

  private static final Set<String> FORBIDDEN =
      Set.of(
          "age",
          "authorization",
          "cache-control",
          "connection",
          "content-encoding",
          "content-length",
          "content-range",
          "content-type",
          "cookie",
          "date",
          "expect",
          "expires",
          "forwarded",
          "host",
          "keep-alive",
          "location",
          "max-forwards",
          "pragma",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "range",
          "retry-after",
          "set-cookie",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "vary",
          "via",
          "warning",
          "www-authenticate",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-proto");

  private final List<FieldEdits.Field> fields;

  private Trailers(List<FieldEdits.Field> fields) {
    this.fields = fields;
  }

  public static Trailers of(List<FieldEdits.Field> fields) {
    return fields.isEmpty() ? NONE : new Trailers(List.copyOf(fields));
  }

  /** Whether a field of that name may never be a trailer (RFC 9110 §6.5.1). */
  public static boolean forbidden(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return FORBIDDEN.contains(lower) || lower.startsWith(":") || lower.startsWith("if-");
  }

  /** Whether a field of that name passes a hop without being allowed in so many words. */
  static boolean customary(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "server-timing", "digest", "content-digest", "repr-digest" -> true;
      case String lower -> lower.startsWith("grpc-");
    };
  }

  /**
   * Reads the lines a chunk decoder kept; forbidden ones are left out.
   *
   * @param lines each a token, a colon, a value, and LF
   */
  static Trailers ofLines(String lines) {
    if (lines.isEmpty()) return NONE;
    List<FieldEdits.Field> fields = new ArrayList<>(4);
    int from = 0;
    while (from < lines.length()) {
      int end = lines.indexOf('\n', from);
      int colon = lines.indexOf(':', from);
      String name = lines.substring(from, colon);
      if (!forbidden(name)) {
        fields.add(new FieldEdits.Field(name, lines.substring(colon + 1, end).strip()));
      }
      from = end + 1;
    }
    return of(fields);
  }

  public List<FieldEdits.Field> list() {
    return fields;
  }

  public boolean isEmpty() {
    return fields.isEmpty();
  }

  /**
   * Those that pass a hop.
   *
   * @param allowed further names, lower case
   * @param all whether every field passes, because the application protocol says so
   */
  Trailers passing(Set<String> allowed, boolean all) {
    if (all || fields.isEmpty()) return this;
    List<FieldEdits.Field> kept = new ArrayList<>(fields.size());
    for (FieldEdits.Field field : fields) {
      if (customary(field.name()) || allowed.contains(field.name().toLowerCase(Locale.ROOT))) {
        kept.add(field);
      }
    }
    return kept.size() == fields.size() ? this : of(kept);
  }

  @Override
  public int size() {
    return fields.size();
  }

  @Override
  public String name(int index) {
    return fields.get(index).name();
  }

  @Override
  public String value(int index) {
    return fields.get(index).value();
  }

  @Override
  public boolean nameIs(int index, String lowerCaseName) {
    return fields.get(index).name().equalsIgnoreCase(lowerCaseName);
  }
}
