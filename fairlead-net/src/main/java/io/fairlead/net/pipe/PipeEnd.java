package io.fairlead.net.pipe;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One end of a {@link Pipe}. Its channel state belongs to its event loop; the other end's loop only
 * posts tasks to it. A burst of writes is one task.
 */
final class PipeEnd extends AbstractChannel implements DuplexChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);
  private static final LocalAddress ADDRESS = new LocalAddress("pipe");

  /** Room that must be free before a waiting writer goes on: fewer, larger tasks. */
  private static final int ROOM_AGAIN = Pipe.CAPACITY / 2;

  private final EventLoop home;
  private final PipeConfig config = new PipeConfig();
  private final ArrayDeque<ByteBuf> received = new ArrayDeque<>(4);
  // Bytes on their way to the peer or held there; added by this end, taken off by the peer.
  private final AtomicInteger unread = new AtomicInteger();
  private Optional<PipeEnd> peer = Optional.empty();
  private volatile boolean waitsForRoom;
  private boolean open = true;
  private boolean readWanted;
  private boolean delivering;
  private boolean inputEnded;
  private boolean inputShut;
  private boolean outputShut;
  private boolean peerClosed;
  private boolean abortive;

  PipeEnd(EventLoop home, ByteBufAllocator allocator) {
    super(null);
    this.home = home;
    config.setAutoRead(false);
    config.setAllocator(allocator);
  }

  /** Once, before it is registered. */
  void join(PipeEnd other) {
    peer = Optional.of(other);
  }

  private PipeEnd peer() {
    return peer.orElseThrow(() -> new IllegalStateException("not joined"));
  }

  // ---- from the other end, as tasks of this loop ------------------------------------------

  private void arrived(List<ByteBuf> burst) {
    for (ByteBuf bytes : burst) {
      if (open && !inputShut) {
        received.add(bytes);
      } else {
        int count = bytes.readableBytes();
        bytes.release();
        peer().read(count);
      }
    }
    deliver();
  }

  private void outputEndedThere() {
    inputEnded = true;
    deliver();
  }

  private void closedThere(boolean reset) {
    peerClosed = true;
    if (reset) {
      if (open) pipeline().fireExceptionCaught(new IOException("reset"));
      var _ = close();
      return;
    }
    inputEnded = true;
    deliver();
  }

  /** The other end read some of what this one wrote; on the other end's loop. */
  private void read(int bytes) {
    int left = unread.addAndGet(-bytes);
    if (waitsForRoom && left <= ROOM_AGAIN) {
      waitsForRoom = false;
      home.execute(
          () -> {
            if (open) unsafe().flush();
          });
    }
  }

  private void deliver() {
    if (delivering) return;
    delivering = true;
    boolean any = false;
    while (open && !received.isEmpty() && (config.isAutoRead() || readWanted)) {
      readWanted = false;
      any = true;
      ByteBuf next = received.remove();
      int count = next.readableBytes();
      pipeline().fireChannelRead(next);
      peer().read(count);
    }
    delivering = false;
    if (any && open) pipeline().fireChannelReadComplete();
    if (!open || !inputEnded || !received.isEmpty()) return;
    if (!inputShut) {
      inputShut = true;
      pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
    if (peerClosed && open) {
      var _ = close();
    }
  }

  // ---- the channel ------------------------------------------------------------------------

  @Override
  protected void doBeginRead() {
    readWanted = true;
    if (!received.isEmpty() || (inputEnded && !inputShut)) home.execute(this::deliver);
  }

  /** What goes is on its way before anybody hears that it went, and may end the direction. */
  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws Exception {
    Burst burst = new Burst();
    in.forEachFlushedMessage(burst);
    if (!burst.buffers.isEmpty()) {
      unread.addAndGet(burst.bytes);
      PipeEnd other = peer();
      other.home.execute(() -> other.arrived(burst.buffers));
    }
    for (int i = 0; i < burst.messages && in.remove(); i++) continue;
  }

  /** As much of what is flushed as there is room for. */
  private final class Burst implements ChannelOutboundBuffer.MessageProcessor {
    private final List<ByteBuf> buffers = new ArrayList<>();
    private int bytes;
    private int messages;

    @Override
    public boolean processMessage(Object message) {
      if (message instanceof ByteBuf buffer && buffer.isReadable() && !outputShut && !peerClosed) {
        if (!room(bytes)) return false;
        bytes += buffer.readableBytes();
        buffers.add(buffer.retainedSlice());
      }
      messages++;
      return true;
    }
  }

  /** Whether more may go; if not, the reader at the other end starts the writing again. */
  private boolean room(int alreadyInBurst) {
    if (unread.get() + alreadyInBurst < Pipe.CAPACITY) return true;
    if (alreadyInBurst > 0) {
      // What goes now will be read, and whoever reads it looks at the flag.
      waitsForRoom = true;
      return false;
    }
    waitsForRoom = true;
    // Asked again behind the flag: the last of it may have been read in between.
    if (unread.get() > ROOM_AGAIN) return false;
    waitsForRoom = false;
    return true;
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf) return message;
    throw new UnsupportedOperationException("message: " + message.getClass().getName());
  }

  @Override
  protected void doClose() {
    if (!open) return;
    open = false;
    ByteBuf held;
    while ((held = received.poll()) != null) {
      peer().read(held.readableBytes());
      held.release();
    }
    boolean reset = abortive;
    PipeEnd other = peer();
    other.home.execute(() -> other.closedThere(reset));
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    if (!outputShut) {
      outputShut = true;
      PipeEnd other = peer();
      other.home.execute(other::outputEndedThere);
    }
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
    return new PipeUnsafe();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  @Override
  protected SocketAddress localAddress0() {
    return ADDRESS;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return ADDRESS;
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
  private final class PipeConfig extends DefaultChannelConfig {
    PipeConfig() {
      super(PipeEnd.this);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      if (option != ChannelOption.SO_LINGER) return super.setOption(option, value);
      abortive = true;
      return true;
    }
  }

  private final class PipeUnsafe extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException("connect"));
    }
  }
}
