package io.fairlead.app;

import io.fairlead.app.relay.PeerClients;
import io.fairlead.app.relay.PeerDials;
import io.fairlead.app.relay.RelayLists;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Use;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.HostEnvironment;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.MembershipGate;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.proxy.stream.StreamDialer;
import io.fairlead.relay.RelayConfig;
import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderNews;
import io.fairlead.relay.finder.HistoryFile;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The gateway as a libp2p node, made when a configuration first wants one; until then none of its
 * code runs. Only one process at a time has it: two nodes with one peer id would take each other's
 * connections.
 */
final class RelayFeature implements HandOver, Revocable, Reloadable<GatewayConfig> {
  /** What it stands on. */
  record Ground(
      HostEnvironment environment,
      Function<String, Face> services,
      MembershipKeeper keeper,
      OwnAddresses own,
      RelayLists lists,
      EventBus events,
      Supplier<GatewayConfig> running) {}

  /** Who else is in the middle of something waits so long for this node to be there again. */
  private static final Duration LEAVES_WITHIN = Duration.ofSeconds(1);

  private final InheritedSockets given;
  private @Nullable Ground ground; // set once, before anything prepares
  private @Nullable ConnectionRegistry connections; // the same
  private volatile @Nullable RelayNode node;
  private Consumer<@Nullable RelayNode> follower = _ -> {}; // set once, like the ground
  private boolean entitled; // guarded by this
  private boolean committed; // the same: the running configuration is one of ours

  /**
   * @param given what the process before it listened on
   */
  RelayFeature(InheritedSockets given) {
    this.given = given;
  }

  /** What it listens on now. */
  List<PassedSocket> sockets() {
    return node().map(RelayNode::sockets).orElse(List.of());
  }

  /** Once, before anything is prepared. */
  void standsOn(Ground next) {
    ground = next;
  }

  /** Once, before anything is prepared: hears of each node that comes, and of none. */
  void tells(Consumer<@Nullable RelayNode> next) {
    follower = next;
  }

  /** Where its streams are listed. Once, as above. */
  void listsIn(ConnectionRegistry registry) {
    connections = registry;
  }

  /** The way out of streams, with peers among the destinations. */
  StreamDialer before(StreamDialer others) {
    return new PeerDials(this::node, others);
  }

  /** The node, while there is one. */
  Optional<RelayNode> node() {
    return Optional.ofNullable(node);
  }

  private ConnectionRegistry listed() {
    ConnectionRegistry there = connections;
    if (there == null) throw new IllegalStateException("streams of peers are listed nowhere");
    return there;
  }

  private Ground ground() {
    Ground there = ground;
    if (there == null) throw new IllegalStateException("the relay stands on nothing");
    return there;
  }

  // ---- life -------------------------------------------------------------------------------

  @Override
  public String name() {
    return "relay";
  }

  /** It begins with the first configuration that wants it, here or there. */
  @Override
  public synchronized void start() throws StartException, InterruptedException {
    entitled = true;
    if (!committed) return;
    try {
      prepare(ground().running().get()).commit();
    } catch (ConfigException refused) {
      throw new StartException(
          StartException.Reason.RESOURCE, "relay: " + refused.getMessage(), refused);
    }
  }

  /**
   * Nobody is this node until the other process is, so whoever has a circuit or a stream is not
   * waited for long: peers come back, and what they ask first waits in the kernel.
   */
  @Override
  public synchronized void release(Deadline deadline) throws InterruptedException {
    RelayNode there = node;
    entitled = false;
    node = null;
    follower.accept(null);
    if (there == null) return;
    there.drain(deadline.atMost(LEAVES_WITHIN));
    there.close();
  }

