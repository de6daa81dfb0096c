package io.fairlead.net.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/** Watches whether a peer takes what is written to it. Confined to the channel's event loop. */
final class WriteStall {
  private long progress;
  private long pending;
  private long sinceNanos;
  private boolean writing;

  /**
   * Looks at the channel; once per tick.
   *
   * @return for how long nothing moved although bytes wait, in nanoseconds; 0 when none wait
   */
  long look(Channel channel, long nowNanos) {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    long waiting = out == null ? 0 : out.totalPendingWriteBytes();
    if (out == null || waiting == 0) {
      writing = false;
      return 0;
    }
    long moved = out.currentProgress();
    if (!writing || moved != progress || waiting != pending) {
      writing = true;
      progress = moved;
      pending = waiting;
      sinceNanos = nowNanos;
    }
    return nowNanos - sinceNanos;
  }

  /** Whether bytes waited at the last look. */
  boolean writing() {
    return writing;
  }
}
