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
  private final Runnable rested;
  private boolean resting;

  private PacedWrites(IntToLongFunction bucket, Runnable rested) {
    this.bucket = bucket;
    this.rested = rested;
  }

  /**
   * Holds both directions of a client's stream to a pace, by what is written to either side.
   *
   * @param rested called whenever a direction begins to rest, on its channel's event loop
   */
  public static void between(Channel client, Channel server, Pace pace, Runnable rested) {
    if (pace == Pace.NONE) return;
    client.pipeline().addFirst("pace", new PacedWrites(pace::sent, rested));
    server.pipeline().addFirst("pace", new PacedWrites(pace::received, rested));
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
    rested.run();
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
