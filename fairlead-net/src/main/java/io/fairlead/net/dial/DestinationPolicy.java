package io.fairlead.net.dial;

import io.fairlead.core.address.PortRange;
import java.util.List;

/**
 * What clients may be connected to.
 *
 * @param denyPrivate whether private, loopback, link-local and reserved addresses are refused
 * @param connectPorts ports that may be dialled when {@code allPorts} is false
 * @param allPorts any port, except 25 unless it is in {@code connectPorts}
 * @param allow exceptions to the refusals; a rule with a port opens that port
 * @param deny refused whatever {@code allow} says
 */
public record DestinationPolicy(
    boolean denyPrivate,
    List<PortRange> connectPorts,
    boolean allPorts,
    List<DestinationRule> allow,
    List<DestinationRule> deny) {
  /** Public destinations on port 443. */
  public static final DestinationPolicy DEFAULTS =
      new DestinationPolicy(true, List.of(new PortRange(443, 443)), false, List.of(), List.of());

  public DestinationPolicy {
    connectPorts = List.copyOf(connectPorts);
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
  }

  /** The same with any port, e.g. for requests forwarded in plain text. */
  public DestinationPolicy withAllPorts() {
    return new DestinationPolicy(denyPrivate, connectPorts, true, allow, deny);
  }
}
