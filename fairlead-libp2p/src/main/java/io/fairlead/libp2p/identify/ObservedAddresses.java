package io.fairlead.libp2p.identify;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What others say our address is. One is believed when four of them, each from a network of its
 * own, have said the same within 30 minutes: one peer, or one neighbour, cannot make us announce
 * what it likes. Any thread.
 *
 * <p>Kept: at most 64 addresses for each address we listen on, with at most 16 observers each; the
 * one confirmed longest ago leaves first. Three of each are believed at most, those with the most
 * observers.
 */
public final class ObservedAddresses {
  private static final int OBSERVERS_NEEDED = 4;
  private static final int OBSERVERS_MAX = 16;
  private static final int BELIEVED_MAX = 3;
  private static final int CANDIDATES_MAX = 64;
  private static final Duration LIFE = Duration.ofMinutes(30);

  private final Clock clock;
  private final Object lock = new Object();

  /** By the address we listen on; guarded by {@code lock}. */
  private final Map<Multiaddr, LinkedHashMap<Multiaddr, Observers>> byListener = new HashMap<>();

  /** Networks that confirmed an address, and when they last did. */
  private record Observers(LinkedHashMap<Cidr, Long> heardAtNanos) {}

  public ObservedAddresses(Clock clock) {
    this.clock = clock;
  }

  /**
   * Takes a peer's word.
   *
   * @param listener our end of the connection, as one of the addresses we listen on
   * @param observed what the peer says
   * @param remote the peer's end
   * @return whether what is believed may have changed
   */
  public boolean heard(Multiaddr listener, Multiaddr observed, Multiaddr remote) {
    boolean useless =
        remote.relayed()
            || observed.relayed()
            || AddressScope.loopback(observed)
            || AddressScope.of(observed) == AddressScope.UNROUTABLE
            || AddressScope.of(observed) == AddressScope.UNKNOWN
            || !sameTransport(listener, observed);
    if (useless) return false;
    Optional<Cidr> observer = network(remote);
    if (observer.isEmpty()) return false;
    Multiaddr plain = observed.withoutPeer().orElse(observed);
    synchronized (lock) {
      List<Multiaddr> before = believed(listener);
      LinkedHashMap<Multiaddr, Observers> candidates =
          byListener.computeIfAbsent(listener, _ -> new LinkedHashMap<>());
      Observers observers = candidates.remove(plain);
      if (observers == null) observers = new Observers(new LinkedHashMap<>());
      candidates.put(plain, observers); // at the end: heard of last
      observers.heardAtNanos().remove(observer.get());
      observers.heardAtNanos().put(observer.get(), clock.nanos());
      dropFirst(observers.heardAtNanos(), OBSERVERS_MAX);
      dropFirst(candidates, CANDIDATES_MAX);
      return !believed(listener).equals(before);
    }
  }

  /** The addresses that are believed of one we listen on. */
  public List<Multiaddr> believed(Multiaddr listener) {
    return heardOf(listener, OBSERVERS_NEEDED);
  }

  /** The best of one we listen on that so many observers confirmed. */
  private List<Multiaddr> heardOf(Multiaddr listener, int observersNeeded) {
    synchronized (lock) {
      LinkedHashMap<Multiaddr, Observers> candidates = byListener.get(listener);
      if (candidates == null) return List.of();
      long now = clock.nanos();
      for (Observers observers : candidates.values()) {
        observers.heardAtNanos().values().removeIf(at -> now - at >= LIFE.toNanos());
      }
      candidates.values().removeIf(observers -> observers.heardAtNanos().isEmpty());
      return candidates.entrySet().stream()
          .filter(entry -> entry.getValue().heardAtNanos().size() >= observersNeeded)
          .sorted(
              Comparator.comparingInt(
                      (Map.Entry<Multiaddr, Observers> entry) ->
                          -entry.getValue().heardAtNanos().size())
                  .thenComparing(Map.Entry::getKey))
          .limit(BELIEVED_MAX)
          .map(Map.Entry::getKey)
          .toList();
    }
  }

  /**
   * The best of what anybody said, three of each we listen on: too little to be announced, enough
   * to be tried.
   */
  public List<Multiaddr> said() {
    synchronized (lock) {
      List<Multiaddr> all = new ArrayList<>();
      for (Multiaddr listener : byListener.keySet()) all.addAll(heardOf(listener, 1));
      return all;
    }
  }

  /** All that are believed. */
  public List<Multiaddr> believed() {
    synchronized (lock) {
      List<Multiaddr> all = new ArrayList<>();
      for (Multiaddr listener : byListener.keySet()) all.addAll(believed(listener));
      return all;
    }
  }

  /** Forgets what was said about addresses that we listen on no more. */
  public void retain(List<Multiaddr> listeners) {
    synchronized (lock) {
      byListener.keySet().retainAll(listeners);
    }
  }

  private static <K, V> void dropFirst(LinkedHashMap<K, V> map, int most) {
    Iterator<K> first = map.keySet().iterator();
    while (map.size() > most) {
      first.next();
      first.remove();
    }
  }

  /** IPv4: each address; IPv6: each /56, which one customer has. */
  private static Optional<Cidr> network(Multiaddr remote) {
    return remote
        .first(AddressProtocol.IP4)
        .map(ip -> Cidr.around(inet(ip), 32))
        .or(() -> remote.first(AddressProtocol.IP6).map(ip -> network6(inet(ip))));
  }

  private static Cidr network6(InetAddress address) {
    return Cidr.around(address, address.getAddress().length == 4 ? 32 : 56);
  }

  private static InetAddress inet(Component ip) {
    try {
      return InetAddress.getByAddress(ip.value());
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 or 16 bytes", impossible);
    }
  }

  /** The same protocols in the same order, whatever their values. */
  private static boolean sameTransport(Multiaddr listener, Multiaddr observed) {
    List<AddressProtocol> expected =
        listener.components().stream().map(Component::protocol).toList();
    return observed.withoutPeer().stream()
        .anyMatch(
            plain ->
                plain.components().stream().map(Component::protocol).toList().equals(expected));
  }
}
