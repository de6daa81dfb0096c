package io.fairlead.net.pass;

import io.fairlead.net.loop.EventLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Two connections between two processes: one for frames of at most {@value #FRAME_MAX} bytes, one
 * for descriptors. Sending is possible from any thread.
 */
public final class PassingLine implements AutoCloseable {
  private static final int FRAME_MAX = 1 << 20;
  private static final long CLOSE_SECONDS_MAX = 2;

  private final Heard.Ear ear;
  private final List<Object> waiting = new ArrayList<>(); // guarded by this
  private @Nullable Channel words; // guarded by this
  private @Nullable Channel hands; // guarded by this
  private boolean gone; // guarded by this

  PassingLine(Heard.Ear ear) {
    this.ear = ear;
  }

  /**
   * Knocks at another process's door; blocks until both connections stand.
   *
   * @throws IOException nobody is there
   */
  public static PassingLine connect(EventLoops loops, Path socket, Heard.Ear ear)
      throws IOException {
    PassingLine line = new PassingLine(ear);
    line.words(dial(loops, socket, false));
    Channel last = dial(loops, socket, true);
    line.hands(last);
    if (!last.isActive()) line.lost(); // turned away before anybody listened
    return line;
  }

  /** Sends one frame. */
  public void send(byte[] frame) {
    write(Unpooled.wrappedBuffer(frame), true);
  }

  /** Gives the peer copies of these descriptors, in this order; ours stay open. */
  public void pass(List<Integer> descriptors) {
    for (int number : descriptors) write(new FileDescriptor(number), false);
  }

  /**
   * Closes both connections after what was sent; the peer hears that we are gone. Waits until that
   * is done, some seconds at most, unless it is called on their event loop.
   */
  @Override
  public void close() {
    List<Channel> both = new ArrayList<>(2);
    synchronized (this) {
      gone = true;
      if (words != null) both.add(words);
      if (hands != null) both.add(hands);
      waiting.clear();
    }
    for (Channel channel : both) {
      // Behind what was sent, which other threads left to the loop; and before the loop itself
      // ends.
      var _ = channel.eventLoop().submit(() -> channel.close());
    }
    for (Channel channel : both) {
      if (channel.eventLoop().inEventLoop()) continue;
      channel.closeFuture().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
  }

  synchronized void words(Channel channel) {
    words = channel;
    channel
        .pipeline()
        .addLast(new LengthFieldPrepender(4))
        .addLast(new LengthFieldBasedFrameDecoder(FRAME_MAX, 0, 4, 0, 4))
        .addLast(new Listening(true));
    flushWaiting();
  }

  synchronized void hands(Channel channel) {
    hands = channel;
    channel.pipeline().addLast(new Listening(false));
    flushWaiting();
  }

  private synchronized void write(Object message, boolean isWords) {
    Channel channel = isWords ? words : hands;
    if (gone) return;
    if (channel == null) {
      waiting.add(message); // as many as the owner sends before the peer is there: a manifest
      return;
    }
    var _ = channel.writeAndFlush(message); // a failure closes the channel, and that is heard
  }

  private void flushWaiting() {
    List<Object> held = List.copyOf(waiting);
    waiting.clear();
    for (Object message : held) write(message, message instanceof ByteBuf);
  }

  private static Channel dial(EventLoops loops, Path socket, boolean forDescriptors)
      throws IOException {
    ChannelFuture connected =
        new Bootstrap()
            .group(loops.group())
            .channelFactory(loops.clientChannels(loops.unixAddress(socket.toString())))
            .handler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    if (forDescriptors) {
                      channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
                    }
                  }
                })
            .connect(loops.unixAddress(socket.toString()))
            .awaitUninterruptibly();
    if (!connected.isSuccess()) {
      throw new IOException(socket + ": " + connected.cause(), connected.cause());
    }
    return connected.channel();
  }

  private void lost() {
    synchronized (this) {
      if (gone) return;
      gone = true;
    }
    close();
    ear.heard(new Heard.Gone());
  }

  private final class Listening extends ChannelInboundHandlerAdapter {
    private final boolean forWords;

    Listening(boolean forWords) {
      this.forWords = forWords;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof FileDescriptor descriptor) {
        ear.heard(new Heard.Descriptor(descriptor.intValue()));
      } else {
        ByteBuf frame = (ByteBuf) message;
        byte[] bytes = ByteBufUtil.getBytes(frame);
        frame.release();
        ear.heard(new Heard.Words(bytes));
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      // The other connection may be seen to end before the last words of this one were read.
      if (forWords) lost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      lost();
    }
  }
}
