package io.fairlead.relay.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.netty.MessageStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a circuit: what the source stream receives is written to the target stream, as
 * it is. Owned by the source's loop; the target may live on another, and then one task carries what
 * one burst brought. The source is not read while {@code bufferBytes} are handed over that the
 * target's connection has not taken; so its peer gets credit only for what went on. The target's
 * loop tells the source's that they were taken only where the source waits for that: a loop that
 * sleeps is expensive to wake.
 */
final class Lane extends ChannelInboundHandlerAdapter {
  /** What may run ahead of a rate before the source waits. */
  private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /**
   * What it may take.
   *
   * @param bytesMax in all
   */
  record Terms(long bytesMax, Limit bytesPerSecond) {}

  private final Relayed circuit;
  private final StreamChannel source;
  private final StreamChannel target;
  private final Terms terms;
  private final int bufferBytes;
  private final Clock clock;
  private final RelayMeters meters;
  private final ArrayDeque<ByteBuf> burst = new ArrayDeque<>(4);
  private @Nullable Lane opposite;
  private int burstBytes;

  /** Handed over and not taken: grows on the source's loop, and shrinks on the target's. */
  private final AtomicInteger pendingBytes = new AtomicInteger();

  /** Whether the source waits to be told that room is there; taken back by whoever tells it. */
  private final AtomicBoolean asksForRoom = new AtomicBoolean();

  private boolean begun;
  private boolean waiting; // for the rate
  private volatile boolean full; // the bound of bytes is reached, and there was one more
  private long rateFreeNanos;
  private volatile boolean inputEnded;
  private volatile long passedBytes;

  Lane(
      Relayed circuit,
      StreamChannel source,
      StreamChannel target,
      Terms terms,
      int bufferBytes,
      Clock clock,
      RelayMeters meters) {
    this.circuit = circuit;
    this.source = source;
    this.target = target;
    this.terms = terms;
    this.bufferBytes = bufferBytes;
    this.clock = clock;
    this.meters = meters;
  }

  /** Tells it of the other direction, before it begins. */
  void against(Lane other) {
    opposite = other;
  }

  StreamChannel source() {
    return source;
  }

  StreamChannel target() {
    return target;
  }

  /** Bytes that were passed on so far; any thread. */
  long passedBytes() {
    return passedBytes;
  }

  /** Takes the stream over; on the source's loop. */
  void begin(MessageStream messages) {
    rateFreeNanos = clock.nanos();
    if (!source.isActive()) {
      circuit.end(Relayed.Ending.RESET); // it closed while it was being joined
      return;
    }
    ByteBuf early = messages.detach();
    source.pipeline().addLast(this);
    begun = true;
    if (early.isReadable()) take(early);
    else early.release();
    hand();
    if (source.isInputShutdown()) {
      inputEnd();
    } else {
      proceed();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    take((ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    hand();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) inputEnd();
    // A reset by the peer closes the channel next.
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Lane other = opposite;
    boolean both = inputEnded && other != null && other.inputEnded;
    if (!both) circuit.end(Relayed.Ending.RESET);
    drop();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    circuit.end(Relayed.Ending.RESET);
  }

  private void take(ByteBuf bytes) {
    long left = terms.bytesMax() - passedBytes - burstBytes;
    int count = bytes.readableBytes();
    if (full || circuit.over()) {
      bytes.release();
    } else if (count <= left) {
      add(bytes, count);
    } else {
      full = true;
      if (left > 0) add(bytes.readRetainedSlice((int) left), (int) left);
      bytes.release();
    }
    if (burstBytes >= bufferBytes) hand();
  }

  private void add(ByteBuf bytes, int count) {
    burst.add(bytes);
    burstBytes += count;
  }

  /** Passes on what the burst brought, and waits where that is enough for now. */
  private void hand() {
    int count = burstBytes;
    if (count > 0) {
      ByteBuf[] pieces = burst.toArray(ByteBuf[]::new);
      burst.clear();
      burstBytes = 0;
      passedBytes += count; // the only writer
      pendingBytes.addAndGet(count);
      meters.passed(count);
      if (terms.bytesPerSecond() instanceof Limit.AtMost(long rate)) spend(count, rate);
      pass(pieces, count);
    }
    if (full || waiting || pendingBytes.get() >= bufferBytes) {
      source.config().setAutoRead(false);
      awaitRoom();
    }
  }

  /** Goes on when the target has taken enough, which it may have done already. */
  private void awaitRoom() {
    asksForRoom.set(true);
    if (enoughTaken() && asksForRoom.compareAndSet(true, false)) proceed();
  }

  /** Either loop. */
  private boolean enoughTaken() {
    return pendingBytes.get() <= (full ? 0 : bufferBytes / 2);
  }

  private void pass(ByteBuf[] pieces, int count) {
    if (target.eventLoop().inEventLoop()) {
      write(pieces, count);
      return;
    }
    try {
      target.eventLoop().execute(() -> write(pieces, count));
    } catch (RejectedExecutionException _) {
      for (ByteBuf piece : pieces) piece.release();
      circuit.end(Relayed.Ending.SHUTDOWN);
    }
  }

  /** On the target's loop. */
  private void write(ByteBuf[] pieces, int count) {
    int last = pieces.length - 1;
    for (int i = 0; i < last; i++) {
      var _ = target.write(pieces[i], target.voidPromise()); // its failure is the last one's too
    }
    target.writeAndFlush(pieces[last]).addListener(_ -> taken(count));
  }

  /** The target's connection took so many, or never will; on its loop. */
  private void taken(int count) {
    pendingBytes.addAndGet(-count);
    if (!asksForRoom.get() || !enoughTaken() || !asksForRoom.compareAndSet(true, false)) return;
    if (source.eventLoop().inEventLoop()) {
      proceed();
      return;
    }
    try {
      source.eventLoop().execute(this::proceed);
    } catch (RejectedExecutionException _) {
      circuit.end(Relayed.Ending.SHUTDOWN);
    }
  }

  /** Reads on, or ends where all that may pass has passed; on the source's loop. */
  private void proceed() {
    if (full) {
      if (pendingBytes.get() == 0) circuit.end(Relayed.Ending.DATA_LIMIT);
      else awaitRoom();
    } else if (pendingBytes.get() > bufferBytes / 2) {
      awaitRoom();
    } else if (begun && !waiting && !source.config().isAutoRead()) {
      source.config().setAutoRead(true);
    }
  }

  private void spend(int count, long rate) {
    long now = clock.nanos();
    if (now - rateFreeNanos > 0) rateFreeNanos = now;
    rateFreeNanos += (long) (count * 1e9 / rate);
    long ahead = rateFreeNanos - now;
    if (ahead <= AHEAD_NANOS || waiting) return;
    waiting = true;
    source
        .eventLoop()
        .schedule(
            () -> {
              waiting = false;
              proceed();
            },
            ahead,
            TimeUnit.NANOSECONDS);
  }

  private void inputEnd() {
    if (inputEnded) return;
    hand();
    if (full) return; // an end would say that this was all
    inputEnded = true;
    if (target.eventLoop().inEventLoop()) target.shutdownOutput();
    else target.eventLoop().execute(() -> target.shutdownOutput()); // behind what was passed on
  }

  private void drop() {
    for (ByteBuf bytes; (bytes = burst.poll()) != null; ) bytes.release();
    burstBytes = 0;
  }
}
