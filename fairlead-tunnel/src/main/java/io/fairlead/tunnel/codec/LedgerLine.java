package io.fairlead.tunnel.codec;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a server remembers of one service of one agent: one JSON line of its file.
 *
 * @param id {@code AGENT/SERVICE}
 * @param kind of the port it had; of no meaning without one
 * @param port it had, or 0
 * @param shown whether the port was open when the line was written
 * @param seenSeconds when it had the port last, in seconds since 1970
 * @param receivedBytes from users, ever
 * @param sentBytes to users, ever
 */
public record LedgerLine(
    String id,
    ServiceKind kind,
    int port,
    boolean shown,
    long seenSeconds,
    long receivedBytes,
    long sentBytes,
    long opened,
    long failed) {
  public LedgerLine {
    if (id.isEmpty() || id.length() > 512) {
      throw new IllegalArgumentException("id: " + id.length() + " (expected: 1-512)");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
    if (receivedBytes < 0 || sentBytes < 0 || opened < 0 || failed < 0) {
      throw new IllegalArgumentException("a count below zero");
    }
  }

  public String toLine() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", id);
    if (port != 0) {
      json.put("kind", kind.word());
      json.put("port", (long) port);
      json.put("seen", seenSeconds);
    }
    if (shown) json.put("shown", true);
    json.put("received", receivedBytes);
    json.put("sent", sentBytes);
    json.put("opened", opened);
    json.put("failed", failed);
    return JsonLine.write(json);
  }

  public static LedgerLine ofLine(String line) throws BadControlException {
    JsonFields json = new JsonFields(JsonLine.read(line));
    try {
      return new LedgerLine(
          json.text("id"),
          json.has("kind") ? ServiceKind.of(json.text("kind")) : ServiceKind.TCP,
          Math.toIntExact(json.number("port", 0)),
          json.flag("shown"),
          json.number("seen", 0),
          json.number("received", 0),
          json.number("sent", 0),
          json.number("opened", 0),
          json.number("failed", 0));
    } catch (IllegalArgumentException | ArithmeticException unfit) {
      throw new BadControlException(String.valueOf(unfit.getMessage()));
    }
  }

  /** The line that says who writes the file. */
  public static String owner(String run) {
    return JsonLine.write(Map.of("owner", run));
  }

  /** Who writes the file, by its first line; empty when that says nothing of it. */
  public static String ownerOf(String line) {
    try {
      return new JsonFields(JsonLine.read(line)).optional("owner").orElse("");
    } catch (BadControlException damaged) {
      return "";
    }
  }
}
