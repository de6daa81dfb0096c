package io.fairlead.net.listen;

import io.fairlead.core.address.ListenAddress;
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
 */
public record ListenerSpec(
    String id,
    ListenAddress bind,
    Face face,
    Optional<ServerTls> tls,
    ListenerLimits limits,
    Optional<DatagramFace> datagrams,
    Optional<TlsTerms> policy) {
  /** A listener whose terms are not told: nobody is asked to leave. */
  public ListenerSpec(
      String id,
      ListenAddress bind,
      Face face,
      Optional<ServerTls> tls,
      ListenerLimits limits,
      Optional<DatagramFace> datagrams) {
    this(id, bind, face, tls, limits, datagrams, Optional.empty());
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
    return new ListenerSpec(id, bind, this.face, tls, limits, Optional.of(face), policy);
  }

  /** The same on these terms. */
  public ListenerSpec withPolicy(Optional<TlsTerms> terms) {
    return new ListenerSpec(id, bind, face, tls, limits, datagrams, terms);
  }
}
