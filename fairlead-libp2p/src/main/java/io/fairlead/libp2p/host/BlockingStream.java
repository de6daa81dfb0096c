package io.fairlead.libp2p.host;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.StreamReset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A stream for code that waits, such as on a virtual thread. One thread may read while another
 * writes. The channel is read only while somebody waits for bytes, so a slow reader holds its peer
 * back. Never to be used on an event loop.
 */
public final class BlockingStream implements AutoCloseable {
  private final StreamChannel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by {@code lock}, as below; what one read of the channel gave. */
  private final ArrayDeque<ByteBuf> received = new ArrayDeque<>();

  private boolean ended;
  private @Nullable IOException failure;
  private Optional<Duration> deadline = Optional.empty();

  private BlockingStream(StreamChannel channel) {
    this.channel = channel;
  }

  /** Takes a stream over before its first byte; on its event loop. */
  static BlockingStream over(StreamChannel channel) {
    BlockingStream stream = new BlockingStream(channel);
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(stream.new Receiver());
    return stream;
  }

  public PeerId remote() {
    return channel.connection().remote();
  }

  public String protocol() {
    return channel.protocol();
  }

  /** How long a read or a write may wait; empty is forever. */
  public void deadline(Optional<Duration> each) {
    lock.lock();
    try {
      deadline = each;
    } finally {
      lock.unlock();
    }
  }

  /** What the peer sends, to the end of its direction. Closing it drops what still comes. */
  public InputStream input() {
    return new Input();
  }

  /** What is sent to the peer; each write waits until it is on its way. Closing it ends ours. */
  public OutputStream output() {
    return new Output();
  }

  /** Ends our direction; the peer's goes on. */
  public void closeWrite() throws IOException {
    await(channel.shutdownOutput());
  }

  /** Drops what still comes; ours goes on. */
  public void closeRead() {
    channel.shutdownInput();
  }

  /** Gives up both directions, with a code of {@code StreamCode}. */
  public void reset(long code) {
    channel.reset(code);
  }

  /** Ends both directions. */
  @Override
  public void close() {
    channel.close();
    lock.lock();
    try {
      ended = true; // what is not read by now never will be
      received.forEach(ByteBuf::release);
      received.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void await(ChannelFuture done) throws IOException {
    if (channel.eventLoop().inEventLoop()) {
      throw new IllegalStateException("a blocking stream on its event loop");
    }
    Optional<Duration> most;
    lock.lock();
    try {
      most = deadline;
    } finally {
      lock.unlock();
    }
    try {
      if (most.isEmpty()) done.await();
      else if (!done.await(most.get().toMillis())) throw new SocketTimeoutException("stream");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stream");
    }
    Throwable cause = done.cause();
    if (cause != null) throw new IOException("stream: " + cause.getMessage(), cause);
  }

  /** The next piece, which the caller owns; null at the end. */
  private @Nullable ByteBuf next() throws IOException {
    if (channel.eventLoop().inEventLoop()) {
      throw new IllegalStateException("a blocking stream on its event loop");
    }
    lock.lock();
    try {
      long left = deadline.map(Duration::toNanos).orElse(Long.MAX_VALUE);
      while (received.isEmpty()) {
        IOException broken = failure;
        if (broken != null) throw new IOException(broken.getMessage(), broken);
        if (ended) return null;
        channel.read();
        if (left <= 0) throw new SocketTimeoutException("stream");
        left = changed.awaitNanos(left);
      }
      return received.remove();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stream");
    } finally {
      lock.unlock();
    }
  }

  private final class Receiver extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      lock.lock();
      try {
        if (ended) {
          ((ByteBuf) message).release();
          return;
        }
        received.add((ByteBuf) message);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      switch (event) {
        case ChannelInputShutdownEvent _ -> end(null);
        case StreamReset reset ->
            end(
                new IOException(
                    "stream: reset by "
                        + (reset.byPeer() ? "the peer" : "us")
                        + ", code "
                        + reset.code()));
        default -> ctx.fireUserEventTriggered(event);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      end(new IOException("stream: " + cause.getMessage(), cause));
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end(new IOException("stream: closed"));
    }

    private void end(@Nullable IOException cause) {
      lock.lock();
      try {
        if (ended) return;
        ended = true;
        failure = cause;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private final class Input extends InputStream {
    private @Nullable ByteBuf piece;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      Objects.checkFromIndexSize(from, length, into.length);
      if (length == 0) return 0;
      ByteBuf current = piece;
      if (current == null) {
        current = next();
        if (current == null) return -1;
      }
      int count = Math.min(length, current.readableBytes());
      current.readBytes(into, from, count);
      if (current.isReadable()) {
        piece = current;
      } else {
        piece = null;
        current.release();
      }
      return count;
    }

    @Override
    public void close() {
      ByteBuf current = piece;
      piece = null;
      if (current != null) current.release();
      closeRead();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      Objects.checkFromIndexSize(from, length, bytes.length);
      // A copy: the caller may use its array again before the channel is done with it.
      await(channel.writeAndFlush(Unpooled.copiedBuffer(bytes, from, length)));
    }

    @Override
    public void close() throws IOException {
      closeWrite();
    }
  }
}
