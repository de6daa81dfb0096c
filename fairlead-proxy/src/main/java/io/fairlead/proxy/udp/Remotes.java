package io.fairlead.proxy.udp;

import io.fairlead.core.dial.Destination;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whom one association talks to: what was decided about each destination, and whose answers may
 * come back. At most {@code max} of each; the one unused longest leaves first. Confined to one
 * event loop.
 */
final class Remotes {
  /** What is known about a destination. */
  sealed interface Standing {
    /** Being looked up. */
    record Asked() implements Standing {}

    record Open(InetSocketAddress address) implements Standing {}

    record Closed(UdpMeters.Drop why) implements Standing {}
  }

  /** A decision, good until then and under those rules only. */
  private record Decided(Standing standing, Object rules, long untilNanos) {}

  private final Map<Destination.HostPort, Decided> decided;
  private final Map<InetSocketAddress, Boolean> endpoints;
  private final Map<InetAddress, Boolean> addresses;

  /**
   * @param onForgotten called for each destination that makes room
   */
  Remotes(int max, Runnable onForgotten) {
    decided = new Recent<>(max, onForgotten);
    endpoints = new Recent<>(max, () -> {});
    addresses = new Recent<>(max, () -> {});
  }

  /** What holds now; empty when it has to be decided anew. */
  Optional<Standing> standing(Destination.HostPort to, Object rules, long nowNanos) {
    Decided known = decided.get(to);
    if (known == null || known.rules() != rules || nowNanos - known.untilNanos() >= 0) {
      return Optional.empty();
    }
    return Optional.of(known.standing());
  }

  /** The address it had before, if it had one. */
  Optional<InetSocketAddress> before(Destination.HostPort to) {
    Decided known = decided.get(to);
    return known != null && known.standing() instanceof Standing.Open(InetSocketAddress address)
        ? Optional.of(address)
        : Optional.empty();
  }

  void decide(Destination.HostPort to, Standing standing, Object rules, long untilNanos) {
    decided.put(to, new Decided(standing, rules, untilNanos));
  }

  /** Something was sent there. */
  void sentTo(InetSocketAddress address) {
    endpoints.put(address, Boolean.TRUE);
    addresses.put(address.getAddress(), Boolean.TRUE);
  }

  /** Whether an answer from there may reach the client. */
  boolean mayAnswer(InetSocketAddress from, UdpConfig.Filter filter) {
    return switch (filter) {
      case ADDRESS -> addresses.get(from.getAddress()) != null;
      case ENDPOINT -> endpoints.get(from) != null;
      case NONE -> true;
    };
  }

  /** Destinations known; for tests of the bound. */
  int size() {
    return decided.size();
  }

  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;
    private final int max;
    private final transient Runnable onForgotten;

    Recent(int max, Runnable onForgotten) {
      super(16, 0.75f, true);
      this.max = max;
      this.onForgotten = onForgotten;
    }

    @Override
    protected boolean removeEldestEntry(Map.@Nullable Entry<K, V> eldest) {
      if (size() <= max) return false;
      onForgotten.run();
      return true;
    }
  }
}
