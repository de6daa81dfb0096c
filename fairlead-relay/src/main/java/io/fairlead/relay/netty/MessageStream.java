package io.fairlead.relay.netty;

import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.StreamReset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream on which two sides exchange delimited messages, and which may become something else
 * behind one of them. Reading is off but for the message that is waited for. Methods may be called
 * from any thread, one talk at a time; stages complete on the stream's loop.
 */
public final class MessageStream extends ChannelInboundHandlerAdapter {
  private static final int READ_FIRST = 256;

  private final StreamChannel channel;
  private final int bytesMax;
  private @Nullable ByteBuf received;
  private @Nullable CompletableFuture<byte[]> waiting;
  private @Nullable Future<?> timer;
  private @Nullable IOException end;

  private MessageStream(StreamChannel channel, int bytesMax) {
    this.channel = channel;
    this.bytesMax = bytesMax;
  }

  /**
   * Takes a stream over, where its handlers are added.
   *
   * @param bytesMax longest message accepted, without its length
   */
  public static MessageStream on(StreamChannel channel, int bytesMax) {
    MessageStream stream = new MessageStream(channel, bytesMax);
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(stream);
    return stream;
  }

  /**
   * Opens one on a connection.
   *
   * @param timeout after which it is given up
   * @return fails like {@link Host#open}, or with {@link java.util.concurrent.TimeoutException}
   */
  public static CompletionStage<MessageStream> open(
      Host host, Connection connection, String protocol, int bytesMax, Duration timeout) {
    CompletableFuture<MessageStream> made = new CompletableFuture<>();
    CompletableFuture<StreamChannel> opening =
        host.open(connection, List.of(protocol), channel -> made.complete(on(channel, bytesMax)))
            .toCompletableFuture();
    CompletableFuture<MessageStream> result =
        opening.thenCompose(_ -> made).orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    result.whenComplete(
        (_, failure) -> {
          // One that comes too late is given up as soon as it is there.
          if (failure != null) made.thenAccept(MessageStream::reset);
        });
    return result;
  }

  /** The stream below. */
  public StreamChannel channel() {
    return channel;
  }

  /** Says something. */
  public ChannelFuture send(byte[] message) {
    return channel.writeAndFlush(Unpooled.wrappedBuffer(Delimited.frame(message)));
  }

  /** Says something and ends our direction behind it. */
  public void sendLast(byte[] message) {
    send(message).addListener(_ -> channel.close());
  }

  /**
   * Waits for the next message.
   *
   * @return fails with {@link MalformedException}, {@link SocketTimeoutException}, {@link
   *     EOFException} or another {@link IOException}; the stream is still to be closed then
   */
  public CompletionStage<byte[]> next(Duration timeout) {
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    onLoop(
        () -> {
          if (waiting != null) throw new IllegalStateException("two wait for one message");
          waiting = result;
          timer =
              channel
                  .eventLoop()
                  .schedule(
                      () -> fail(new SocketTimeoutException("nothing came")),
                      timeout.toNanos(),
                      TimeUnit.NANOSECONDS);
          look();
        });
    return result;
  }

  /**
   * Lets the stream go, to be used by others. On the stream's loop, between two messages.
   *
   * @return what came behind the last message, perhaps nothing; the caller's
   */
  public ByteBuf detach() {
    ByteBuf rest = received == null ? Unpooled.EMPTY_BUFFER : received;
    received = null;
    channel.pipeline().remove(this);
    return rest;
  }

  /** How the peer's direction ended, if it did. On the stream's loop. */
  public Optional<IOException> end() {
    return Optional.ofNullable(end);
  }

  /** Ends both directions behind what was said. */
  public void close() {
    channel.close();
  }

  /** Gives the stream up. */
  public void reset() {
    channel.reset(0);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    ByteBuf before = received;
    if (before == null) {
      received = bytes;
    } else {
      ByteBuf joined = ctx.alloc().buffer(Math.max(READ_FIRST, before.readableBytes() * 2));
      received = joined.writeBytes(before).writeBytes(bytes);
      before.release();
      bytes.release();
    }
    look();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) ended(new EOFException("ended"));
    if (event instanceof StreamReset(long code, _)) ended(new IOException("reset, code " + code));
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended(new IOException("closed"));
    drop();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ended(new IOException(cause));
    ctx.close();
  }

  private void ended(IOException how) {
    if (end == null) end = how;
    if (waiting != null) fail(end);
  }

  private void look() {
    CompletableFuture<byte[]> asked = waiting;
    if (asked == null) return;
    try {
      ByteBuf bytes = received;
      Optional<byte[]> message = bytes == null ? Optional.empty() : Delimited.read(bytes, bytesMax);
      if (message.isPresent()) {
        if (bytes != null && !bytes.isReadable()) drop();
        settled();
        asked.complete(message.get());
      } else if (end != null) {
        fail(end);
      } else {
        channel.read();
      }
    } catch (MalformedException malformed) {
      fail(malformed);
    }
  }

  private void fail(Exception cause) {
    CompletableFuture<byte[]> asked = waiting;
    settled();
    if (asked != null) asked.completeExceptionally(cause);
  }

  private void settled() {
    waiting = null;
    Future<?> armed = timer;
    timer = null;
    if (armed != null) armed.cancel(false);
  }

  private void drop() {
    ByteBuf bytes = received;
    received = null;
    if (bytes != null) bytes.release();
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop()) task.run();
    else channel.eventLoop().execute(task);
  }
}
