package io.fairlead.libp2p.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.mux.FrameOutput;
import io.fairlead.libp2p.mux.MuxMeters;
import io.fairlead.libp2p.mux.OpenRefusal;
import io.fairlead.libp2p.mux.SessionEnd;
import io.fairlead.libp2p.mux.SessionListener;
import io.fairlead.libp2p.mux.StreamSink;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.mux.YamuxSession;
import io.fairlead.libp2p.mux.YamuxStream;
import io.fairlead.libp2p.negotiate.Proposals;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a connection: feeds its session, writes its frames, wakes it, and makes
 * channels of its streams. Frames go out once per burst of reads or turn of the loop.
 */
final class MuxHandler extends ChannelInboundHandlerAdapter
    implements FrameOutput, SessionListener {
  private static final long CLOSE_MILLIS = 1_000;

  /** More than the streams that a peer may have open by default. */
  private static final int SWEEP_FROM = 2_048;

  private final Channel channel;
  private final Clock clock;
  private final UpgradeSettings settings;
  private final InboundStreams inbound;
  private final UpgradeMeters meters;
  private final YamuxSession session;
  private final Runnable pump = this::pump;
  private final List<StreamChannel> touched = new ArrayList<>();
  private final ArrayDeque<Awaited> asked = new ArrayDeque<>(0); // by their deadlines
  private final ArrayDeque<Awaited> answering = new ArrayDeque<>(0);
  private @Nullable PeerConnection connection;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Future<?> timer;
  private long timerNanos;
  private long nowNanos;
  private boolean reading;
  private boolean pumpQueued;

  MuxHandler(
      Channel channel,
      boolean dialler,
      Clock clock,
      UpgradeSettings settings,
      WindowBudget budget,
      MuxMeters muxMeters,
      UpgradeMeters meters,
      InboundStreams inbound) {
    this.channel = channel;
    this.clock = clock;
    this.settings = settings;
    this.inbound = inbound;
    this.meters = meters;
    this.nowNanos = clock.nanos();
    this.session =
        new YamuxSession(dialler, settings.yamux(), budget, muxMeters, this, this, nowNanos);
  }

  /** Before it is added to the pipeline. */
  void connection(PeerConnection connection) {
    this.connection = connection;
  }

  PeerConnection connection() {
    PeerConnection there = connection;
    if (there == null) throw new IllegalStateException("connection: none yet");
    return there;
  }

  Channel channel() {
    return channel;
  }

  YamuxSession session() {
    return session;
  }

  /** Now, or the beginning of what is happening now. */
  long nowNanos() {
    return reading ? nowNanos : clock.nanos();
  }

  // ---- opening ------------------------------------------------------------------------------

  void open(
      List<String> protocols,
      Consumer<? super StreamChannel> prepare,
      CompletableFuture<StreamChannel> result) {
    if (refused(protocols, result)) return;
    long now = nowNanos();
    NegotiatingStream negotiating =
        new NegotiatingStream(
            this,
            new NegotiatingStream.Outcome.Opened(protocols, prepare, result),
            now + settings.openTimeout().toNanos());
    negotiating.on(session.open(now));
    remember(asked, negotiating);
    result.whenComplete(
        (_, failure) -> {
          if (failure != null) channel.eventLoop().execute(negotiating::cancel);
        });
    rearm();
  }

  void openKnown(
      String protocol,
      Consumer<? super StreamChannel> prepare,
      CompletableFuture<StreamChannel> result) {
    List<String> protocols = List.of(protocol);
    if (refused(protocols, result)) return;
    Proposals proposals = new Proposals(protocols);
    ByteBuf words = alloc().buffer(64);
    proposals.open(words);
    YamuxStream stream = session.open(nowNanos());
    StreamChannel made = new StreamChannel(this, stream, protocol, words, proposals);
    stream.sink(made);
    remember(asked, new AwaitedAnswer(made, nowNanos() + settings.openTimeout().toNanos()));
    made.start(prepare, result);
    rearm();
  }

  private boolean refused(List<String> protocols, CompletableFuture<StreamChannel> result) {
    Optional<OpenRefusal> refusal = session.refusal();
    if (refusal.isEmpty()) return false;
    result.completeExceptionally(StreamOpenException.of(refusal.get(), protocols));
    return true;
  }

  // ---- the connection's pipeline ------------------------------------------------------------

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
    pumpSoon(); // the first ping
    rearm();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
      return;
    }
    if (!reading) {
      reading = true;
      nowNanos = clock.nanos();
    }
    try {
      session.receive(bytes, nowNanos);
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    for (int i = 0; i < touched.size(); i++) touched.get(i).burstEnd(); // may grow meanwhile
    touched.clear();
    reading = false;
    pump();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) pumpSoon();
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    session.disconnected();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    session.disconnected();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    session.disconnected(); // a reset socket, or bytes that were tampered with
    ctx.close();
  }

  private void pump() {
    pumpQueued = false;
    nowNanos = clock.nanos();
    session.pump(nowNanos);
    rearm();
  }

  // ---- time ---------------------------------------------------------------------------------

  private void rearm() {
    if (session.ended()) return;
    long at = wakeNanos();
    Future<?> armed = timer;
    if (armed != null) {
      if (at - timerNanos >= 0) return; // it looks again when it fires
      armed.cancel(false);
    }
    timerNanos = at;
    long delay = Math.max(0, at - clock.nanos());
    timer = channel.eventLoop().schedule(this::tick, delay, TimeUnit.NANOSECONDS);
  }

  private long wakeNanos() {
    long at = session.wakeNanos();
    for (ArrayDeque<Awaited> queue : List.of(asked, answering)) {
      while (!queue.isEmpty() && queue.element().done()) queue.remove();
      if (!queue.isEmpty() && queue.element().deadlineNanos() - at < 0)
        at = queue.element().deadlineNanos();
    }
    return at;
  }

  private void tick() {
    timer = null;
    nowNanos = clock.nanos();
    session.onTimer(nowNanos);
    for (ArrayDeque<Awaited> queue : List.of(asked, answering)) {
      while (!queue.isEmpty()
          && (queue.element().done() || nowNanos - queue.element().deadlineNanos() >= 0))
        queue.remove().expire();
    }
    rearm();
  }

  // ---- from stream channels -----------------------------------------------------------------

  /** It was given bytes in this burst. */
  void touched(StreamChannel stream) {
    touched.add(stream);
  }

  // ---- for the session ----------------------------------------------------------------------

  @Override
  public ByteBufAllocator alloc() {
    return channel.alloc();
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void write(ByteBuf bytes) {
    ChannelHandlerContext to = ctx;
    if (to == null) {
      bytes.release();
      return;
    }
    to.write(bytes, to.voidPromise());
  }

  @Override
  public void flush() {
    ChannelHandlerContext to = ctx;
    if (to != null) to.flush();
  }

  @Override
  public void pumpSoon() {
    if (reading || pumpQueued) return;
    pumpQueued = true;
    channel.eventLoop().execute(pump);
  }

  @Override
  public StreamSink inbound(YamuxStream stream) {
    NegotiatingStream negotiating =
        new NegotiatingStream(
            this, stream, inbound, nowNanos + settings.negotiateTimeout().toNanos());
    remember(answering, negotiating);
    return negotiating;
  }

  /** Those that are done leave by their turn; behind one that takes its time they are swept out. */
  private static void remember(ArrayDeque<Awaited> queue, Awaited awaited) {
    if (queue.size() >= SWEEP_FROM) queue.removeIf(Awaited::done);
    queue.add(awaited);
  }

  @Override
  public void peerLeaves() {}

  @Override
  public void ended(SessionEnd end) {
    Future<?> armed = timer;
    if (armed != null) armed.cancel(false);
    asked.clear();
    answering.clear();
    meters.connections.decrement();
    connection().ended.complete(end);
    switch (end) {
      case SessionEnd.Closed _,
          SessionEnd.PeerLeft _,
          SessionEnd.Violation _,
          SessionEnd.Flooded _ ->
          closeBehindWords();
      case SessionEnd.Silent _, SessionEnd.Disconnected _ -> channel.close();
    }
  }

  /** Closes when the go-away was written, or a second later. */
  private void closeBehindWords() {
    if (!channel.isActive()) return;
    Future<?> late =
        channel.eventLoop().schedule(() -> channel.close(), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(_ -> late.cancel(false));
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }
}
