package io.fairlead.core.address;

import java.net.InetAddress;
import java.util.Optional;

/** Where a listener binds. */
public sealed interface ListenAddress {
  /**
   * The same port on 127.0.0.1 and on ::1; written {@code :port}.
   *
   * @param port 0–65535; 0 lets the system choose
   */
  record Loopback(int port) implements ListenAddress {
    public Loopback {
      requirePort(port);
    }

    @Override
    public String toString() {
      return ":" + port;
    }
  }

  /**
   * One address of this machine.
   *
   * @param host IPv4, IPv6 without brackets, or a name the system knows
   * @param port 0–65535; 0 lets the system choose
   */
  record Host(String host, int port) implements ListenAddress {
    public Host {
      if (host.isEmpty()) throw new IllegalArgumentException("host: empty");
      requirePort(port);
    }

    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /** A stream socket of this machine; {@code path} as written. */
  record Unix(String path) implements ListenAddress {
    public Unix {
      if (path.isEmpty()) throw new IllegalArgumentException("path: empty");
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * Reads {@code host:port}, {@code :port}, {@code [v6]:port} or {@code unix:/path}.
   *
   * @return empty when the text is none of them
   */
  static Optional<ListenAddress> parse(String text) {
    if (text.startsWith("unix:")) {
      String path = text.substring("unix:".length());
      return path.startsWith("/") || path.startsWith(".")
          ? Optional.of(new Unix(path))
          : Optional.empty();
    }
    if (text.startsWith(":") && text.indexOf(':', 1) < 0) {
      return HostAndPort.port(text.substring(1), 0).map(Loopback::new);
    }
    return HostAndPort.parse(text, 0).map(split -> new Host(split.host(), split.port()));
  }

  /** Whether only programs on this machine can reach it. A name other than localhost counts no. */
  default boolean local() {
    return switch (this) {
      case Loopback _ -> true;
      case Unix _ -> true;
      case Host(String host, _) ->
          host.equals("localhost")
              || IpLiteral.parse(host).map(InetAddress::isLoopbackAddress).orElse(false);
    };
  }

  private static void requirePort(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
  }
}
