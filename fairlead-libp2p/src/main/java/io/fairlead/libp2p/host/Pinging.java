package io.fairlead.libp2p.host;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.netty.StreamChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends 32 bytes and wants them back.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/ping/ping.md">ping</a>
 */
final class Pinging {
  static final String ID = "/ipfs/ping/1.0.0";

  /** Streams of one peer that are answered at once. */
  static final int STREAMS_PER_PEER = 2;

  private static final int BYTES = 32;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Clock clock;
  private final Randomness randomness;

  Pinging(Clock clock, Randomness randomness) {
    this.clock = clock;
    this.randomness = randomness;
  }

  /** Answers a peer, as often as it asks on one stream. */
  static void answer(StreamChannel stream, Connection connection) {
    stream
        .pipeline()
        .addLast(
            new ByteToMessageDecoder() {
              @Override
              protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
                if (in.readableBytes() < BYTES) return;
                // What the peer does not take back is not read on: its own window bounds it.
                ctx.channel().config().setAutoRead(false);
                ctx.writeAndFlush(in.readBytes(BYTES))
                    .addListener(_ -> ctx.channel().config().setAutoRead(true));
              }

              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event)
                  throws Exception {
                super.userEventTriggered(ctx, event);
                if (event instanceof ChannelInputShutdownEvent) ctx.close();
              }
            });
  }

  /** Asks once on a new stream and ends it. */
  final class Asker extends ByteToMessageDecoder {
    private final CompletableFuture<Duration> result;
    private final byte[] sent = randomness.secureBytes(BYTES);
    private long sentAtNanos;
    private @Nullable Future<?> timeout;

    /**
     * @param result fails with {@link IOException}
     */
    Asker(CompletableFuture<Duration> result) {
      this.result = result;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      sentAtNanos = clock.nanos();
      timeout =
          ctx.executor()
              .schedule(
                  () -> end(ctx, "no answer in time"), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      ctx.writeAndFlush(Unpooled.wrappedBuffer(sent));
      ctx.fireChannelActive();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
      if (in.readableBytes() < BYTES) return;
      byte[] back = new byte[BYTES];
      in.readBytes(back);
      in.skipBytes(in.readableBytes());
      if (Arrays.equals(back, sent)) {
        result.complete(Duration.ofNanos(clock.nanos() - sentAtNanos));
      }
      end(ctx, "other bytes came back");
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
      end(ctx, "the stream ended");
    }

    private void end(ChannelHandlerContext ctx, String reason) {
      Future<?> set = timeout;
      if (set != null) set.cancel(false);
      result.completeExceptionally(new IOException("ping: " + reason));
      ctx.close();
    }
  }
}
