package io.fairlead.net.http;

import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** The seam of the codec: turns a bare connection into one that speaks HTTP to a handler. */
public interface HttpEdge {
  /**
   * Installs the HTTP server on a channel and starts reading. Event loop of the channel.
   *
   * @param already bytes read before this call (protocol detection); takes ownership; may be empty
   */
  void attach(
      Channel channel,
      LiveConnection connection,
      HttpSettings settings,
      RequestHandler handler,
      ByteBuf already);
}
