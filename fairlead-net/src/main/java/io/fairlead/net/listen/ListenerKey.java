package io.fairlead.net.listen;

import io.fairlead.core.address.ListenAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Identity of a bound socket. Port 0 is a different port for each listener that asks for it. */
sealed interface ListenerKey {
  /**
   * @param owner id of the listener when {@code port} is 0, else empty
   */
  record Tcp(String host, int port, String owner) implements ListenerKey {
    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  record Unix(String path) implements ListenerKey {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  String LOOPBACK_V4 = "127.0.0.1";
  String LOOPBACK_V6 = "::1";

  /**
   * The sockets of a listener; the first decides the port for the others. A name counts as the
   * address it stands for now.
   *
   * @throws UnknownHostException it stands for none
   */
  static List<ListenerKey> of(ListenerSpec spec) throws UnknownHostException {
    return switch (spec.bind()) {
      case ListenAddress.Loopback(int port) ->
          List.of(tcp(spec, LOOPBACK_V4, port), tcp(spec, LOOPBACK_V6, port));
      case ListenAddress.Host(String host, int port) ->
          List.of(tcp(spec, Overlap.address(host).getHostAddress(), port));
      case ListenAddress.Unix(String path) -> List.of(new Unix(path));
    };
  }

  private static ListenerKey tcp(ListenerSpec spec, String host, int port) {
    return new Tcp(host, port, port == 0 ? spec.id() : "");
  }
}
