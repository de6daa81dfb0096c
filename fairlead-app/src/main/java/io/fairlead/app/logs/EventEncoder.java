package io.fairlead.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/**
 * One event, one line: for people {@code 12:00:01.234Z INFO proxy listener opened bind=:8090}, for
 * machines a JSON object with {@code ts, level, module, msg} and the event's own keys. Control
 * characters are escaped in both, so that a peer's text cannot forge a line.
 */
public final class EventEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = new byte[0];
  private static final String ROOT = "io.fairlead.";
  private static final int TRACE_LINES_MAX = 64;

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final boolean json;

  /**
   * @param json machines read it
   */
  public EventEncoder(boolean json) {
    this.json = json;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    Instant at = Instant.ofEpochMilli(event.getTimeStamp());
    if (json) json(event, at, line);
    else text(event, at, line);
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The feature a logger belongs to: {@code io.fairlead.proxy.netty.X} is {@code proxy}. */
  static String module(String logger) {
    if (!logger.startsWith(ROOT)) return logger.substring(logger.lastIndexOf('.') + 1);
    int end = logger.indexOf('.', ROOT.length());
    return end < 0 ? logger.substring(ROOT.length()) : logger.substring(ROOT.length(), end);
  }

  private static void text(ILoggingEvent event, Instant at, StringBuilder line) {
    line.append(CLOCK.format(at)).append(' ');
    line.append("%-5s ".formatted(event.getLevel()));
    line.append("%-8s ".formatted(module(event.getLoggerName())));
    LineText.append(event.getFormattedMessage(), line, false);
    for (KeyValuePair pair : pairs(event)) {
      line.append(' ').append(pair.key).append('=');
      String value = String.valueOf(pair.value);
      boolean plain = !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c != '"');
      if (!plain) line.append('"');
      LineText.append(value, line, !plain);
      if (!plain) line.append('"');
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(" error=\"");
      LineText.append(thrown.getClassName() + ": " + thrown.getMessage(), line, true);
      line.append('"');
      if (tracing(event)) {
        for (StackTraceElementProxy frame : frames(thrown)) {
          line.append(" | ").append(frame.getStackTraceElement());
        }
      }
    }
  }

  private static void json(ILoggingEvent event, Instant at, StringBuilder line) {
    line.append("{\"ts\":\"").append(at).append("\",\"level\":\"");
    line.append(event.getLevel().toString().toLowerCase(Locale.ROOT));
    line.append("\",\"module\":\"").append(module(event.getLoggerName())).append('"');
    member("msg", event.getFormattedMessage(), line);
    for (KeyValuePair pair : pairs(event)) {
      if (pair.value instanceof Number || pair.value instanceof Boolean) {
        line.append(",\"");
        LineText.append(pair.key, line, true);
        line.append("\":").append(pair.value);
      } else {
        member(pair.key, String.valueOf(pair.value), line);
      }
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      member("error", thrown.getClassName() + ": " + thrown.getMessage(), line);
      if (tracing(event)) {
        StringBuilder trace = new StringBuilder();
        for (StackTraceElementProxy frame : frames(thrown)) {
          trace.append(frame.getStackTraceElement()).append('\n');
        }
        member("trace", trace.toString(), line);
      }
    }
    line.append('}');
  }

  private static boolean tracing(ILoggingEvent event) {
    return event.getLevel().isGreaterOrEqual(Level.ERROR)
        || !event.getLevel().isGreaterOrEqual(Level.INFO);
  }

  private static List<StackTraceElementProxy> frames(IThrowableProxy thrown) {
    StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
    return List.of(frames).subList(0, Math.min(frames.length, TRACE_LINES_MAX));
  }

  private static List<KeyValuePair> pairs(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    return pairs == null ? List.of() : pairs;
  }

  private static void member(String key, String value, StringBuilder line) {
    line.append(",\"");
    LineText.append(key, line, true);
    line.append("\":\"");
    LineText.append(value, line, true);
    line.append('"');
  }
}
