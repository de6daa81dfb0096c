package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.LedgerLine;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What went through one service of one agent. Outlives both, so that who comes back goes on
 * counting. Any thread.
 */
public final class Figures {
  final LongAdder received = new LongAdder();
  final LongAdder sent = new LongAdder();
  final LongAdder opened = new LongAdder();
  final LongAdder failed = new LongAdder();
  final AtomicLong live = new AtomicLong();

  /** Goes on where a former process stopped. Once, before anything is counted. */
  void start(LedgerLine line) {
    received.add(line.receivedBytes());
    sent.add(line.sentBytes());
    opened.add(line.opened());
    failed.add(line.failed());
  }

  /** Bytes from users to the service. */
  public long receivedBytes() {
    return received.sum();
  }

  /** Bytes from the service to users. */
  public long sentBytes() {
    return sent.sum();
  }

  /** Streams opened so far. */
  public long opened() {
    return opened.sum();
  }

  /** Streams the agent refused, or could not be asked for. */
  public long failed() {
    return failed.sum();
  }

  /** Streams open now. */
  public long live() {
    return live.get();
  }
}
