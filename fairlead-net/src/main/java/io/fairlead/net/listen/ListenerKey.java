package io.fairlead.net.listen;

import io.fairlead.core.address.ListenAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
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

  /** The same of a UDP socket. */
  record Udp(String host, int port, String owner) implements ListenerKey {
    @Override
    public String toString() {
      return "udp " + new Tcp(host, port, owner);
    }
  }

  record Unix(String path) implements ListenerKey {
    @Override
    public int port() {
      return 0;
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  String LOOPBACK_V4 = "127.0.0.1";
  String LOOPBACK_V6 = "::1";

  /** As configured; 0 for any, and where there are no ports. */
  int port();

  /**
   * The sockets of a listener; the first decides the port for the others. A name counts as the
   * address it stands for now.
   *
   * @throws UnknownHostException it stands for none
   */
  static List<ListenerKey> of(ListenerSpec spec) throws UnknownHostException {
    return switch (spec.bind()) {
      case ListenAddress.Loopback(int port) -> sockets(spec, port, LOOPBACK_V4, LOOPBACK_V6);
      case ListenAddress.Host(String host, int port) ->
          sockets(spec, port, Overlap.address(host).getHostAddress());
      case ListenAddress.Unix(String path) -> List.of(new Unix(path));
    };
  }

  private static List<ListenerKey> sockets(ListenerSpec spec, int port, String... hosts) {
    String owner = port == 0 ? spec.id() : "";
    List<ListenerKey> keys = new ArrayList<>(4);
    for (String host : hosts) keys.add(new Tcp(host, port, owner));
    if (spec.datagrams().isPresent()) {
      for (String host : hosts) keys.add(new Udp(host, port, owner));
    }
    return keys;
  }

  /** Whether a machine without IPv6 does without it. */
  default boolean dispensable() {
    return switch (this) {
      case Tcp(String host, _, _) -> host.equals(LOOPBACK_V6);
      case Udp(String host, _, _) -> host.equals(LOOPBACK_V6);
      case Unix _ -> false;
    };
  }

  /** The name under which another process passes such a socket. */
  default String passedName() {
    return switch (this) {
      case Tcp(String host, int port, String owner) -> passedName("tcp", host, port, owner);
      case Udp(String host, int port, String owner) -> passedName("udp", host, port, owner);
      case Unix(String path) -> "unix " + path;
    };
  }

  /** The same from its parts; {@code owner} is empty where the port says enough. */
  static String passedName(String transport, String host, int port, String owner) {
    String address = host.indexOf(':') >= 0 ? "[" + numeric(host) + "]" : host;
    String name = transport + " " + address + ":" + port;
    return owner.isEmpty() ? name : name + " " + owner;
  }

  /** IPv6 has many spellings for one address. */
  private static String numeric(String literal) {
    try {
      return InetAddress.getByName(literal).getHostAddress();
    } catch (UnknownHostException notALiteral) {
      return literal; // binding will say so
    }
  }
}
