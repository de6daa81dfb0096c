package io.fairlead.libp2p.host;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Dials peers: all callers that want the same peer share one attempt, which lives on an event loop
 * of its own choice. At most 160 sockets are being dialled at once, 8 for one peer, and at most
 * 1,024 peers. Any thread.
 */
final class Dialing {
  private static final int SOCKETS_MAX = 160;
  private static final int ATTEMPTS_MAX = 1024;

  private record Wanted(PeerId peer, boolean direct, boolean eager) {}

  private final Map<Wanted, DialAttempt> attempts = new ConcurrentHashMap<>();
  private final AtomicInteger sockets = new AtomicInteger();
  private final List<AddressDialer> dialers = new CopyOnWriteArrayList<>();
  private final Supplier<EventLoop> loops;
  private final AddressNames names;
  private final PeerGate gate;
  private final DialBackoff backoff;
  private final Clock clock;
  private final Function<AddressDialer.Dialled, Optional<Connection>> adopt;

  /**
   * @param adopt makes a connection of the node of what was dialled; empty closed it
   */
  Dialing(
      Supplier<EventLoop> loops,
      AddressNames names,
      PeerGate gate,
      Clock clock,
      Function<AddressDialer.Dialled, Optional<Connection>> adopt) {
    this.loops = loops;
    this.names = names;
    this.gate = gate;
    this.backoff = new DialBackoff(clock);
    this.clock = clock;
    this.adopt = adopt;
  }

  /** Another way to dial; the first that knows an address is asked. */
  void add(AddressDialer dialer) {
    dialers.add(dialer);
  }

  /**
   * Dials a peer, or joins those who do.
   *
   * @param addresses where it may be; those of an attempt that is under way are not changed
   * @param options whether addresses that lead through relays are left out, and those that failed
   *     lately are not
   */
  CompletableFuture<Connection> dial(PeerId peer, List<Multiaddr> addresses, OpenOptions options) {
    if (attempts.size() >= ATTEMPTS_MAX) {
      return CompletableFuture.failedFuture(
          new PeerDialException(PeerDialException.Reason.LIMITED, peer));
    }
    Wanted wanted = new Wanted(peer, options.forceDirect(), options.eager());
    DialAttempt fresh = new DialAttempt(this, loops.get(), peer, addresses, options);
    // One that has just ended may still stand there: its end is told before it leaves.
    DialAttempt attempt =
        attempts.compute(wanted, (_, old) -> old == null || old.result().isDone() ? fresh : old);
    if (attempt == fresh) {
      fresh.result().whenComplete((_, _) -> attempts.remove(wanted, fresh));
      fresh.start();
    }
    return attempt.result().copy(); // one that gives up leaves the others theirs
  }

  /** Who dials an address, if anyone may. */
  Optional<AddressDialer> dialer(Multiaddr address) {
    for (AddressDialer dialer : dialers) {
      if (dialer.dials(address)) return Optional.of(dialer);
    }
    return Optional.empty();
  }

  /**
   * @param named what {@code address} was found by, itself where it has no name
   */
  boolean mayDial(Multiaddr named, Multiaddr address) {
    // A relay's own address is judged when it is dialled itself.
    return address.has(AddressProtocol.P2P_CIRCUIT) || gate.mayDial(named, address);
  }

  boolean takeSocket() {
    if (sockets.incrementAndGet() <= SOCKETS_MAX) return true;
    sockets.decrementAndGet();
    return false;
  }

  void giveSocket() {
    sockets.decrementAndGet();
  }

  AddressNames names() {
    return names;
  }

  DialBackoff backoff() {
    return backoff;
  }

  Clock clock() {
    return clock;
  }

  Optional<Connection> adopt(AddressDialer.Dialled dialled) {
    return adopt.apply(dialled);
  }
}
