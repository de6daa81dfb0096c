package io.fairlead.proxy.stream.netty;

import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.proxy.stream.Bridge;
import io.fairlead.proxy.stream.LiveStreams;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.util.Optional;

/** A TCP stream service as a listener shows it. One for each service of the process. */
public final class StreamFace implements Face {
  private final LiveStreams live;
  private final StreamExit exit;

  public StreamFace(LiveStreams live, StreamExit exit) {
    this.live = live;
    this.exit = exit;
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    Optional<Bridge> bridge = live.rules().config().bridge();
    if (bridge.isPresent() && bridge.get().kind() == Bridge.Kind.WS2TCP) {
      connection.kind("http");
      exit.edge()
          .attach(
              channel,
              connection,
              HttpSettings.DEFAULTS,
              exchange -> new WebSocketArrival(live, exit, bridge.get(), exchange).begin(),
              Unpooled.EMPTY_BUFFER);
      return;
    }
    connection.kind("tcp");
    StreamConnection stream = new StreamConnection(live, exit, channel, connection);
    channel.pipeline().addLast("stream", stream);
    stream.begin();
  }
}
