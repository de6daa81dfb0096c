package io.fairlead.net.http;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import java.time.Duration;

/**
 * What an HTTP/2 connection of a client allows. What exceeds a rate ends the connection with
 * ENHANCE_YOUR_CALM.
 *
 * @param streams concurrent requests; more are refused and may be sent again
 * @param window body bytes of one request that may be on their way before they were passed on
 * @param connectionWindow the same for all requests of a connection together
 * @param headerList a head as HPACK counts it (RFC 9113 §6.5.2); more is 431
 * @param resets streams a client may reset, and as many it may make us reset, within {@code
 *     resetsWithin}
 * @param controlFrames SETTINGS, and PINGs, within {@code controlWithin}
 * @param queuedControlFrames answers to control frames that may wait to be written
 * @param emptyFrames frames in a row that carry nothing
 * @param continuations CONTINUATION frames of one head
 * @param extendedConnect whether web sockets may be asked for (RFC 8441)
 */
public record Http2Limits(
    int streams,
    ByteSize window,
    ByteSize connectionWindow,
    ByteSize headerList,
    Limit resets,
    Duration resetsWithin,
    Limit controlFrames,
    Duration controlWithin,
    int queuedControlFrames,
    int emptyFrames,
    int continuations,
    boolean extendedConnect) {
  public static final Http2Limits DEFAULTS =
      new Http2Limits(
          128,
          ByteSize.ofKibi(256),
          ByteSize.ofKibi(1024),
          ByteSize.ofKibi(64),
          Limit.atMost(200),
          Duration.ofSeconds(30),
          Limit.atMost(100),
          Duration.ofSeconds(10),
          1_000,
          2,
          16,
          false);

  public Http2Limits {
    if (streams < 1)
      throw new IllegalArgumentException("streams: " + streams + " (expected: >= 1)");
    if (emptyFrames < 1 || continuations < 1 || queuedControlFrames < 1) {
      throw new IllegalArgumentException(
          "frames: " + emptyFrames + " " + continuations + " " + queuedControlFrames);
    }
  }

  /** The same with or without web sockets. */
  public Http2Limits withExtendedConnect(boolean allowed) {
    return new Http2Limits(
        streams,
        window,
        connectionWindow,
        headerList,
        resets,
        resetsWithin,
        controlFrames,
        controlWithin,
        queuedControlFrames,
        emptyFrames,
        continuations,
        allowed);
  }
}
