package io.fairlead.tunnel.session;

import io.fairlead.core.address.PortRange;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Gives out ports of a range. Who had a port gets it again for a day, unless every other port is
 * taken; for ten minutes nobody else gets it at all, so that no visitor who goes on meets another
 * agent because his own was away for a moment. Bounded by the range; not thread-safe.
 */
public final class PortPool {
  static final long LEASE_NANOS = Duration.ofHours(24).toNanos();

  /** How long a port that somebody outside has is passed over. */
  static final long BLOCK_NANOS = Duration.ofMinutes(10).toNanos();

  static final long GRACE_NANOS = Duration.ofMinutes(10).toNanos();

  private record Lease(int port, long untilNanos) {
    boolean givesWay(long nowNanos) {
      return untilNanos - nowNanos <= LEASE_NANOS - GRACE_NANOS;
    }
  }

  private Optional<PortRange> range = Optional.empty();
  private final Map<Integer, String> taken = new HashMap<>();
  private final Map<Integer, Long> blocked = new HashMap<>(); // until when
  private final LinkedHashMap<String, Lease> leases = new LinkedHashMap<>();

  /** From here on ports come out of this range; what is taken stays taken. */
  public void range(Optional<PortRange> next) {
    range = next;
  }

  /** Who has a port. */
  public Optional<String> holder(int port) {
    return Optional.ofNullable(taken.get(port));
  }

  /** Takes this very port, for what is not in the range too. */
  public boolean take(int port, String holder) {
    blocked.remove(port); // asked for by number: perhaps it is free by now
    String other = taken.putIfAbsent(port, holder);
    return other == null || other.equals(holder);
  }

  /** Takes one of the range: the holder's former one, if it can be had. */
  public OptionalInt takeAny(String holder, long nowNanos) {
    if (range.isEmpty()) return OptionalInt.empty();
    leases.values().removeIf(lease -> nowNanos - lease.untilNanos() >= 0);
    blocked.values().removeIf(untilNanos -> nowNanos - untilNanos >= 0);
    Lease mine = leases.remove(holder);
    if (mine != null && range.get().contains(mine.port()) && take(mine.port(), holder)) {
      return OptionalInt.of(mine.port());
    }
    Map<Integer, String> leased = new HashMap<>();
    leases.forEach((other, lease) -> leased.put(lease.port(), other));
    for (int port = range.get().first(); port <= range.get().last(); port++) {
      if (!leased.containsKey(port) && !taken.containsKey(port) && !blocked.containsKey(port)) {
        taken.put(port, holder);
        return OptionalInt.of(port);
      }
    }
    // The lease that ends first gives way.
    for (Lease lease : leases.values()) {
      if (range.get().contains(lease.port())
          && !taken.containsKey(lease.port())
          && !blocked.containsKey(lease.port())
          && lease.givesWay(nowNanos)) {
        leases.values().remove(lease);
        taken.put(lease.port(), holder);
        return OptionalInt.of(lease.port());
      }
    }
    return OptionalInt.empty();
  }

  /** Gives a port back; it is kept for its holder for a day. */
  public void free(int port, long nowNanos) {
    String holder = taken.remove(port);
    if (holder == null) return;
    leases.remove(holder);
    if (range.isPresent() && range.get().contains(port)) {
      leases.put(holder, new Lease(port, nowNanos + LEASE_NANOS));
    }
  }

  /** Somebody outside has it: it is not tried for a while, unless it is asked for by number. */
  public void block(int port, long nowNanos) {
    taken.remove(port);
    blocked.put(port, nowNanos + BLOCK_NANOS);
  }

  /** It cannot be had after all. */
  public void drop(int port) {
    taken.remove(port);
  }

  /** Ports remembered for their holders, e.g. to write them down. */
  public Map<String, Integer> remembered() {
    Map<String, Integer> ports = new LinkedHashMap<>();
    leases.forEach((holder, lease) -> ports.put(holder, lease.port()));
    taken.forEach(
        (port, holder) -> {
          if (range.isPresent() && range.get().contains(port)) ports.put(holder, port);
        });
    return ports;
  }

  /** What was written down before. */
  public void remember(Map<String, Integer> ports, long nowNanos) {
    ports.forEach((holder, port) -> leases.put(holder, new Lease(port, nowNanos + LEASE_NANOS)));
  }
}
