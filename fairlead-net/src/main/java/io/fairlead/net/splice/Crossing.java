package io.fairlead.net.splice;

import io.fairlead.net.pipe.Pipe;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Brings a stream to another event loop. Stateless. */
public final class Crossing {
  /** Who uses the stream on the other loop says when it was idle for too long. */
  private static final SpliceSettings PATIENT =
      new SpliceSettings(Duration.ofDays(365), Duration.ofDays(365), Duration.ofDays(365));

  private Crossing() {}

  /**
   * Gives the stream as a channel of {@code loop}, on which the result completes; the same channel
   * if it lives there. On the stream's own loop.
   *
   * @param stream {@code autoRead} off; takes ownership
   */
  public static void deliver(Channel stream, EventLoop loop, CompletableFuture<Channel> result) {
    if (stream.eventLoop() == loop) {
      if (!result.complete(stream)) stream.close();
      return;
    }
    Pipe pipe = Pipe.open(loop, stream.eventLoop(), stream.alloc());
    var _ =
        Splice.join(
            pipe.there(),
            stream,
            Unpooled.EMPTY_BUFFER,
            Unpooled.EMPTY_BUFFER,
            PATIENT,
            (_, _, _) -> {});
    loop.execute(
        () -> {
          if (!result.complete(pipe.here())) pipe.here().close();
        });
  }
}
