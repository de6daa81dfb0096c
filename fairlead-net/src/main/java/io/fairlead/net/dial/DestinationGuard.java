package io.fairlead.net.dial;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Says which destinations may be dialled. Pure; any thread. */
public interface DestinationGuard {
  /** Before resolution: host syntax, name rules, ports. Empty means go on. */
  Optional<DialException.Forbidden> checkName(Destination.HostPort destination);

  /**
   * For each resolved address, which is then the one dialled. Empty means it may be.
   *
   * @param destination what was asked for
   * @param resolved one of its addresses, with its port
   */
  Optional<DialException.Forbidden> checkAddress(
      Destination.HostPort destination, InetSocketAddress resolved);

  /** Destinations the operator wrote down: only the control port is refused. */
  static DestinationGuard operatorChosen(OwnAddresses own) {
    return new DestinationGuard() {
      @Override
      public Optional<DialException.Forbidden> checkName(Destination.HostPort destination) {
        return Optional.empty();
      }

      @Override
      public Optional<DialException.Forbidden> checkAddress(
          Destination.HostPort destination, InetSocketAddress resolved) {
        return own.isControl(resolved)
            ? Optional.of(PolicyGuard.controlPort(destination))
            : Optional.empty();
      }
    };
  }
}
