package io.fairlead.app.relay;

import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.StreamHandler;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import java.util.function.Function;

/**
 * Streams that peers open as clients of a stream service: each is listed like a connection of a
 * listener called {@code relay}, under its peer's principal. Their number is bounded by the node's
 * own bounds and the service's. Stateless.
 *
 * @param service its id
 * @param faces of services that were prepared
 */
public record PeerClients(
    String service, Function<String, Face> faces, ConnectionRegistry connections)
    implements StreamHandler {
  private static final String LISTENER = "relay";

  @Override
  public void opened(StreamChannel stream, Connection connection) {
    LiveConnection client = connections.register(stream, LISTENER, stream.remoteAddress());
    client.bind(connection.principal());
    faces.apply(service).attach(stream, client);
  }
}
