package io.fairlead.relay.finder;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.Reachability;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Wants relays while others cannot dial the node, or may not be able to, and says its addresses
 * through them. Any thread.
 */
public final class AutoRelay implements Service {
  private static final int EVENTS_MAX = 8;

  private final Host host;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private AddressBook book =
      new AddressBook(List.of(), List.of(), Reachability.UNKNOWN, AddressBook.Probed.NOTHING);

  private @Nullable FinderDriver finder;
  private boolean wanted;
  private HostEvents.@Nullable Subscription events;

  public AutoRelay(Host host) {
    this.host = host;
  }

  @Override
  public String name() {
    return "auto-relay";
  }

  /** Follows what becomes known of the node's reachability, and says addresses accordingly. */
  @Override
  public void start() {
    synchronized (lock) {
      events =
          host.events()
              .subscribe(
                  "auto-relay",
                  Set.of(
                      HostEvent.LocalReachabilityChanged.class,
                      HostEvent.HostReachableAddressesChanged.class,
                      HostEvent.AutoRelayAddressesUpdated.class),
                  EVENTS_MAX,
                  this::heard);
    }
    say();
  }

  /**
   * Looks for relays with this finder from now on, in place of another, which its owner closes;
   * none to look for none.
   */
  public void use(@Nullable FinderDriver next) {
    synchronized (lock) {
      FinderDriver before = finder;
      finder = next;
      wanted = false;
      if (before != null && before != next) before.stop();
      follow();
    }
  }

  /** Addresses to say in place of the node's own; none for its own. */
  public void announce(List<Multiaddr> addresses) {
    synchronized (lock) {
      book = new AddressBook(addresses, book.throughRelays(), book.reachability(), book.probed());
    }
    say();
  }

  /** What is known of the node's reachability. */
  public Reachability reachability() {
    synchronized (lock) {
      return book.reachability();
    }
  }

  /** Takes addresses through relays, of whichever finder: for its ground. */
  public void published(List<Multiaddr> addresses) {
    host.events().emit(new HostEvent.AutoRelayAddressesUpdated(addresses));
  }

  private void heard(HostEvent event) {
    synchronized (lock) {
      book =
          switch (event) {
            case HostEvent.LocalReachabilityChanged(Reachability now) ->
                new AddressBook(book.announce(), book.throughRelays(), now, book.probed());
            case HostEvent.HostReachableAddressesChanged changed ->
                new AddressBook(
                    book.announce(),
                    book.throughRelays(),
                    book.reachability(),
                    new AddressBook.Probed(
                        Set.copyOf(changed.reachable()), Set.copyOf(changed.unreachable())));
            case HostEvent.AutoRelayAddressesUpdated(List<Multiaddr> through) ->
                new AddressBook(book.announce(), through, book.reachability(), book.probed());
            default -> book;
          };
      follow();
    }
    say();
  }

  /** Under the lock. */
  private void follow() {
    FinderDriver there = finder;
    boolean wants = there != null && events != null && book.reachability() != Reachability.PUBLIC;
    if (there == null || wants == wanted) return;
    wanted = wants;
    if (wants) there.start();
    else there.stop();
  }

  private void say() {
    AddressBook now;
    synchronized (lock) {
      now = book;
    }
    host.announce(now::said);
  }

  @Override
  public void drain(Deadline deadline) {}

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
