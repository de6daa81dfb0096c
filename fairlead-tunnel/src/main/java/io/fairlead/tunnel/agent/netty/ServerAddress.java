package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.dial.Destination;
import io.fairlead.tunnel.carrier.netty.CarrierSocket;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tunnel server is, and how it is spoken to.
 *
 * @param at where to connect
 * @param path of the web socket; empty: TLS without one
 */
public record ServerAddress(Destination.HostPort at, Optional<String> path) {
  private static final Pattern SOCKET =
      Pattern.compile("wss://([^/?#@\\s]+)(/[!-~&&[^?#]]*)?", Pattern.CASE_INSENSITIVE);
  private static final int HTTPS = 443;

  /** {@code HOST:PORT}, or {@code wss://HOST[:PORT][/PATH]}. */
  public static Optional<ServerAddress> parse(String text) {
    Matcher socket = SOCKET.matcher(text);
    if (!socket.matches()) {
      return HostAndPort.parse(text, 1)
          .map(
              to ->
                  new ServerAddress(
                      new Destination.HostPort(to.host(), to.port()), Optional.empty()));
    }
    String authority = socket.group(1);
    String place = socket.group(2);
    String path = place == null || place.equals("/") ? CarrierSocket.PATH : place;
    return HostAndPort.parse(authority, 1)
        .or(() -> HostAndPort.parse(authority + ":" + HTTPS, 1))
        .map(
            to ->
                new ServerAddress(
                    new Destination.HostPort(to.host(), to.port()), Optional.of(path)));
  }

  /** The web socket's address; of one that has a path. */
  URI uri() {
    return URI.create("wss://" + at + path.orElseThrow());
  }

  @Override
  public String toString() {
    return path.map(place -> "wss://" + at + place).orElse(at.toString());
  }
}
