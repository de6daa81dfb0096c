package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.mux.StreamEnd;
import io.fairlead.libp2p.mux.StreamSink;
import io.fairlead.libp2p.mux.YamuxStream;
import io.fairlead.libp2p.negotiate.NextStep;
import io.fairlead.libp2p.negotiate.Proposals;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a connection as a byte channel, on the connection's event loop.
 *
 * <p>Reading: bytes count as consumed when they enter the pipeline, so {@code autoRead} off stops
 * the peer after one window. The peer's end is {@link ChannelInputShutdownEvent}; the channel stays
 * open for writing. Writing: what is flushed waits here until the peer's window and the connection
 * let it go, and {@code isWritable} follows that. {@link #shutdownOutput} ends our direction behind
 * what is flushed. {@link #close} ends it too, unless flushed bytes still wait or {@code SO_LINGER}
 * is 0: then it is a reset, since an end would say that all was sent. A reset by the peer comes as
 * {@link StreamReset}.
 */
public final class StreamChannel extends AbstractChannel implements DuplexChannel, StreamSink {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(128 * 1024, 256 * 1024);

  private final MuxHandler mux;
  private final YamuxStream stream;
  private final String protocol;
  private final StreamConfig config = new StreamConfig();
  private final ReceivedBytes received = new ReceivedBytes();
  private final Unsent unsent = new Unsent();
  private final ChannelOutboundBuffer outbound; // which the unsafe forgets before it closes
  private @Nullable ByteBuf words; // of the negotiation, before all that is written
  private @Nullable Proposals proposals; // sent ahead of the answer, which is not here yet
  private boolean open = true;
  private boolean started;
  private boolean readWanted;
  private boolean delivering;
  private boolean inBurst;
  private boolean inputEnded;
  private boolean inputShut;
  private boolean outputShut;
  private boolean abortive;
  private long closeCode = StreamCode.NONE;

  /**
   * @param words takes ownership; sent before anything else
   * @param proposals the answer to them is still to come; null when it is agreed
   */
  StreamChannel(
      MuxHandler mux,
      YamuxStream stream,
      String protocol,
      @Nullable ByteBuf words,
      @Nullable Proposals proposals) {
    super(mux.channel());
    this.mux = mux;
    this.stream = stream;
    this.protocol = protocol;
    this.words = words;
    this.proposals = proposals;
    this.outbound = unsafe().outboundBuffer();
    config.setAllocator(mux.alloc());
    config.setWriteBufferWaterMark(WATER_MARK);
  }

  /** Prepares the pipeline and registers the channel; on the event loop. */
  void start(
      Consumer<? super StreamChannel> prepare, @Nullable CompletableFuture<StreamChannel> result) {
    pipeline()
        .addLast(
            new ChannelInitializer<StreamChannel>() {
              @Override
              protected void initChannel(StreamChannel stream) {
                prepare.accept(stream); // registered, so that other threads may use it already
              }
            });
    var _ = eventLoopOf(mux).register(this); // at once, on the loop
    started = true;
    if (words != null) stream.ready();
    // Whoever asked may have given up meanwhile.
    if (result != null && !result.complete(this)) reset(StreamCode.NONE);
    deliver();
  }

  private static EventLoop eventLoopOf(MuxHandler mux) {
    return mux.channel().eventLoop();
  }

  // ---- for protocols ------------------------------------------------------------------------

  /** The protocol that was agreed on, or that the peer is known to speak. */
  public String protocol() {
    return protocol;
  }

  /** The connection it is part of. */
  public PeerConnection connection() {
    return mux.connection();
  }

  /** Whether the peer opened it. */
  public boolean inbound() {
    return stream.inbound();
  }

  /** Gives up both directions, with a code of {@link StreamCode}. Any thread. */
  public ChannelFuture reset(long code) {
    ChannelPromise promise = newPromise();
    if (eventLoopOf(mux).inEventLoop()) resetNow(code, promise);
    else eventLoopOf(mux).execute(() -> resetNow(code, promise));
    return promise;
  }

  private void resetNow(long code, ChannelPromise promise) {
    abortive = true;
    closeCode = code;
    close(promise);
  }

  /** Ends our direction behind what is flushed. */
  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    onLoop(
        () -> {
          outputShut = true;
          stream.finish();
          promise.trySuccess();
        });
    return promise;
  }

  /** Drops what was received and what still comes; the peer may go on sending. */
  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    onLoop(
        () -> {
          inputShut = true;
          received.release();
          stream.discardInput();
          promise.trySuccess();
        });
    return promise;
  }

  private void onLoop(Runnable task) {
    if (eventLoopOf(mux).inEventLoop()) task.run();
    else eventLoopOf(mux).execute(task);
  }

  // ---- from the session ---------------------------------------------------------------------

  @Override
  public void data(ByteBuf data) {
    if (!open || inputShut) {
      stream.consumed(data.readableBytes());
      data.release();
      return;
    }
    Proposals unanswered = proposals;
    if (unanswered != null && !answered(unanswered, data)) return;
    if (started && !delivering && received.isEmpty() && wantsData()) {
      pass(data);
      return;
    }
    received.add(alloc(), data);
  }

  /** Takes the answer to words sent ahead; releases what it uses up. */
  private boolean answered(Proposals unanswered, ByteBuf data) {
    int before = data.readableBytes();
    NextStep step = unanswered.read(data);
    stream.consumed(before - data.readableBytes());
    boolean agreed = step instanceof NextStep.Agreed;
    if (agreed) proposals = null;
    boolean more = agreed && data.isReadable();
    if (!more) data.release();
    if (!agreed && !(step instanceof NextStep.Wait)) {
      mux.connection().unlearned(protocol);
      notAgreed();
    }
    return more;
  }

  /** Whether the peer's word on the protocol is still to come. */
  boolean unanswered() {
    return open && proposals != null;
  }

  /** The peer refused what was sent ahead, or said nothing. */
  void notAgreed() {
    pipeline().fireUserEventTriggered(new StreamReset(StreamCode.NEGOTIATION_FAILED, false));
    resetNow(StreamCode.NEGOTIATION_FAILED, newPromise());
  }

  private boolean wantsData() {
    return config.isAutoRead() || readWanted;
  }

  private void pass(ByteBuf data) {
    readWanted = false;
    int count = data.readableBytes();
    if (!inBurst) {
      inBurst = true;
      mux.touched(this);
    }
    delivering = true;
    pipeline().fireChannelRead(data);
    delivering = false;
    stream.consumed(count);
  }

  @Override
  public void inputEnded() {
    inputEnded = true;
    if (started && !inBurst) deliver();
  }

  /** The connection has no more bytes for now. */
  void burstEnd() {
    inBurst = false;
    if (!open) return;
    pipeline().fireChannelReadComplete();
    deliver();
  }

  @Override
  public void peek(int max, Consumer<? super ByteBuf> pieces) {
    int left = max;
    ByteBuf first = words;
    if (first != null) {
      int count = Math.min(left, first.readableBytes());
      pieces.accept(first.retainedSlice(first.readerIndex(), count));
      left -= count;
    }
    ChannelOutboundBuffer out = unsafe().outboundBuffer();
    if (left == 0 || out == null) return;
    unsent.collect(out, left, pieces);
  }

  @Override
  public void taken(int count) {
    int left = count;
    ByteBuf first = words;
    if (first != null) {
      int some = Math.min(left, first.readableBytes());
      first.skipBytes(some);
      left -= some;
      if (!first.isReadable()) {
        words = null;
        first.release();
      }
    }
    ChannelOutboundBuffer out = unsafe().outboundBuffer();
    if (out != null && left > 0) out.removeBytes(left);
  }

  @Override
  public void closed(StreamEnd end) {
    ByteBuf first = words;
    words = null;
    if (first != null) first.release();
    if (!open) return;
    if (end instanceof StreamEnd.Finished) {
      finishIfRead();
      return;
    }
    stream.consumed(Integer.MAX_VALUE);
    received.release();
    if (started && end instanceof StreamEnd.Reset(long code, boolean byPeer) && byPeer)
      pipeline().fireUserEventTriggered(new StreamReset(code, true));
    if (open) unsafe().close(voidPromise());
  }

  private void finishIfRead() {
    if (open && stream.gone() && received.isEmpty() && inputShut) unsafe().close(voidPromise());
  }

  private void deliver() {
    if (delivering || !started) return;
    while (open && !received.isEmpty() && wantsData() && !delivering) {
      ByteBuf next = received.poll();
      if (next == null) break;
      boolean alone = !inBurst;
      inBurst = true; // completes here, not with the connection's burst
      pass(next);
      if (alone) {
        inBurst = false;
        if (open) pipeline().fireChannelReadComplete();
      }
    }
    if (open && inputEnded && received.isEmpty() && !inputShut) {
      inputShut = true;
      pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      finishIfRead();
    }
  }

  // ---- the channel --------------------------------------------------------------------------

  @Override
  protected void doBeginRead() {
    readWanted = true;
    if (!received.isEmpty() || (inputEnded && !inputShut)) eventLoop().execute(this::deliver);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    while (in.current() instanceof ByteBuf bytes && !bytes.isReadable()) in.remove();
    if (!in.isEmpty()) stream.ready();
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf) return message;
    throw new UnsupportedOperationException("message: " + message.getClass().getName());
  }

  @Override
  protected void doClose() {
    open = false;
    received.release();
    if (abortive || !outbound.isEmpty()) stream.reset(closeCode);
    else stream.close(mux.nowNanos());
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public boolean isInputShutdown() {
    return inputShut;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShut;
  }

  @Override
  public boolean isShutdown() {
    return inputShut && outputShut;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    var _ = shutdownInput();
    return shutdownOutput(promise);
  }

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return open;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new StreamUnsafe();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  @Override
  protected SocketAddress localAddress0() {
    return parent().localAddress();
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return parent().remoteAddress();
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException("bind");
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  /** Hands out what is flushed, piece by piece, without taking it. */
  private static final class Unsent implements ChannelOutboundBuffer.MessageProcessor {
    private int left;
    private @Nullable Consumer<? super ByteBuf> pieces;

    void collect(ChannelOutboundBuffer out, int max, Consumer<? super ByteBuf> to) {
      left = max;
      pieces = to;
      try {
        out.forEachFlushedMessage(this);
      } catch (Exception e) {
        throw new IllegalStateException("nothing here throws", e);
      }
      pieces = null;
    }

    @Override
    public boolean processMessage(Object message) {
      Consumer<? super ByteBuf> to = pieces;
      if (to == null || !(message instanceof ByteBuf bytes)) return false;
      int count = Math.min(left, bytes.readableBytes());
      if (count > 0) to.accept(bytes.retainedSlice(bytes.readerIndex(), count));
      left -= count;
      return left > 0;
    }
  }

  /** A linger of zero asks for a reset, as it does of a socket. */
  private final class StreamConfig extends DefaultChannelConfig {
    StreamConfig() {
      super(StreamChannel.this);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      if (option != ChannelOption.SO_LINGER) return super.setOption(option, value);
      abortive = true;
      return true;
    }
  }

  private final class StreamUnsafe extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException("connect"));
    }
  }
}
