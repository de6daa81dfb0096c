package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.ConnectionHandle;
import io.netty.channel.ChannelFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Opens Unix sockets. */
public final class IpcDial {
  private IpcDial() {}

  public static CompletionStage<ConnectionHandle> open(Wiring wiring, String path) {
    CompletableFuture<ConnectionHandle> connected = new CompletableFuture<>();
    IpcConnection connection = new IpcConnection(wiring);
    ChannelFuture opened = SocketDial.open(wiring, wiring.loops().unixAddress(path), connection);
    opened.addListener(
        future -> {
          if (future.isSuccess()) {
            if (!connected.complete(connection)) opened.channel().close();
          } else {
            connected.completeExceptionally(SocketDial.failure(SocketDial.word(future.cause())));
          }
        });
    return connected;
  }
}
