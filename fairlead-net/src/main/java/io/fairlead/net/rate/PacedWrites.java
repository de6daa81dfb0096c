package io.fairlead.net.rate;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;

/**
 * Makes a channel unwritable while its bytes rest, so that whoever writes stops reading its source.
 * What is written meanwhile goes out all the same: at most what a source had read already.
 */
public final class PacedWrites extends ChannelOutboundHandlerAdapter {
  /** One of the 31 reasons a channel has for being unwritable. */
  private static final int REASON = 3;

  private final IntToLongFunction bucket;
  private boolean resting;

  private PacedWrites(IntToLongFunction bucket) {
    this.bucket = bucket;
  }

  /** Holds both directions of a client's stream to a pace, by what is written to either side. */
  public static void between(Channel client, Channel server, Pace pace) {
    if (pace == Pace.NONE) return;
    client.pipeline().addFirst("pace", new PacedWrites(pace::sent));
    server.pipeline().addFirst("pace", new PacedWrites(pace::received));
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      long nanos = bucket.applyAsLong(bytes.readableBytes());
      if (nanos > 0 && !resting) rest(ctx, nanos);
    }
    ctx.write(message, promise);
  }

  private void rest(ChannelHandlerContext ctx, long nanos) {
    if (!writable(ctx.channel(), false)) return;
    resting = true;
    var _ = // looks at the channel when it runs
        ctx.executor()
            .schedule(
                () -> {
                  resting = false;
                  var _ = writable(ctx.channel(), true);
                },
                nanos,
                TimeUnit.NANOSECONDS);
  }

  private static boolean writable(Channel channel, boolean yes) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    if (buffer == null) return false; // closed
    buffer.setUserDefinedWritability(REASON, yes);
    return true;
  }
}
