package io.fairlead.net.dial;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Applies a {@link DestinationPolicy} to destinations chosen by clients.
 *
 * <p>Refusals, in order: the control port, whatever the policy says; a {@code deny} rule; another
 * listener of ours and cloud metadata, unless {@code allow} names exactly that host; local and
 * private addresses, unless allowed. A {@code *.suffix} rule opens private but not local addresses,
 * because whoever owns a name below it could point it at this machine.
 */
public final class PolicyGuard implements DestinationGuard {
  // What inet_aton takes for an address and a resolver may too: hexadecimal, octal, short forms.
  private static final Pattern ENDS_IN_NUMBER =
      Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\\.*");
  private static final int SMTP = 25;

  private final DestinationPolicy policy;
  private final OwnAddresses own;
  private final String key;

  /** A guard whose refusals name the key {@code destinations}. */
  public PolicyGuard(DestinationPolicy policy, OwnAddresses own) {
    this(policy, own, "destinations");
  }

  /**
   * @param key path of the policy in the configuration, e.g. {@code forward.egress.destinations}
   */
  public PolicyGuard(DestinationPolicy policy, OwnAddresses own, String key) {
    this.policy = policy;
    this.own = own;
    this.key = key;
  }

  static DialException.Forbidden controlPort(Destination.HostPort destination) {
    return new DialException.Forbidden(
        destination,
        destination + " is this gateway's control port",
        "nothing; the control port is never a destination");
  }

  @Override
  public Optional<DialException.Forbidden> checkName(Destination.HostPort destination) {
    String host = destination.host();
    boolean literal = IpLiteral.parse(host).isPresent();
    if (!literal && (ENDS_IN_NUMBER.matcher(host).matches() || badName(host))) {
      return Optional.of(
          new DialException.Forbidden(
              destination,
              "\"" + host + "\" is neither a host name nor a plain IP address",
              "write the address as a dotted quad or as IPv6 in brackets"));
    }
    String name = withoutDot(host);
    for (DestinationRule rule : policy.deny()) {
      if (rule.matchesName(name, destination.port())) return denied(destination, rule);
    }
    if (portAllowed(destination.port())) return Optional.empty();
    for (DestinationRule rule : policy.allow()) {
      // A block with this port may match once the name is resolved; checkAddress asks again.
      if (rule.port().isPresent()
          && (rule.matchesName(name, destination.port())
              || (rule.target() instanceof DestinationRule.Target.Block
                  && rule.matchesPort(destination.port())))) {
        return Optional.empty();
      }
    }
    return portRefused(destination, destination.toString());
  }

  @Override
  public Optional<DialException.Forbidden> checkAddress(
      Destination.HostPort destination, InetSocketAddress resolved) {
    InetAddress address = resolved.getAddress();
    int port = resolved.getPort();
    if (own.isControl(resolved) || own.isControl(embedded(resolved))) {
      return Optional.of(controlPort(destination));
    }
    for (DestinationRule rule : policy.deny()) {
      if (rule.matchesAddress(address, port)
          || rule.matchesAddress(AddressClass.embedded(address), port)) {
        return denied(destination, rule);
      }
    }
    Allowed allowed = allowed(destination, address, port);
    if (!portAllowed(port) && !allowed.port) return portRefused(destination, text(address, port));
    if ((own.isOwn(resolved) || own.isOwn(embedded(resolved))) && !allowed.exactly) {
      return refused(destination, address, port, "a listener of this gateway");
    }
    AddressClass kind = AddressClass.of(address);
    boolean open =
        switch (kind) {
          case METADATA -> allowed.exactAddress;
          case LOCAL -> !policy.denyPrivate() || allowed.exactly;
          case PRIVATE -> !policy.denyPrivate() || allowed.atAll;
          case PUBLIC -> true;
        };
    return open ? Optional.empty() : refused(destination, address, port, kind.words());
  }

  /**
   * How far {@code allow} opens one address.
   *
   * @param atAll some rule matches
   * @param exactly a rule matches that is not a suffix
   * @param exactAddress a rule names this one address
   * @param port a matching rule names the port
   */
  private record Allowed(boolean atAll, boolean exactly, boolean exactAddress, boolean port) {}

  private Allowed allowed(Destination.HostPort destination, InetAddress address, int port) {
    boolean atAll = false;
    boolean exactly = false;
    boolean exactAddress = false;
    boolean portNamed = false;
    String name = withoutDot(destination.host());
    for (DestinationRule rule : policy.allow()) {
      boolean byAddress = rule.matchesAddress(address, port);
      if (!byAddress && !rule.matchesName(name, port)) continue;
      atAll = true;
      portNamed |= rule.port().isPresent();
      switch (rule.target()) {
        case DestinationRule.Target.Name _ -> exactly = true;
        case DestinationRule.Target.Suffix _ -> {}
        case DestinationRule.Target.Block(var block) -> {
          exactly = true;
          exactAddress |= block.prefixLength() == (block.v4() ? 32 : 128);
        }
      }
    }
    return new Allowed(atAll, exactly, exactAddress, portNamed);
  }

  private boolean portAllowed(int port) {
    for (PortRange range : policy.connectPorts()) {
      if (range.contains(port)) return true;
    }
    return policy.allPorts() && port != SMTP;
  }

  private Optional<DialException.Forbidden> portRefused(
      Destination.HostPort destination, String rule) {
    return Optional.of(
        new DialException.Forbidden(
            destination,
            "port " + destination.port() + " is not among the ports clients may reach",
            "add "
                + destination.port()
                + " to "
                + key
                + ".connect_ports, or \""
                + rule
                + "\" to "
                + key
                + ".allow"));
  }

  private Optional<DialException.Forbidden> denied(
      Destination.HostPort destination, DestinationRule rule) {
    return Optional.of(
        new DialException.Forbidden(
            destination,
            destination + " is denied by the rule \"" + rule + "\"",
            "remove \"" + rule + "\" from " + key + ".deny"));
  }

  private Optional<DialException.Forbidden> refused(
      Destination.HostPort destination, InetAddress address, int port, String what) {
    String place = text(address, port);
    return Optional.of(
        new DialException.Forbidden(
            destination,
            (destination.toString().equals(place) ? place : destination + " (" + place + ")")
                + " is "
                + what,
            "add \"" + place + "\" to " + key + ".allow"));
  }

  private static InetSocketAddress embedded(InetSocketAddress resolved) {
    return new InetSocketAddress(AddressClass.embedded(resolved.getAddress()), resolved.getPort());
  }

  private static String text(InetAddress address, int port) {
    return new Destination.HostPort(address.getHostAddress(), port).toString();
  }

  private static String withoutDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static boolean badName(String host) {
    if (host.length() > 254 || host.startsWith(".") || host.contains("..")) return true;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!fine && c != '.') return true;
    }
    return false;
  }
}
