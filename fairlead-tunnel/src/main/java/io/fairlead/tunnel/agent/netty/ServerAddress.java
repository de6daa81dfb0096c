package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.dial.Destination;
import io.fairlead.tunnel.carrier.netty.CarrierSocket;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a tunnel server is, and how it is spoken to. */
public sealed interface ServerAddress {
  /** TLS. */
  record Secured(Destination.HostPort at) implements ServerAddress {
    @Override
    public String toString() {
      return at.toString();
    }
  }

  /** A web socket. */
  record Socket(Destination.HostPort at, String path) implements ServerAddress {
    URI uri() {
      return URI.create(toString());
    }

    @Override
    public String toString() {
      return "wss://" + at + path;
    }
  }

  /**
   * A stream of a libp2p connection, which may go through a relay.
   *
   * @param address multiaddress that ends with the server's peer id
   */
  record Peer(String address) implements ServerAddress {
    @Override
    public String toString() {
      return address;
    }
  }

  /** {@code HOST:PORT}, {@code wss://HOST[:PORT][/PATH]}, or {@code /…/p2p/PEER}. */
  static Optional<ServerAddress> parse(String text) {
    if (Forms.PEER.matcher(text).matches()) return Optional.of(new Peer(text));
    Matcher socket = Forms.SOCKET.matcher(text);
    if (!socket.matches()) return hostPort(text).map(Secured::new);
    String place = socket.group(2);
    String path = place == null || place.equals("/") ? CarrierSocket.PATH : place;
    return hostPort(socket.group(1))
        .or(() -> hostPort(socket.group(1) + ":443"))
        .map(at -> new Socket(at, path));
  }

  private static Optional<Destination.HostPort> hostPort(String text) {
    return HostAndPort.parse(text, 1).map(to -> new Destination.HostPort(to.host(), to.port()));
  }

  /** How they are written. */
  final class Forms {
    private static final Pattern SOCKET =
        Pattern.compile("wss://([^/?#@\\s]+)(/[!-~&&[^?#]]*)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern PEER =
        Pattern.compile("(/[!-~&&[^/]]+)*/p2p/[1-9A-HJ-NP-Za-km-z]{40,64}");

    private Forms() {}
  }
}
