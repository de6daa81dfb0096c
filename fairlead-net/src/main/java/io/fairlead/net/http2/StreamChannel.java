package io.fairlead.net.http2;

import io.fairlead.net.http.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;

/**
 * A stream as a byte channel, for what is no HTTP any more: a CONNECT tunnel or a web socket (RFC
 * 9113 §8.5, RFC 8441 §5). The end of a direction is END_STREAM, a reset CANCEL. Lives on its
 * connection's event loop; the windows of the stream bound what it holds.
 */
final class StreamChannel extends AbstractChannel implements DuplexChannel, FrameStream.Reader {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final FrameStream stream;
  private final StreamConfig config = new StreamConfig();
  private final ArrayDeque<ByteBuf> received = new ArrayDeque<>(4);
  private boolean open = true;
  private boolean readWanted;
  private boolean delivering;
  private boolean inputEnded;
  private boolean inputShut;
  private boolean outputShut;
  private boolean abortive;
  private boolean truthful;
  private boolean held;
  private boolean inBurst; // a burst's end will be told
  private boolean readUntold;

  private StreamChannel(FrameStream stream) {
    super(stream.session().channel);
    this.stream = stream;
    config.setAutoRead(false);
    config.setAllocator(stream.session().channel.alloc());
  }

  /** Registers it, with reading off; on the event loop. */
  static StreamChannel open(FrameStream stream) {
    StreamChannel channel = new StreamChannel(stream);
    var _ = stream.session().channel.eventLoop().register(channel); // at once, on the loop
    return channel;
  }

  /**
   * From here on its owner hears of a reset, or of a connection that is lost, as of a broken
   * socket: a stream cut short must not look like one that ended well.
   */
  void tellsResets() {
    truthful = true;
  }

  /** Ends it at once by a reset. */
  void sever() {
    abortive = true;
    var _ = close();
  }

  /** Delivers nothing until {@link #deliverAgain}, whatever its reader wants. */
  void holdBack() {
    held = true;
  }

  void deliverAgain() {
    held = false;
    deliver();
  }

  /**
   * The frames from here to {@link #burstEnd} are one read, so that whoever passes them on flushes
   * once.
   */
  void burstBegin() {
    inBurst = true;
  }

  /** Whether everything received was read. */
  boolean holdsNothing() {
    return received.isEmpty();
  }

  // ---- from the stream --------------------------------------------------------------------

  @Override
  public int data(ByteBuf data, boolean ends) {
    int count = data.readableBytes();
    if (!open || inputShut) return count;
    if (count > 0) received.add(data.retain());
    inputEnded |= ends;
    stream.holds(count);
    deliver();
    return 0;
  }

  /** The peer ended its direction before this channel was there. */
  void inputEnded() {
    inputEnded = true;
  }

  @Override
  public void reset(long errorCode) {
    burstEnd();
    if (errorCode != Http2Error.NO_ERROR.code()) tellReset();
    var _ = close();
  }

  private void tellReset() {
    if (truthful && open) pipeline().fireExceptionCaught(new ResetException());
  }

  @Override
  public void closed() {
    burstEnd();
    if (inputEnded && !received.isEmpty()) return; // it is read to its end first
    if (!inputEnded) tellReset();
    var _ = close();
  }

  @Override
  public void becameWritable() {
    if (open) unsafe().flush();
  }

  @Override
  public void burstEnd() {
    inBurst = false;
    boolean read = readUntold;
    readUntold = false;
    if (read && open) pipeline().fireChannelReadComplete();
    if (open) tellInputEnd();
  }

  private void deliver() {
    if (delivering) return;
    delivering = true;
    boolean any = readUntold;
    readUntold = false;
    while (open && !held && !received.isEmpty() && (config.isAutoRead() || readWanted)) {
      readWanted = false;
      any = true;
      ByteBuf next = received.remove();
      int count = next.readableBytes();
      pipeline().fireChannelRead(next);
      stream.release(count);
    }
    delivering = false;
    if (inBurst) {
      readUntold = any;
      return;
    }
    if (any && open) pipeline().fireChannelReadComplete();
    tellInputEnd();
  }

  private void tellInputEnd() {
    if (open && inputEnded && received.isEmpty() && !inputShut) {
      inputShut = true;
      pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  // ---- the channel ------------------------------------------------------------------------

  @Override
  protected void doBeginRead() {
    readWanted = true;
    if (!received.isEmpty() || (inputEnded && !inputShut)) eventLoop().execute(this::deliver);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    boolean any = false;
    while (stream.writable()) {
      Object message = in.current();
      if (message == null) break;
      if (message instanceof ByteBuf bytes && bytes.isReadable()) {
        stream.data(bytes.retainedSlice());
        any = true;
      }
      in.remove();
    }
    if (any) stream.session().flush();
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf) return message;
    throw new UnsupportedOperationException("message: " + message.getClass().getName());
  }

  @Override
  protected void doClose() {
    open = false;
    ByteBuf held;
    while ((held = received.poll()) != null) ReferenceCountUtil.release(held);
    stream.release();
    if (abortive) {
      stream.reset(Http2Error.CANCEL);
      return;
    }
    if (!inputEnded) stream.whenEnded(() -> stream.reset(Http2Error.NO_ERROR));
    boolean alreadyEnded = stream.outputEnded();
    stream.end(Trailers.NONE);
    if (alreadyEnded && !inputEnded) stream.reset(Http2Error.NO_ERROR);
    stream.session().flush();
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    outputShut = true;
    stream.end(Trailers.NONE);
    stream.session().flush();
    return promise.setSuccess();
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
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    inputShut = true;
    return promise.setSuccess();
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
    inputShut = true;
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

  /** The other end gave the stream up. */
  private static final class ResetException extends IOException {
    private static final long serialVersionUID = 1;

    ResetException() {
      super("stream reset");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this; // expected, and often
    }
  }

  /** For a drain, which reaches the connection's own pipeline only. */
  static void tell(Channel channel, Object event) {
    channel.pipeline().fireUserEventTriggered(event);
  }
}
