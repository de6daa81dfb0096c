package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.Reachability;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Wants relays while others cannot dial the node, or may not be able to. Any thread. */
public final class AutoRelay implements AutoCloseable {
  private final Host host;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private Reachability reachability = Reachability.UNKNOWN;

  private @Nullable FinderDriver finder;
  private boolean wanted;
  private HostEvents.@Nullable Subscription events;

  public AutoRelay(Host host) {
    this.host = host;
  }

  /** Follows what becomes known of the node's reachability. */
  public void start() {
    synchronized (lock) {
      events =
          host.events()
              .subscribe(
                  "auto-relay", Set.of(HostEvent.LocalReachabilityChanged.class), 1, this::heard);
      follow();
    }
  }

  /**
   * Looks for relays with this finder from now on, in place of another, which its owner closes;
   * none to look for none.
   */
  public void use(@Nullable FinderDriver next) {
    synchronized (lock) {
      FinderDriver before = finder;
      if (before == next) return;
      finder = next;
      wanted = false;
      if (before != null) before.stop();
      follow();
    }
  }

  /** What is known of the node's reachability. */
  public Reachability reachability() {
    synchronized (lock) {
      return reachability;
    }
  }

  /** Takes addresses through relays, of whichever finder: for its ground. */
  public void published(List<Multiaddr> addresses) {
    host.events().emit(new HostEvent.AutoRelayAddressesUpdated(addresses));
  }

  private void heard(HostEvent event) {
    if (!(event instanceof HostEvent.LocalReachabilityChanged(Reachability now))) return;
    synchronized (lock) {
      reachability = now;
      follow();
    }
  }

  /** Under the lock. */
  private void follow() {
    FinderDriver there = finder;
    boolean wants = events != null && reachability != Reachability.PUBLIC;
    if (there == null || wants == wanted) return;
    wanted = wants;
    if (wants) there.start();
    else there.stop();
  }

  @Override
  public void close() {
    HostEvents.@Nullable Subscription following;
    synchronized (lock) {
      following = events;
      events = null;
      follow();
    }
    if (following != null) following.close();
  }
}
