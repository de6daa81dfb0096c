package io.fairlead.net.access;

import io.fairlead.core.access.Principal;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Who asks.
 *
 * @param user the account that authenticated, if any did
 * @param principal what entitlements are asked about
 * @param client where the connection comes from; loopback for a unix socket
 * @param exit the tunnel agent that the name it logged in by chose as its way out
 */
public record Subject(
    Optional<String> user, Principal principal, InetAddress client, Optional<String> exit) {
  /** Someone who chose no way out. */
  public Subject(Optional<String> user, Principal principal, InetAddress client) {
    this(user, principal, client, Optional.empty());
  }

  /** Someone who did not say who they are. */
  public static Subject anonymous(InetAddress client) {
    return new Subject(Optional.empty(), Principal.ANONYMOUS, client);
  }
}
