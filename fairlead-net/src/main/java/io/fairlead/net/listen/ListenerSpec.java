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
 */
public record ListenerSpec(
    String id, ListenAddress bind, Face face, Optional<ServerTls> tls, ListenerLimits limits) {
  /** A plain listener with the default limits. */
  public static ListenerSpec of(String id, ListenAddress bind, Face face) {
    return new ListenerSpec(id, bind, face, Optional.empty(), ListenerLimits.DEFAULTS);
  }
}
