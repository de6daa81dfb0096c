package io.fairlead.app.cli;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A listen address of the command line: {@code HOST:PORT}, {@code [V6]:PORT}, or {@code :PORT} and
 * {@code PORT}, which mean loopback.
 *
 * @param host empty for loopback
 */
record Bind(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:(\\[[0-9A-Fa-f:.%]+\\]|[^\\[\\]:/\\s]*):)?([0-9]{1,5})");

  static Bind parse(String text) throws CommandFailure {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65_535) {
      throw CommandFailure.usage(
          "`" + text + "` is not an address to listen on", "write :8080 or 0.0.0.0:8080");
    }
    String host = matcher.group(1) == null ? "" : matcher.group(1);
    return new Bind(host, Integer.parseInt(matcher.group(2)));
  }

  boolean loopback() {
    return host.isEmpty()
        || host.equals("localhost")
        || host.startsWith("127.")
        || host.equals("[::1]");
  }

  /** As the configuration wants it. */
  String quoted() {
    return Json.quoted(host + ":" + port);
  }

  /** As a client on this machine would write it. */
  String shown() {
    boolean everywhere = host.isEmpty() || host.equals("0.0.0.0") || host.equals("[::]");
    return (everywhere ? "127.0.0.1" : host) + ":" + port;
  }

  /** What somebody should know who typed no host. */
  List<String> note() {
    return host.isEmpty()
        ? List.of("loopback only; write 0.0.0.0:" + port + " to open")
        : List.of();
  }
}