  @Override
  public void reopen() throws StartException, InterruptedException {
    start();
  }

  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    RelayNode there = node;
    if (there != null) there.drain(deadline);
  }

  @Override
  public void close() {
    RelayNode there = node;
    if (there != null) there.close();
  }

  // ---- revocation -------------------------------------------------------------------------

  @Override
  public String kind() {
    return "relay_peers";
  }

  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    RelayNode there = node;
    return there == null ? 0 : there.revoke(entries, cause);
  }

  // ---- configuration ----------------------------------------------------------------------

  @Override
  public synchronized Prepared prepare(GatewayConfig next) throws ConfigException {
    Optional<RelayConfig> wanted = next.relay().filter(RelayConfig::enabled);
    if (wanted.isEmpty()) return new Change(null, Prepared.NOTHING);
    RelayNode there = node;
    if (there == null && !entitled) return new Change(null, Prepared.NOTHING);
    if (there != null) return new Change(there, there.prepare(wanted.get()));
    RelayNode fresh = made(next, wanted.get());
    try {
      fresh.start();
      return new Change(fresh, fresh.prepare(wanted.get()));
    } catch (StartException impossible) {
      fresh.close(); // it listens nowhere yet
      throw new IllegalStateException("a node that listens nowhere", impossible);
    } catch (InterruptedException stopped) {
      fresh.close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the relay node began", stopped);
    } catch (ConfigException refused) {
      fresh.close();
      throw refused;
    }
  }

  private RelayNode made(GatewayConfig config, RelayConfig relay) throws ConfigException {
    Ground on = ground();
    RelayNode made =
        new RelayNode(
            new RelayNode.Surroundings(
                on.environment(),
                new MembershipGate(
                    on.keeper().membership(), on.keeper().entitlements().of(Use.RELAY_PEERS)),
                on.own(),
                on.lists()::relays,
                on.lists()::classes,
                service -> new PeerClients(service, on.services(), listed()),
                HistoryFile.in(config.runtime().stateDir().resolve("relay.history")),
                this::told),
            RelayNode.identity(
                relay.identity().orElse(config.runtime().stateDir().resolve("identity.key"))),
            relay);
    made.inherits(given);
    // Lasts as long as the node's events.
    var _ =
        made.host()
            .events()
            .subscribe(
                "gateway-events",
                Set.of(
                    HostEvent.LocalReachabilityChanged.class,
                    HostEvent.LocalAddressesUpdated.class),
                16,
                this::heard);
    return made;
  }

  private void told(FinderNews news) {
    Ground on = ground();
    switch (news) {
      case FinderNews.Gained gained ->
          on.events()
              .publish(
                  new GatewayEvent.RelayReservationChanged(
                      on.environment().clock().wall(),
                      gained.relay().toString(),
                      "gained",
                      Optional.of(gained.expiresAt())));
      case FinderNews.Ended ended ->
          on.events()
              .publish(
                  new GatewayEvent.RelayReservationChanged(
                      on.environment().clock().wall(),
                      ended.relay().toString(),
                      ended.reason().name().toLowerCase(Locale.ROOT),
                      Optional.empty()));
      case FinderNews.Requested _,
          FinderNews.Support _,
          FinderNews.CandidateAdded _,
          FinderNews.CandidatesRemoved _ -> {}
    }
  }

  private void heard(HostEvent event) {
    Ground on = ground();
    var now = on.environment().clock().wall();
    if (event instanceof HostEvent.LocalReachabilityChanged changed) {
      String state = changed.reachability().name().toLowerCase(Locale.ROOT);
      on.events().publish(new GatewayEvent.RelayReachabilityChanged(now, state));
    } else if (event instanceof HostEvent.LocalAddressesUpdated updated) {
      on.events()
          .publish(
              new GatewayEvent.RelayAddressesChanged(
                  now, updated.addresses().stream().map(Multiaddr::toString).toList()));
    }
  }

  /** One change: to another node, to none, or of the one there is. */
  private final class Change implements Prepared {
    private final @Nullable RelayNode next;
    private final Prepared change;

    Change(@Nullable RelayNode next, Prepared change) {
      this.next = next;
      this.change = change;
    }

    @Override
    public void commit() {
      RelayNode before;
      synchronized (RelayFeature.this) {
        committed = true;
        before = node;
        node = next;
      }
      change.commit();
      follower.accept(next);
      if (before != null && next == null) before.close();
    }

    @Override
    public void discard() {
      change.discard();
      if (next != null && next != node) next.close();
    }
  }
}
