package io.fairlead.net.dial;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.address.IpLiteral;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Names destinations: {@code host}, {@code *.suffix}, an address or an address block, each with an
 * optional {@code :port}.
 *
 * @param target who
 * @param port which port; empty means any
 */
public record DestinationRule(Target target, Optional<Integer> port) {
  /** The host part of a rule. */
  public sealed interface Target {
    /** Exactly this name, lower case. */
    record Name(String name) implements Target {}

    /** Any name below this one; starts with a dot. */
    record Suffix(String suffix) implements Target {}

    /** Any address of the block. */
    record Block(Cidr block) implements Target {}
  }

  /** Reads a rule as configuration writes it; empty when it is none. */
  public static Optional<DestinationRule> parse(String text) {
    Optional<Target> whole = target(text);
    if (whole.isPresent()) return whole.map(t -> new DestinationRule(t, Optional.empty()));
    int colon = text.lastIndexOf(':');
    if (colon < 1) return Optional.empty();
    Optional<Integer> port =
        HostAndPort.parse("x" + text.substring(colon), 1).map(HostAndPort::port);
    if (port.isEmpty()) return Optional.empty();
    return target(text.substring(0, colon)).map(t -> new DestinationRule(t, port));
  }

  private static Optional<Target> target(String text) {
    if (text.startsWith("*.")) {
      return HostAndPort.parse(text.substring(2) + ":1", 1)
          .filter(name -> IpLiteral.parse(name.host()).isEmpty())
          .map(name -> new Target.Suffix("." + name.host()));
    }
    String bare =
        text.startsWith("[") && text.indexOf(']') > 0
            ? text.replaceFirst("\\[(.*)\\]", "$1")
            : text;
    Optional<Cidr> block = Cidr.parse(bare);
    if (block.isPresent()) return block.map(Target.Block::new);
    if (text.indexOf(':') >= 0 || text.indexOf('/') >= 0) return Optional.empty();
    return HostAndPort.parse(text + ":1", 1).map(name -> new Target.Name(name.host()));
  }

  /** Whether the rule names {@code host}, by name, on {@code atPort}. */
  boolean matchesName(String host, int atPort) {
    return matchesPort(atPort)
        && switch (target) {
          case Target.Name(String name) -> name.equals(host);
          case Target.Suffix(String suffix) -> host.endsWith(suffix);
          case Target.Block _ -> false;
        };
  }

  /** Whether the rule's block holds {@code address}, on {@code atPort}. */
  boolean matchesAddress(InetAddress address, int atPort) {
    return matchesPort(atPort)
        && target instanceof Target.Block(Cidr block)
        && block.contains(address);
  }

  boolean matchesPort(int atPort) {
    return port.isEmpty() || port.get() == atPort;
  }

  @Override
  public String toString() {
    String host =
        switch (target) {
          case Target.Name(String name) -> name;
          case Target.Suffix(String suffix) -> "*" + suffix;
          case Target.Block(Cidr block) ->
              block.v4() || port.isEmpty() ? block.toString() : "[" + block + "]";
        };
    return port.map(p -> host + ":" + p).orElse(host);
  }
}
