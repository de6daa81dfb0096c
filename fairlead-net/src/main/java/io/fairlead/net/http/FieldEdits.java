package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Changes to make to a head while it is written out anew: drops first, then additions in order.
 * Hop-by-hop and framing fields are dropped by the writer itself and need no edit. Reusable after
 * {@link #clear}; confined to one event loop. Values with CR, LF or NUL are refused with {@link
 * IllegalArgumentException}.
 */
public final class FieldEdits {
  /** One field to add. */
  public record Field(String name, String value) {
    /** Whether the writer sets such a field itself and ignores this one. */
    boolean framing() {
      return switch (name.length()) {
        case 7 -> name.equalsIgnoreCase("upgrade");
        case 10 -> name.equalsIgnoreCase("connection") || name.equalsIgnoreCase("keep-alive");
        case 14 -> name.equalsIgnoreCase("content-length");
        case 17 -> name.equalsIgnoreCase("transfer-encoding");
        default -> false;
      };
    }
  }

  // Room for what a reverse proxy does to every request.
  private final List<String> dropped = new ArrayList<>(10);
  private final List<Field> added = new ArrayList<>(8);

  /** Leaves out every field of that name. */
  public FieldEdits drop(String name) {
    dropped.add(name.toLowerCase(Locale.ROOT));
    return this;
  }

  /** Leaves out every field of those names. */
  public FieldEdits dropAll(List<String> lowerCaseNames) {
    dropped.addAll(lowerCaseNames);
    return this;
  }

  /** Leaves out every field of that name, those added so far included. */
  public FieldEdits purge(String name) {
    added.removeIf(field -> field.name().equalsIgnoreCase(name));
    return drop(name);
  }

  /** Replaces every field of that name by one. */
  public FieldEdits set(String name, String value) {
    String lower = name.toLowerCase(Locale.ROOT);
    dropped.add(lower);
    added.removeIf(field -> field.name().equalsIgnoreCase(lower));
    return append(name, value);
  }

  /** Adds one field after the others. */
  public FieldEdits add(String name, String value) {
    return append(name, value);
  }

  /** Lower-case names to leave out. */
  public List<String> dropped() {
    return dropped;
  }

  public List<Field> added() {
    return added;
  }

  public FieldEdits clear() {
    dropped.clear();
    added.clear();
    return this;
  }

  /** Writes fields one after the other, except what the writer sets itself. */
  static void write(List<Field> fields, HeadWriter writer) {
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      if (!field.framing()) writer.field(field.name(), field.value());
    }
  }

  private FieldEdits append(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\r' || c == '\n' || c == 0) {
        throw new IllegalArgumentException("field " + name + ": control character in value");
      }
    }
    added.add(new Field(name, value));
    return this;
  }
}
