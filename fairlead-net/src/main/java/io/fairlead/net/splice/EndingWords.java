package io.fairlead.net.splice;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;

/**
 * A handler whose protocol has words of its own for the end of a stream, where bare TCP has FIN and
 * RST. A splice finds it in the pipeline of its channel. On the event loop.
 */
public interface EndingWords extends ChannelHandler {
  /** Says that nothing more comes, behind what is pending; completes when it is sent. */
  ChannelFuture endOutput();

  /** Says that something went wrong, and closes the channel. */
  void abort();

  /** Whether the peer has ended both directions, so that nothing can be sent to it any more. */
  boolean deaf();
}
