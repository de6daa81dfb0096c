package io.fairlead.libp2p.netty;

/** The peer's word on a stream that was opened ahead of it. */
record AwaitedAnswer(StreamChannel stream, long deadlineNanos) implements Awaited {
  @Override
  public boolean done() {
    return !stream.unanswered();
  }

  @Override
  public void expire() {
    if (stream.unanswered()) stream.notAgreed();
  }
}
