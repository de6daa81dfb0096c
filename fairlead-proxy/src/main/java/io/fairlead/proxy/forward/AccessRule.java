package io.fairlead.proxy.forward;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination;
import java.net.InetAddress;
import java.util.Optional;

/**
 * One line of an access list: applies when everything it names fits. What it does not name fits
 * always.
 *
 * @param user an account, or {@code *} for anyone who authenticated
 */
public record AccessRule(
    Effect effect,
    Optional<String> user,
    Optional<Cidr> client,
    Optional<DestinationPattern> destination,
    Optional<PortRange> port) {
  /** What an applying rule does. */
  public enum Effect {
    ALLOW,
    DENY
  }

  /** Whether it applies. */
  enum Fit {
    YES,
    NO,
    /** The destination's address decides, and it is not known yet. */
    DEPENDS_ON_ADDRESS
  }

  Fit fit(Subject subject, Destination.HostPort to, Optional<InetAddress> address) {
    if (user.isPresent() && !fitsUser(user.get(), subject)) return Fit.NO;
    if (client.isPresent() && !client.get().contains(subject.client())) return Fit.NO;
    if (port.isPresent() && !port.get().contains(to.port())) return Fit.NO;
    if (destination.isEmpty()) return Fit.YES;
    return destination.get().fit(to.host(), address);
  }

  /** Whether it can apply to a client no matter who and where it is. */
  boolean namesNobody() {
    return user.isEmpty() && (client.isEmpty() || client.get().prefixLength() == 0);
  }

  /** Whether it applies to everything. */
  boolean namesNothing() {
    return namesNobody() && destination.isEmpty() && port.isEmpty();
  }

  private static boolean fitsUser(String wanted, Subject subject) {
    return wanted.equals("*")
        ? subject.user().isPresent()
        : subject.user().filter(wanted::equals).isPresent();
  }
}
