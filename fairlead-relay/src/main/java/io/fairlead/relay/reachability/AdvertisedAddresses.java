package io.fairlead.relay.reachability;

import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.Reachability;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the node announces of the addresses it has, by what it knows: its reachability, the
 * addresses that others reached, and those through relays. All of that comes as events of the host,
 * and every event is looked at at once.
 *
 * <pre>
 * addresses were tried     those nobody reaches are left out; relays are added when none is reached
 * PRIVATE, relays there    public ones are left out, relays are added
 * UNKNOWN, being tried     all, and relays
 * else                     all
 * </pre>
 */
public final class AdvertisedAddresses implements AutoCloseable {
  private static final Set<Class<? extends HostEvent>> KINDS =
      Set.of(
          HostEvent.LocalReachabilityChanged.class,
          HostEvent.HostReachableAddressesChanged.class,
          HostEvent.AutoRelayAddressesUpdated.class,
          HostEvent.LocalAddressesUpdated.class);

  private final Host host;
  private final UnaryOperator<List<Multiaddr>> last;
  private final WatchValue<List<Multiaddr>> advertised = new WatchValue<>(List.of());
  private volatile Known known = new Known(Reachability.UNKNOWN, Set.of(), Set.of(), List.of());
  private volatile boolean trying;
  private HostEvents.@Nullable Subscription events;

  /**
   * What is known.
   *
   * @param reached addresses that others reached
   * @param missed addresses that others did not reach
   * @param relayed addresses through relays
   */
  record Known(
      Reachability reachability,
      Set<Multiaddr> reached,
      Set<Multiaddr> missed,
      List<Multiaddr> relayed) {
    /**
     * @param trying whether peers are asked about addresses one by one
     */
    List<Multiaddr> announced(List<Multiaddr> own, boolean trying) {
      List<Multiaddr> said = new ArrayList<>();
      boolean tried = !reached.isEmpty() || !missed.isEmpty();
      boolean hidden = !tried && reachability == Reachability.PRIVATE && !relayed.isEmpty();
      boolean unsure = !tried && trying && reachability == Reachability.UNKNOWN;
      for (Multiaddr address : own) {
        boolean bare = address.circuit().filter(way -> way.relay().isEmpty()).isPresent();
        boolean dropped =
            bare
                || missed.contains(address)
                || (hidden && AddressScope.of(address) == AddressScope.PUBLIC);
        if (!dropped) said.add(address);
      }
      boolean noneReached = tried && own.stream().noneMatch(reached::contains);
      if (hidden || unsure || noneReached) said.addAll(relayed);
      return said;
    }
  }

  /**
   * @param last what the operator makes of them; pure and quick
   */
  public AdvertisedAddresses(Host host, UnaryOperator<List<Multiaddr>> last) {
    this.host = host;
    this.last = last;
  }

  /** Begins. */
  public void start() {
    host.announce(this::rewrite);
    events = host.events().subscribe("advertised", KINDS, 16, this::heard);
  }

  /** The operator makes something else of them from now on. */
  public void renew() {
    host.announce(this::rewrite);
  }

  /** Whether peers are asked about addresses one by one from now on. */
  public void trying(boolean now) {
    trying = now;
    renew();
  }

  /** What is announced, sorted. */
  public Watch<List<Multiaddr>> advertised() {
    return advertised;
  }

  private List<Multiaddr> rewrite(List<Multiaddr> own) {
    return last.apply(known.announced(own, trying));
  }

  private void heard(HostEvent event) {
    Known before = known;
    switch (event) {
      case HostEvent.LocalReachabilityChanged(Reachability now) ->
          known = new Known(now, before.reached(), before.missed(), before.relayed());
      case HostEvent.HostReachableAddressesChanged(var reached, var missed, _) ->
          known =
              new Known(
                  before.reachability(),
                  new HashSet<>(reached),
                  new HashSet<>(missed),
                  before.relayed());
      case HostEvent.AutoRelayAddressesUpdated(var relayed) ->
          known = new Known(before.reachability(), before.reached(), before.missed(), relayed);
      case HostEvent.LocalAddressesUpdated(var addresses) -> {
        advertised.set(addresses);
        return;
      }
      default -> {
        return; // of no interest here
      }
    }
    if (!known.equals(before)) host.announce(this::rewrite);
  }

  @Override
  public void close() {
    HostEvents.@Nullable Subscription subscription = events;
    if (subscription != null) subscription.close();
    host.announce(UnaryOperator.identity());
  }
}
