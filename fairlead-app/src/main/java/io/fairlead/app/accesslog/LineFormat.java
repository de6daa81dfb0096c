package io.fairlead.app.accesslog;

import io.fairlead.app.logs.LineText;
import io.fairlead.net.journal.AccessEntry;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** How a line looks. Immutable; writes no line end. */
interface LineFormat {
  /** The predefined template called {@code main}. */
  String MAIN =
      "{d(%Y-%m-%d %H:%M:%S)} {client_ip} {user} \"{method} {url} {proto}\" {status} {up_status}"
          + " {bytes_out} {duration} \"{referer}\" \"{user_agent}\" {request_id}";

  /** Appends the line of an entry. */
  void append(Line line, StringBuilder out);

  /**
   * @param written {@code json}, {@code combined}, {@code main} or a template without a {@link
   *     #problem}
   */
  static LineFormat of(String written, Privacy privacy, ZoneId zone) {
    return switch (written) {
      case "json" -> new Json(privacy);
      case "combined" -> new Combined(privacy, zone);
      case "main" -> TemplateFormat.parse(MAIN, privacy, zone);
      default -> TemplateFormat.parse(written, privacy, zone);
    };
  }

  /** What is wrong with a format, if anything is. */
  static Optional<String> problem(String written) {
    try {
      of(written, new Privacy(false, java.util.List.of()), ZoneId.of("UTC"));
    } catch (IllegalArgumentException wrong) {
      return Optional.of(String.valueOf(wrong.getMessage()));
    }
    return Optional.empty();
  }

  /** Whole milliseconds and three decimals. */
  static void millis(long nanos, StringBuilder out) {
    long micros = nanos / 1000;
    out.append(micros / 1000).append('.');
    long rest = micros % 1000;
    if (rest < 100) out.append('0');
    if (rest < 10) out.append('0');
    out.append(rest);
  }

  /** One JSON object; what does not apply is left out. */
  record Json(Privacy privacy) implements LineFormat {
    @Override
    public void append(Line line, StringBuilder out) {
      AccessEntry entry = line.entry();
      out.append("{\"ts\":\"").append(entry.at()).append('"');
      text("kind", entry.kind().word(), out);
      text("listener", entry.listener(), out);
      text("service", entry.service(), out);
      text("route", entry.route(), out);
      text("client_ip", privacy.address(entry.client().address()), out);
      text("user", entry.client().user(), out);
      text("method", entry.asked().method(), out);
      text("host", entry.asked().host(), out);
      text("path", entry.asked().path(), out);
      text("query", privacy.query(entry.asked().query()), out);
      text("proto", entry.asked().protocol(), out);
      number("status", entry.outcome().status(), out);
      number("bytes_in", entry.outcome().receivedBytes(), out);
      number("bytes_out", entry.outcome().sentBytes(), out);
      time("duration_ms", entry.outcome().durationNanos(), out);
      time("connect_ms", entry.upstream().connectNanos(), out);
      time("ttfb_ms", entry.upstream().firstByteNanos(), out);
      text("upstream", entry.upstream().endpoint(), out);
      number("upstream_status", entry.upstream().status(), out);
      number("attempts", entry.upstream().attempts(), out);
      entry.outcome().error().ifPresent(error -> text("error", error, out));
      text("tls", entry.client().tls(), out);
      text("referer", privacy.url(entry.client().referer()), out);
      text("user_agent", entry.client().agent(), out);
      text("request_id", entry.id(), out);
      text("trace_id", entry.trace().trace(), out);
      number("generation", line.generation(), out);
      out.append('}');
    }

    private static void text(String name, String value, StringBuilder out) {
      if (value.isEmpty()) return;
      out.append(",\"").append(name).append("\":\"");
      LineText.append(value, out, true);
      out.append('"');
    }

    private static void number(String name, long value, StringBuilder out) {
      if (value >= 0) out.append(",\"").append(name).append("\":").append(value);
    }

    private static void time(String name, long nanos, StringBuilder out) {
      if (nanos < 0) return;
      out.append(",\"").append(name).append("\":");
      millis(nanos, out);
    }
  }

  /** What most programs that read access logs expect. */
  record Combined(Privacy privacy, ZoneId zone) implements LineFormat {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT);

    @Override
    public void append(Line line, StringBuilder out) {
      AccessEntry entry = line.entry();
      word(privacy.address(entry.client().address()), out);
      out.append(" - ");
      word(entry.client().user(), out);
      out.append(" [").append(TIME.format(entry.at().atZone(zone))).append("] \"");
      AccessEntry.Asked asked = entry.asked();
      LineText.append(asked.method().isEmpty() ? asked.protocol() : asked.method(), out, true);
      out.append(' ');
      if (asked.path().isEmpty() && asked.host().isEmpty())
        out.append('-'); // a head not understood
      if (asked.path().isEmpty()) LineText.append(asked.host(), out, true);
      LineText.append(asked.path(), out, true);
      if (!asked.query().isEmpty()) {
        out.append('?');
        LineText.append(privacy.query(asked.query()), out, true);
      }
      if (!asked.method().isEmpty()) out.append(' ').append(asked.protocol());
      out.append("\" ");
      if (entry.outcome().status() < 0) out.append('-');
      else out.append(entry.outcome().status());
      out.append(' ').append(entry.outcome().sentBytes()).append(" \"");
      quoted(privacy.url(entry.client().referer()), out);
      out.append("\" \"");
      quoted(entry.client().agent(), out);
      out.append('"');
    }

    /** Text between spaces: it has none of its own. */
    private static void word(String value, StringBuilder out) {
      quoted(value.replace(' ', '_'), out);
    }

    private static void quoted(String value, StringBuilder out) {
      if (value.isEmpty()) out.append('-');
      else LineText.append(value, out, true);
    }
  }
}
