package io.fairlead.libp2p.mux;

import io.fairlead.core.unit.ByteSize;
import java.time.Duration;

/**
 * Bounds and times of a session.
 *
 * @param windowMax a receive window grows up to this many bytes, 256 KiB – 2 GiB
 * @param windowsMax memory of the receive windows of one connection: what they grew, and what is
 *     held where that is more; beyond it windows stay as they are and streams with unread bytes are
 *     reset
 * @param frameMax most bytes of data in one frame of ours
 * @param inboundMax streams of the peer at once; more are reset
 * @param backlogMax streams of the peer that the application has not accepted; more are reset
 * @param unackedMax streams of ours that the peer has not accepted; further ones wait
 * @param waitingMax opens that wait; more are refused
 * @param openTimeout how long an open waits
 * @param pingEvery how often the round trip is measured, and a silent peer noticed
 * @param pingTimeout how long nothing at all may come after a ping
 * @param leaveGrace how long streams may finish after the peer said that it leaves
 * @param lingerMax how long the peer may take to end its direction of a stream that we closed
 */
public record YamuxSettings(
    int windowMax,
    ByteSize windowsMax,
    int frameMax,
    int inboundMax,
    int backlogMax,
    int unackedMax,
    int waitingMax,
    Duration openTimeout,
    Duration pingEvery,
    Duration pingTimeout,
    Duration leaveGrace,
    Duration lingerMax) {
  /** The window every stream begins with, in both directions. */
  public static final int WINDOW_START = 256 * 1024;

  public static final YamuxSettings DEFAULTS =
      new YamuxSettings(
          16 * 1024 * 1024,
          new ByteSize(64L * 1024 * 1024),
          64 * 1024 - YamuxFrame.HEADER_BYTES,
          1024,
          256,
          256,
          1024,
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30));

  public YamuxSettings {
    if (windowMax < WINDOW_START)
      throw new IllegalArgumentException(
          "windowMax: " + windowMax + " (expected: >= " + WINDOW_START + ")");
    if (frameMax < 1)
      throw new IllegalArgumentException("frameMax: " + frameMax + " (expected: >= 1)");
    if (inboundMax < 0 || backlogMax < 0 || unackedMax < 1 || waitingMax < 0)
      throw new IllegalArgumentException("a bound of streams is negative");
  }

  /** These with other bounds of memory. */
  public YamuxSettings withWindows(int windowMax, ByteSize windowsMax) {
    return new YamuxSettings(
        windowMax,
        windowsMax,
        frameMax,
        inboundMax,
        backlogMax,
        unackedMax,
        waitingMax,
        openTimeout,
        pingEvery,
        pingTimeout,
        leaveGrace,
        lingerMax);
  }

  /** These with other bounds of streams. */
  public YamuxSettings withStreams(int inboundMax, int backlogMax, int unackedMax, int waitingMax) {
    return new YamuxSettings(
        windowMax,
        windowsMax,
        frameMax,
        inboundMax,
        backlogMax,
        unackedMax,
        waitingMax,
        openTimeout,
        pingEvery,
        pingTimeout,
        leaveGrace,
        lingerMax);
  }
}
