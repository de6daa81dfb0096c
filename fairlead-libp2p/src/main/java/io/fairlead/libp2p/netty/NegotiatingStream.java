package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.mux.StreamEnd;
import io.fairlead.libp2p.mux.StreamSink;
import io.fairlead.libp2p.mux.YamuxStream;
import io.fairlead.libp2p.negotiate.Answers;
import io.fairlead.libp2p.negotiate.NextStep;
import io.fairlead.libp2p.negotiate.Proposals;
import io.fairlead.libp2p.negotiate.Word;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream before its protocol is agreed. It becomes a channel then, which is given the words still
 * to be sent and the bytes behind the agreement. Owned by the connection's event loop.
 */
final class NegotiatingStream implements StreamSink, Awaited {
  /** What is to happen once there is a channel, or none. */
  sealed interface Outcome {
    /** Ours. */
    record Opened(
        List<String> protocols,
        Consumer<? super StreamChannel> prepare,
        CompletableFuture<StreamChannel> result)
        implements Outcome {}

    /** The peer's. */
    record Answered(InboundStreams streams) implements Outcome {}
  }

  private final long deadlineNanos;

  private final MuxHandler mux;
  private final Outcome outcome;
  private final @Nullable Proposals proposals;
  private final @Nullable Answers answers;
  private @Nullable YamuxStream stream;
  private @Nullable ByteBuf words; // said and not sent
  private boolean done;
  private boolean inputEnded;

  /** A stream of ours. */
  NegotiatingStream(MuxHandler mux, Outcome.Opened opened, long deadlineNanos) {
    this.mux = mux;
    this.outcome = opened;
    this.proposals = new Proposals(opened.protocols());
    this.answers = null;
    this.deadlineNanos = deadlineNanos;
    proposals.open(words());
  }

  /** A stream of the peer. */
  NegotiatingStream(
      MuxHandler mux, YamuxStream stream, InboundStreams streams, long deadlineNanos) {
    this.mux = mux;
    this.stream = stream;
    this.outcome = new Outcome.Answered(streams);
    this.proposals = null;
    this.answers = new Answers(protocol -> streams.speaks(mux.connection(), protocol));
    this.deadlineNanos = deadlineNanos;
  }

  void on(YamuxStream stream) {
    this.stream = stream;
    stream.sink(this);
    stream.ready();
  }

  @Override
  public long deadlineNanos() {
    return deadlineNanos;
  }

  @Override
  public boolean done() {
    return done;
  }

  @Override
  public void expire() {
    if (done) return;
    if (outcome instanceof Outcome.Opened opened)
      fail(
          StreamOpenException.of(StreamOpenException.Reason.TIMED_OUT, opened.protocols()),
          StreamCode.NEGOTIATION_FAILED);
    else fail(null, StreamCode.NEGOTIATION_FAILED);
  }

  /** The one who asked no longer wants it. */
  void cancel() {
    if (!done) fail(null, StreamCode.NONE);
  }

  // ---- from the session ---------------------------------------------------------------------

  @Override
  public void data(ByteBuf data) {
    YamuxStream on = stream;
    try {
      if (done || on == null) return;
      while (true) {
        int before = data.readableBytes();
        NextStep step = proposals != null ? proposals.read(data) : answer(data);
        on.consumed(before - data.readableBytes());
        switch (step) {
          case NextStep.Wait _ -> {
            return;
          }
          case NextStep.Say(String word) -> say(on, word);
          case NextStep.Agreed(String protocol) -> {
            if (proposals == null) say(on, protocol);
            agreed(on, protocol, data);
            return;
          }
          case NextStep.Failed(NextStep.Failure failure) -> {
            failed(failure);
            return;
          }
        }
      }
    } finally {
      data.release();
    }
  }

  private NextStep answer(ByteBuf data) {
    Answers to = answers;
    if (to == null) throw new IllegalStateException("a stream of ours answers nobody");
    return to.read(data);
  }

  private void say(YamuxStream on, String word) {
    Word.write(words(), word);
    on.ready();
  }

  private void agreed(YamuxStream on, String protocol, ByteBuf rest) {
    done = true;
    ByteBuf unsent = words;
    words = null;
    StreamChannel channel = new StreamChannel(mux, on, protocol, unsent, null);
    on.sink(channel);
    if (rest.isReadable()) channel.data(rest.readRetainedSlice(rest.readableBytes()));
    if (inputEnded) channel.inputEnded();
    switch (outcome) {
      case Outcome.Opened opened -> channel.start(opened.prepare(), opened.result());
      case Outcome.Answered(InboundStreams streams) -> channel.start(streams::opened, null);
    }
  }

  private void failed(NextStep.Failure failure) {
    StreamOpenException.Reason reason =
        failure == NextStep.Failure.NONE_ACCEPTED
            ? StreamOpenException.Reason.UNKNOWN_PROTOCOL
            : StreamOpenException.Reason.MALFORMED;
    List<String> protocols =
        outcome instanceof Outcome.Opened opened ? opened.protocols() : List.of();
    fail(StreamOpenException.of(reason, protocols), StreamCode.NEGOTIATION_FAILED);
  }

  private void fail(@Nullable StreamOpenException cause, long code) {
    done = true;
    dropWords();
    YamuxStream on = stream;
    if (on != null) on.reset(code);
    if (cause != null && outcome instanceof Outcome.Opened opened)
      opened.result().completeExceptionally(cause);
  }

  @Override
  public void inputEnded() {
    inputEnded = true; // what was said before may still agree; if not, the time is bounded
  }

  @Override
  public void peek(int max, Consumer<? super ByteBuf> pieces) {
    ByteBuf unsent = words;
    if (unsent == null) return;
    int count = Math.min(max, unsent.readableBytes());
    pieces.accept(unsent.retainedSlice(unsent.readerIndex(), count));
  }

  @Override
  public void taken(int count) {
    ByteBuf unsent = words;
    if (unsent == null) return;
    unsent.skipBytes(count);
    if (unsent.isReadable()) return;
    words = null;
    unsent.release();
  }

  @Override
  public void closed(StreamEnd end) {
    if (done) return;
    done = true;
    dropWords();
    if (outcome instanceof Outcome.Opened opened)
      opened.result().completeExceptionally(StreamOpenException.of(end, opened.protocols()));
  }

  private ByteBuf words() {
    ByteBuf there = words;
    if (there == null) {
      there = mux.alloc().buffer(64);
      words = there;
    }
    return there;
  }

  private void dropWords() {
    ByteBuf there = words;
    words = null;
    if (there != null) there.release();
  }
}
