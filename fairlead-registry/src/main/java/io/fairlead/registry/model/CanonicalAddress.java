package io.fairlead.registry.model;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Where something is reached, in one form.
 *
 * @param transport {@code tcp}, or the protocols of a multiaddr between host and peer id joined by
 *     {@code /}, e.g. {@code tcp/ws} or {@code udp/quic-v1}
 * @param host an IPv4 dotted quad, RFC 5952 text without brackets, or a lower-case name
 * @param address the host as an address, when it is one
 * @param port 1–65535
 * @param peerId libp2p identity, when the address names one
 * @param multiaddr whether it was written as one, and is written so again
 */
public record CanonicalAddress(
    String transport,
    String host,
    Optional<InetAddress> address,
    int port,
    Optional<String> peerId,
    boolean multiaddr) {
  /** What two addresses are compared by; the peer id stays out, see {@link #sameAs}. */
  public String key() {
    return transport.equals("tcp") ? hostPort() : transport + " " + hostPort();
  }

  /** The same place over the same transport, and the same peer if both name one. */
  public boolean sameAs(CanonicalAddress other) {
    return key().equals(other.key())
        && (peerId.isEmpty() || other.peerId.isEmpty() || peerId.equals(other.peerId));
  }

  /** {@code host:port}, IPv6 in brackets. */
  public String hostPort() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  /** How it is written back. */
  public String text() {
    if (!multiaddr) return hostPort();
    String kind = address.isEmpty() ? "dns" : host.indexOf(':') >= 0 ? "ip6" : "ip4";
    int slash = transport.indexOf('/');
    String first = slash < 0 ? transport : transport.substring(0, slash);
    String rest = slash < 0 ? "" : transport.substring(slash);
    String peer = peerId.map(id -> "/p2p/" + id).orElse("");
    return "/" + kind + "/" + host + "/" + first + "/" + port + rest + peer;
  }

  @Override
  public String toString() {
    return text();
  }
}
