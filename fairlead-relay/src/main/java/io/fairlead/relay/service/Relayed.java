package io.fairlead.relay.service;

import io.fairlead.core.access.Principal;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reservation.CircuitLimit;
import io.netty.util.concurrent.Future;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One circuit: two streams, each on the loop of its own connection, and a {@link Lane} for each
 * direction. It ends when both streams did, when one of them fails, or when it is cut. Any thread.
 */
final class Relayed {
  /** Who is at one end. */
  record End(PeerId peer, Principal principal) {}

  /** How it ended. */
  enum Ending {
    /** It never was one. */
    NOT_OPENED,
    CLOSED,
    RESET,
    DATA_LIMIT,
    DURATION_LIMIT,
    REVOKED,
    SHUTDOWN;

    private long code() {
      return switch (this) {
        case NOT_OPENED, CLOSED, RESET -> StreamCode.NONE;
        case DATA_LIMIT, DURATION_LIMIT -> StreamCode.RESOURCE_LIMIT;
        case REVOKED -> StreamCode.GATED;
        case SHUTDOWN -> StreamCode.SHUTDOWN;
      };
    }
  }

  private final long number;
  private final End source;
  private final End target;
  private final CircuitLimit limit;
  private final Limit bytesPerSecond;
  private final Instant since;
  private final BiConsumer<Relayed, Ending> ended;
  private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
  private final AtomicInteger open = new AtomicInteger(2);
  private volatile @Nullable Lane forth;
  private volatile @Nullable Lane back;
  private volatile @Nullable Future<?> deadline;
  private volatile @Nullable MessageStream asking;

  Relayed(
      long number,
      End source,
      End target,
      CircuitLimit limit,
      Limit bytesPerSecond,
      Instant since,
      BiConsumer<Relayed, Ending> ended) {
    this.number = number;
    this.source = source;
    this.target = target;
    this.limit = limit;
    this.bytesPerSecond = bytesPerSecond;
    this.since = since;
    this.ended = ended;
  }

  List<End> ends() {
    return List.of(source, target);
  }

  CircuitLimit limit() {
    return limit;
  }

  CircuitView view() {
    Lane there = forth;
    Lane here = back;
    return new CircuitView(
        number,
        source.peer(),
        target.peer(),
        since,
        limit,
        there == null ? 0 : there.passedBytes(),
        here == null ? 0 : here.passedBytes());
  }

  /** Whether it was cut before it was there. */
  boolean over() {
    return ending.get() != null;
  }

  /** Whoever asked for it went, perhaps before it was there. */
  void askerGone() {
    if (forth == null) end(Ending.NOT_OPENED);
  }

  /** The target is asked; where it is over before there is an answer, nobody waits for one. */
  void asking(MessageStream stop) {
    asking = stop;
    if (over()) stop.reset();
  }

  /**
   * Joins the two streams, which it owns from here on, with what came behind their last messages.
   *
   * @param bufferBytes that may wait in each direction
   */
  void join(
      MessageStream from, MessageStream to, int bufferBytes, Clock clock, RelayMeters meters) {
    StreamChannel one = from.channel();
    StreamChannel other = to.channel();
    Lane.Terms terms = new Lane.Terms(limit.bytes().orElse(Long.MAX_VALUE), bytesPerSecond);
    Lane there = new Lane(this, one, other, terms, bufferBytes, clock, meters);
    Lane here = new Lane(this, other, one, terms, bufferBytes, clock, meters);
    there.against(here);
    here.against(there);
    forth = there;
    back = here;
    limit
        .duration()
        .ifPresent(
            length ->
                deadline =
                    one.eventLoop()
                        .schedule(
                            () -> end(Ending.DURATION_LIMIT),
                            length.toNanos(),
                            TimeUnit.NANOSECONDS));
    one.closeFuture().addListener(_ -> streamClosed());
    other.closeFuture().addListener(_ -> streamClosed());
    one.eventLoop().execute(() -> there.begin(from));
    other.eventLoop().execute(() -> here.begin(to));
    Ending cut = ending.get();
    if (cut != null) reset(cut); // while it was being joined
  }

  private void streamClosed() {
    if (open.decrementAndGet() == 0) end(Ending.CLOSED);
  }

  /** Ends it; what is on its way is lost unless both directions had ended. Once. */
  void end(Ending how) {
    if (!ending.compareAndSet(null, how)) return;
    Future<?> armed = deadline;
    if (armed != null) armed.cancel(false);
    reset(how);
    ended.accept(this, how);
  }

  private void reset(Ending how) {
    Lane there = forth;
    MessageStream asked = asking;
    if (there == null) {
      if (asked != null) asked.reset();
      return;
    }
    there.source().reset(how.code());
    there.target().reset(how.code());
  }
}
