package io.fairlead.net.access;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * One line of an access list: applies when everything it names fits. What it does not name fits
 * always.
 *
 * @param user an account, or {@code *} for anyone who authenticated
 * @param member whether the account must be bound to an entry of a membership list, or must not
 * @param time when it applies
 */
public record AccessRule(
    Effect effect,
    Optional<String> user,
    Optional<Cidr> client,
    Optional<Boolean> member,
    Optional<DestinationPattern> destination,
    Optional<PortRange> port,
    Optional<TimeWindow> time) {
  /** What an applying rule does. */
  public enum Effect {
    ALLOW,
    DENY
  }

  /** Whether it applies. */
  public enum Fit {
    YES,
    NO,
    /** The destination's address decides, and it is not known yet. */
    DEPENDS_ON_ADDRESS
  }

  Fit fit(Subject subject, Destination.HostPort to, Optional<InetAddress> address, Instant now) {
    if (!fitsSubject(subject, now)) return Fit.NO;
    if (port.isPresent() && !port.get().contains(to.port())) return Fit.NO;
    if (destination.isEmpty()) return Fit.YES;
    return destination.get().fit(to.host(), address);
  }

  /** Whether what it says of the one who asks, and of the time, fits. */
  boolean fitsSubject(Subject subject, Instant now) {
    if (user.isPresent() && !fitsUser(user.get(), subject)) return false;
    if (client.isPresent() && !client.get().contains(subject.client())) return false;
    if (member.isPresent() && member.get() != subject.principal().entry().isPresent()) return false;
    return time.isEmpty() || time.get().contains(now);
  }

  /** Whether it can apply to a client no matter who and where it is. */
  boolean namesNobody() {
    return user.isEmpty()
        && (member.isEmpty() || !member.get())
        && (client.isEmpty() || client.get().prefixLength() == 0);
  }

  /** Whether it applies to everything, always. */
  boolean namesNothing() {
    return namesNobody()
        && member.isEmpty()
        && destination.isEmpty()
        && port.isEmpty()
        && time.isEmpty();
  }

  private static boolean fitsUser(String wanted, Subject subject) {
    return wanted.equals("*")
        ? subject.user().isPresent()
        : subject.user().filter(wanted::equals).isPresent();
  }
}
