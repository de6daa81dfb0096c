package io.fairlead.pubsub.netty;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.ConnectorAuth;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.PubSubException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Opens WebSocket connections. */
public final class WsDial {
  private WsDial() {}

  /**
   * Connects, secures and upgrades within the connect timeout.
   *
   * @param compression whether the server may compress what it sends
   */
  public static CompletionStage<ConnectionHandle> open(
      Wiring wiring,
      EndpointUrl url,
      ConnectorAuth auth,
      Supplier<ClientTls> tls,
      boolean compression) {
    CompletableFuture<ConnectionHandle> upgraded = new CompletableFuture<>();
    Map<String, Secret> fields = auth.fields(url);
    Supplier<ChannelHandler> handler =
        () ->
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                SecureStart.add(channel, url, tls, wiring.connectTimeout().toMillis());
                channel
                    .pipeline()
                    .addLast(new WsConnection(wiring, url, fields, compression, upgraded));
              }
            };
    CompletableFuture<Channel> connected = SocketDial.tcp(wiring, url.host(), url.port(), handler);
    connected.whenComplete(
        (_, failure) -> {
          if (failure != null) upgraded.completeExceptionally(failure);
        });
    var timer =
        wiring
            .loop()
            .schedule(
                () -> {
                  if (upgraded.completeExceptionally(
                      new PubSubException.Timeout(
                          PubSubException.Timeout.Stage.CONNECT, wiring.connectTimeout()))) {
                    connected.completeExceptionally(SocketDial.failure("too late"));
                    if (!connected.isCompletedExceptionally()) connected.join().close();
                  }
                },
                wiring.connectTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
    return upgraded.whenComplete((_, _) -> timer.cancel(false));
  }
}
