package io.fairlead.core.dial;

/** Where a flow wants to go, before resolution. */
public sealed interface Destination {
  /**
   * A TCP endpoint.
   *
   * @param host a name in lower-case A-labels, an IPv4 dotted quad, or IPv6 without brackets
   * @param port 1–65535
   */
  record HostPort(String host, int port) implements Destination {
    public HostPort {
      if (host.isEmpty()) throw new IllegalArgumentException("host: empty");
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("port: " + port + " (expected: 1-65535)");
      }
    }

    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /** A stream socket of this machine. */
  record UnixSocket(String path) implements Destination {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * A libp2p peer.
   *
   * @param id peer id text
   * @param protocol protocol id to open
   */
  record Peer(String id, String protocol) implements Destination {
    @Override
    public String toString() {
      return "/p2p/" + id + protocol;
    }
  }

  /**
   * A service behind a tunnel agent.
   *
   * @param agent the agent's name
   * @param service the service's name at that agent
   */
  record Tunnel(String agent, String service) implements Destination {
    @Override
    public String toString() {
      return "tunnel:" + agent + "/" + service;
    }
  }
}
