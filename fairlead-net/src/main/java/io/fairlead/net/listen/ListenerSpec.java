package io.fairlead.net.listen;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.net.proxyprotocol.ProxyProtocol;
import io.fairlead.net.tls.ServerTls;
import java.util.Optional;

/**
 * One listener as wanted.
 *
 * @param id its id in the configuration
 * @param bind where; the identity of its sockets
 * @param face what it shows to those who connect
 * @param tls terminated before the face sees anything
 * @param datagrams also bind UDP at the same address and show this there; not for unix sockets
 * @param policy on what terms {@code tls} lets in; a change asks those who are connected to leave
 * @param connects whether TCP is bound at all; without it, only the datagrams are
 * @param proxyProtocol who speaks for others there
 */
public record ListenerSpec(
    String id,
    ListenAddress bind,
    Face face,
    Optional<ServerTls> tls,
    ListenerLimits limits,
    Optional<DatagramFace> datagrams,
    Optional<TlsTerms> policy,
    boolean connects,
    Optional<ProxyProtocol> proxyProtocol) {
  /** A listener whose terms are not told: nobody is asked to leave. */
  public ListenerSpec(
      String id,
      ListenAddress bind,
      Face face,
      Optional<ServerTls> tls,
      ListenerLimits limits,
      Optional<DatagramFace> datagrams) {
    this(id, bind, face, tls, limits, datagrams, Optional.empty(), true, Optional.empty());
  }

  /** A listener for connections only. */
  public ListenerSpec(
      String id, ListenAddress bind, Face face, Optional<ServerTls> tls, ListenerLimits limits) {
    this(id, bind, face, tls, limits, Optional.empty());
  }

  /** A plain listener with the default limits. */
  public static ListenerSpec of(String id, ListenAddress bind, Face face) {
    return new ListenerSpec(id, bind, face, Optional.empty(), ListenerLimits.DEFAULTS);
  }

  /** The same, with UDP at the same address. */
  public ListenerSpec withDatagrams(DatagramFace face) {
    return new ListenerSpec(
        id, bind, this.face, tls, limits, Optional.of(face), policy, connects, proxyProtocol);
  }

  /** The same on these terms. */
  public ListenerSpec withPolicy(Optional<TlsTerms> terms) {
    return new ListenerSpec(id, bind, face, tls, limits, datagrams, terms, connects, proxyProtocol);
  }

  /** The same, with TCP or with datagrams only. */
  public ListenerSpec connecting(boolean tcp) {
    return new ListenerSpec(id, bind, face, tls, limits, datagrams, policy, tcp, proxyProtocol);
  }

  /** The same, with peers that speak for others. */
  public ListenerSpec behind(Optional<ProxyProtocol> protocol) {
    return new ListenerSpec(id, bind, face, tls, limits, datagrams, policy, connects, protocol);
  }
}
