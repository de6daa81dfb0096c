package io.fairlead.proxy.egress;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.OwnAddresses;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Other proxies are where the operator says they are, but never this gateway itself. */
public final class HopGuard implements DestinationGuard {
  private final OwnAddresses own;
  private final String key;

  /**
   * @param key path of the proxies in the configuration
   */
  public HopGuard(OwnAddresses own, String key) {
    this.own = own;
    this.key = key;
  }

  @Override
  public Optional<DialException.Forbidden> checkName(Destination.HostPort destination) {
    return Optional.empty();
  }

  @Override
  public Optional<DialException.Forbidden> checkAddress(
      Destination.HostPort destination, InetSocketAddress resolved) {
    if (!own.isOwn(resolved) && !own.isControl(resolved)) return Optional.empty();
    return Optional.of(
        new DialException.Forbidden(
            destination,
            destination + " is this gateway itself: that would be a loop",
            "name another proxy in " + key));
  }
}
