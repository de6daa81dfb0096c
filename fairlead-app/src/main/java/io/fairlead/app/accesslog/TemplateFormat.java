package io.fairlead.app.accesslog;

import io.fairlead.app.logs.LineText;
import io.fairlead.net.journal.AccessEntry;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A text with variables in braces; {@code {d(%H:%M)}} is a time by the codes of {@code strftime}.
 * What does not apply is {@code -}.
 */
record TemplateFormat(List<Part> parts, Privacy privacy, ZoneId zone) implements LineFormat {
  private static final String TIME_OPEN = "d(";

  private enum Variable {
    TS,
    KIND,
    L,
    LISTENER,
    SERVICE,
    ROUTE,
    CLIENT_IP,
    USER,
    METHOD,
    HOST,
    PATH,
    QUERY,
    URL,
    PROTO,
    STATUS,
    UP_STATUS,
    BYTES_IN,
    BYTES_OUT,
    DURATION,
    CONNECT,
    TTFB,
    UPSTREAM,
    ATTEMPTS,
    ERROR,
    TLS,
    REFERER,
    USER_AGENT,
    COOKIE,
    REQUEST_ID,
    TRACE_ID,
    GENERATION
  }

  /** A piece of the line. */
  sealed interface Part {
    /** Written as it is. */
    record Fixed(String text) implements Part {}

    /** Of the entry. */
    record Value(Variable variable) implements Part {}

    /** When it ended. */
    record Time(DateTimeFormatter form) implements Part {}
  }

  /**
   * @throws IllegalArgumentException a name in braces is no variable, or a time has an unknown code
   */
  static TemplateFormat parse(String text, Privacy privacy, ZoneId zone) {
    List<Part> parts = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int open = text.indexOf('{', from);
      int close = open < 0 ? -1 : text.indexOf('}', open);
      if (close < 0) break;
      if (open > from) parts.add(new Part.Fixed(text.substring(from, open)));
      parts.add(part(text.substring(open + 1, close)));
      from = close + 1;
    }
    if (parts.stream().allMatch(Part.Fixed.class::isInstance)) {
      throw new IllegalArgumentException("`" + text + "` has no variable");
    }
    if (from < text.length()) parts.add(new Part.Fixed(text.substring(from)));
    return new TemplateFormat(List.copyOf(parts), privacy, zone);
  }

  @Override
  public void append(Line line, StringBuilder out) {
    for (Part part : parts) {
      switch (part) {
        case Part.Fixed(String text) -> out.append(text);
        case Part.Time(DateTimeFormatter form) ->
            out.append(form.format(line.entry().at().atZone(zone)));
        case Part.Value(Variable variable) -> value(variable, line, out);
      }
    }
  }

  private void value(Variable variable, Line line, StringBuilder out) {
    AccessEntry entry = line.entry();
    AccessEntry.Asked asked = entry.asked();
    switch (variable) {
      case TS -> out.append(entry.at());
      case KIND -> text(entry.kind().word(), out);
      case L -> text("info", out); // of the lines of this log there is but one level
      case LISTENER -> text(entry.listener(), out);
      case SERVICE -> text(entry.service(), out);
      case ROUTE -> text(entry.route(), out);
      case CLIENT_IP -> text(privacy.address(entry.client().address()), out);
      case USER -> text(entry.client().user(), out);
      case METHOD -> text(asked.method(), out);
      case HOST -> text(asked.host(), out);
      case PATH -> text(asked.path(), out);
      case QUERY -> text(privacy.query(asked.query()), out);
      case URL -> text(url(asked), out);
      case PROTO -> text(asked.protocol(), out);
      case STATUS -> number(entry.outcome().status(), out);
      case UP_STATUS -> number(entry.upstream().status(), out);
      case BYTES_IN -> number(entry.outcome().receivedBytes(), out);
      case BYTES_OUT -> number(entry.outcome().sentBytes(), out);
      case DURATION -> time(entry.outcome().durationNanos(), out);
      case CONNECT -> time(entry.upstream().connectNanos(), out);
      case TTFB -> time(entry.upstream().firstByteNanos(), out);
      case UPSTREAM -> text(entry.upstream().endpoint(), out);
      case ATTEMPTS -> number(entry.upstream().attempts(), out);
      case ERROR -> text(entry.outcome().error().orElse(""), out);
      case TLS -> text(entry.client().tls(), out);
      case REFERER -> text(privacy.url(entry.client().referer()), out);
      case USER_AGENT -> text(entry.client().agent(), out);
      case COOKIE -> text(Privacy.MASK, out); // a credential, whatever its name
      case REQUEST_ID -> text(entry.id(), out);
      case TRACE_ID -> text(entry.trace().trace(), out);
      case GENERATION -> number(line.generation(), out);
    }
  }

  private String url(AccessEntry.Asked asked) {
    if (asked.scheme().isEmpty()) return asked.host();
    String base = asked.scheme() + "://" + asked.host() + asked.path();
    return asked.query().isEmpty() ? base : base + "?" + privacy.query(asked.query());
  }

  private static void text(String value, StringBuilder out) {
    if (value.isEmpty()) out.append('-');
    else LineText.append(value, out, true);
  }

  private static void number(long value, StringBuilder out) {
    if (value < 0) out.append('-');
    else out.append(value);
  }

  private static void time(long nanos, StringBuilder out) {
    if (nanos < 0) out.append('-');
    else LineFormat.millis(nanos, out);
  }

  private static Part part(String name) {
    if (name.startsWith(TIME_OPEN) && name.endsWith(")")) {
      return new Part.Time(time(name.substring(TIME_OPEN.length(), name.length() - 1)));
    }
    for (Variable variable : Variable.values()) {
      if (variable.name().toLowerCase(Locale.ROOT).equals(name)) return new Part.Value(variable);
    }
    String known =
        Stream.of(Variable.values())
            .map(variable -> "{" + variable.name().toLowerCase(Locale.ROOT) + "}")
            .collect(Collectors.joining(" "));
    throw new IllegalArgumentException(
        "{" + name + "} is no variable (expected: one of " + known + " {d(%H:%M:%S)})");
  }

  private static DateTimeFormatter time(String codes) {
    DateTimeFormatterBuilder form = new DateTimeFormatterBuilder();
    for (int i = 0; i < codes.length(); i++) {
      char c = codes.charAt(i);
      if (c != '%' || i + 1 == codes.length()) {
        form.appendLiteral(c);
      } else if (codes.charAt(i + 1) == '%') {
        form.appendLiteral(codes.charAt(++i));
      } else {
        form.appendPattern(field(codes.charAt(++i)));
      }
    }
    return form.toFormatter(Locale.ROOT);
  }

  private static String field(char code) {
    return switch (code) {
      case 'Y' -> "yyyy";
      case 'y' -> "yy";
      case 'm' -> "MM";
      case 'b', 'h' -> "MMM";
      case 'B' -> "MMMM";
      case 'd' -> "dd";
      case 'e' -> "ppd";
      case 'j' -> "DDD";
      case 'a' -> "EEE";
      case 'A' -> "EEEE";
      case 'H' -> "HH";
      case 'I' -> "hh";
      case 'M' -> "mm";
      case 'S' -> "ss";
      case 'p' -> "a";
      case 'f' -> "SSSSSSSSS";
      case 'z' -> "xx";
      case 'Z' -> "zzz";
      case 'F' -> "yyyy-MM-dd";
      case 'T' -> "HH:mm:ss";
      case 'R' -> "HH:mm";
      default -> throw new IllegalArgumentException("%" + code + " is no code of a time");
    };
  }
}
