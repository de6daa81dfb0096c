package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.mux.StreamCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A stream for code that blocks: for virtual threads, never for an event loop. Bytes that nobody
 * reads give the peer no credit; a write returns when the stream can take more. One thread may read
 * while another writes.
 */
public final class BlockingStream implements AutoCloseable {
  private static final long UNWRITTEN_MAX = 256 * 1024;

  /** How long the peer may take to let go out what was written before a close. */
  private static final long LINGER_SECONDS = 30;

  private final StreamChannel channel;
  private final Inbox inbox = new Inbox();
  private final InputStream in = new In();
  private final OutputStream out = new Out();
  private volatile long timeoutNanos = Long.MAX_VALUE;

  private BlockingStream(StreamChannel channel) {
    this.channel = channel;
  }

  /** Takes a stream over; where its handlers are added, before it is active. */
  public static BlockingStream of(StreamChannel channel) {
    BlockingStream stream = new BlockingStream(channel);
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(stream.inbox);
    return stream;
  }

  public StreamChannel channel() {
    return channel;
  }

  /** What the peer sends, up to the end of its direction; closing it drops what still comes. */
  public InputStream in() {
    return in;
  }

  /** What is sent to the peer, at once; closing it ends our direction. */
  public OutputStream out() {
    return out;
  }

  /** The longest that one read or write waits; {@link SocketTimeoutException} after that. */
  public void timeout(Duration each) {
    timeoutNanos = each.toNanos();
  }

  /** Ends our direction; reading goes on. */
  public void closeWrite() {
    var _ = channel.shutdownOutput();
  }

  /** Drops what still comes. */
  public void closeRead() {
    var _ = channel.shutdownInput();
  }

  /** Gives up both directions, with a code of {@link StreamCode}. */
  public void reset(long code) {
    var _ = channel.reset(code);
  }

  /** Ends both directions behind what was written, and drops what was not read. Does not wait. */
  @Override
  public void close() {
    inbox.drop();
    if (!channel.isOpen()) return;
    Future<?> late =
        channel
            .eventLoop()
            .schedule(() -> channel.reset(StreamCode.NONE), LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(_ -> late.cancel(false));
    closeRead();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** What came and was not read; filled on the loop, one message for each read that was asked. */
  private final class Inbox extends ChannelInboundHandlerAdapter {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ByteBuf> received = new ArrayDeque<>(2); // guarded by lock
    private long unwritten; // guarded by lock
    private boolean ended; // guarded by lock
    private boolean gone; // guarded by lock
    private @Nullable StreamReset reset; // guarded by lock

    int read(byte[] to, int offset, int length) throws IOException {
      lock.lock();
      try {
        long left = timeoutNanos;
        while (received.isEmpty()) {
          if (ended) return -1;
          if (gone) throw new IOException("stream " + channel.protocol() + ": " + why());
          if (left <= 0)
            throw new SocketTimeoutException("stream " + channel.protocol() + ": nothing came");
          channel.read();
          left = changed.awaitNanos(left);
        }
        ByteBuf first = received.element();
        int count = Math.min(length, first.readableBytes());
        first.readBytes(to, offset, count);
        if (!first.isReadable()) received.remove().release();
        return count;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stream " + channel.protocol());
      } finally {
        lock.unlock();
      }
    }

    void drop() {
      lock.lock();
      try {
        gone = true;
        for (ByteBuf part; (part = received.poll()) != null; ) part.release();
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /**
     * Waits until little enough is on its way; whether the channel is writable is only known on the
     * loop.
     */
    void awaitRoom() throws IOException {
      lock.lock();
      try {
        long left = timeoutNanos;
        while (!gone && unwritten >= UNWRITTEN_MAX) {
          if (left <= 0)
            throw new SocketTimeoutException("stream " + channel.protocol() + ": nothing is taken");
          left = changed.awaitNanos(left);
        }
        if (gone) throw new IOException("stream " + channel.protocol() + ": " + why());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stream " + channel.protocol());
      } finally {
        lock.unlock();
      }
    }

    void writing(int bytes) {
      lock.lock();
      try {
        unwritten += bytes;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private String why() {
      StreamReset how = reset;
      return how == null ? "closed" : "reset, code " + how.code();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      lock.lock();
      try {
        if (gone) ((ByteBuf) message).release();
        else received.add((ByteBuf) message);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      lock.lock();
      try {
        if (event == ChannelInputShutdownEvent.INSTANCE) ended = true;
        if (event instanceof StreamReset how) reset = how;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      lock.lock();
      try {
        gone = true;
        // Behind the end of the peer's direction what came is still good to read.
        if (!ended) {
          for (ByteBuf part; (part = received.poll()) != null; ) part.release();
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      ctx.fireChannelInactive();
    }
  }

  private final class In extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, to.length);
      return length == 0 ? 0 : inbox.read(to, offset, length);
    }

    @Override
    public void close() {
      closeRead();
    }
  }

  private final class Out extends OutputStream {
    private static final int PART = 64 * 1024;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, from.length);
      for (int at = 0; at < length; at += PART) {
        int count = Math.min(PART, length - at);
        inbox.awaitRoom();
        inbox.writing(count);
        ByteBuf part = channel.alloc().buffer(count).writeBytes(from, offset + at, count);
        channel.writeAndFlush(part).addListener(_ -> inbox.writing(-count));
      }
    }

    @Override
    public void close() {
      closeWrite();
    }
  }
}
