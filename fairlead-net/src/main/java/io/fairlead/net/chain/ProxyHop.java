package io.fairlead.net.chain;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.tls.ClientTls;
import java.util.Optional;

/**
 * Another proxy on the way out.
 *
 * @param name for messages
 * @param tls how the way to it is secured; empty for in the clear
 * @param pseudonym what we call ourselves in {@code Via} towards an HTTP proxy, which finds loops
 */
public record ProxyHop(
    String name,
    Kind kind,
    Destination.HostPort address,
    Optional<Tls> tls,
    Optional<Login> login,
    Optional<String> pseudonym) {
  /** What it speaks. */
  public enum Kind {
    HTTP,
    SOCKS5
  }

  /**
   * How the way to it is secured.
   *
   * @param serverName for SNI and the check of its certificate
   */
  public record Tls(ClientTls settings, String serverName) {}

  /** Who we are there. */
  public record Login(String user, Secret password) {}
}
