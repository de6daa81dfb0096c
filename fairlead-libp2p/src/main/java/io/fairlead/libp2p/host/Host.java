package io.fairlead.libp2p.host;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.mailbox.Mailbox;
import io.fairlead.core.time.Pause;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.identify.ObservedAddresses;
import io.fairlead.libp2p.identify.PushThrottle;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.ConnectionCode;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.StreamOpenException;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.libp2p.netty.Upgrader;
import io.fairlead.libp2p.peers.AddressLife;
import io.fairlead.libp2p.peers.ConnectionKeeper;
import io.fairlead.libp2p.peers.KeptConnection;
import io.fairlead.libp2p.peers.PeerStore;
import io.fairlead.net.loop.EventLoops;
import java.net.BindException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A libp2p node: it listens, dials peers, opens streams by protocol and answers those of others.
 * Any thread; stages complete on event loops, so what follows them must not block. {@link
 * #blocking} is for code that may wait.
 */
public final class Host implements Service, Revocable {
  private static final Duration ADDRESSES_EVERY = Duration.ofSeconds(5);
  private static final Duration PUSH_PAUSE = Duration.ofSeconds(1);
  private static final Duration DRAIN_LOOK = Duration.ofMillis(50);
  private static final int CHORES_MAX = 1024;

  private final PrivateKey identity;
  private final HostSettings settings;
  private final HostEnvironment environment;
  private final PeerGate gate;
  private final CryptoThreads crypto = new CryptoThreads();
  private final HostEvents events = new HostEvents();
  private final Connections connections = new Connections(events);
  private final ProtocolTable protocols;
  private final Resources resources;
  private final PeerStore peerStore;
  private final ConnectionKeeper keeper;
  private final ObservedAddresses observed;
  private final Announced announced;
  private final Identifying identifying;
  private final Pinging pinging;
  private final Upgrader upgrader;
  private final Dialing dialing;
  private final ListeningSockets sockets;
  private final Punching punching;
  private final Mailbox<Runnable> chores;
  private volatile boolean closed;
  private volatile boolean pushPlanned;
  private volatile @Nullable ScheduledFuture<?> ticking;

  /**
   * @param identity who this node is
   * @param gate says what peers may do
   */
  public Host(
      PrivateKey identity, HostSettings settings, HostEnvironment environment, PeerGate gate) {
    this.identity = identity;
    this.settings = settings;
    this.environment = environment;
    this.gate = gate;
    this.protocols = new ProtocolTable(connections, gate, events);
    this.resources = new Resources(settings.resources(), environment.meters());
    this.peerStore = new PeerStore(settings.peers(), environment.clock());
    this.keeper = new ConnectionKeeper(settings.marks(), environment.clock());
    this.observed = new ObservedAddresses(environment.clock());
    this.announced = new Announced(identity, environment.clock(), environment.sequence(), observed);
    this.pinging = new Pinging(environment.clock(), environment.randomness());
    this.identifying =
        new Identifying(
            new Identifying.Self(identity.publicKey(), settings.agent(), announced, protocols),
            peerStore,
            observed,
            new PushThrottle(environment.clock()),
            events,
            new NodeWays());
    this.upgrader =
        new Upgrader(
            CryptoThreads.securities(identity, settings.securities(), environment, crypto),
            settings.upgrade(),
            resources.windows(),
            protocols,
            environment.clock(),
            environment.meters());
    Transport transport =
        new Transport(
            environment.loops(),
            upgrader,
            environment.webSocketTls(),
            settings.fromListeningPort());
    this.sockets = new ListeningSockets(transport, gate, announced);
    this.dialing =
        new Dialing(
            () -> environment.loops().group().next(),
            new AddressNames(environment.resolver()),
            gate,
            environment.clock(),
            dialled -> adopt(dialled.connection(), dialled.limited()));
    dialing.add(
        new TransportDialer(
            transport, () -> settings.fromListeningPort() ? announced.listening() : List.of()));
    this.punching = new Punching(transport, gate, sockets, wire -> adopt(wire, false));
    this.chores = Mailbox.start("libp2p", CHORES_MAX, Runnable::run);
    HandlerOptions own = HandlerOptions.DEFAULTS.ofTheNode();
    protocols.set(Identifying.ID, identifying::answer, own);
    protocols.set(Identifying.PUSH, identifying::takePush, own);
    protocols.set(Pinging.ID, Pinging::answer, own.perPeer(Pinging.STREAMS_PER_PEER));
  }

  /**
   * A node for a program that is one and little else: started, and open to every peer.
   *
   * @param loops to be closed after the node
   * @throws StartException it cannot listen
   */
  public static Host start(PrivateKey identity, HostSettings settings, EventLoops loops)
      throws StartException, InterruptedException {
    Host host = new Host(identity, settings, HostEnvironment.on(loops), PeerGate.open());
    host.start();
    return host;
  }

  // ---- life ---------------------------------------------------------------------------------

  @Override
  public String name() {
    return "libp2p";
  }

  @Override
  public void start() throws StartException, InterruptedException {
    for (Multiaddr address : settings.listen()) {
      try {
        listen(address).toCompletableFuture().get();
      } catch (ExecutionException failure) {
        close();
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        throw new StartException(
            cause instanceof BindException
                ? StartException.Reason.ADDRESS_IN_USE
                : StartException.Reason.OTHER,
            "listen " + address + ": " + cause.getMessage(),
            cause);
      }
    }
    ticking =
        environment
            .loops()
            .group()
            .next()
            .scheduleAtFixedRate(
                () -> chores.offer(this::lookAtAddresses),
                ADDRESSES_EVERY.toMillis(),
                ADDRESSES_EVERY.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  /** Stops listening and opening, and waits until all streams have ended. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    sockets.close();
    connections.close();
    for (Connection connection : connections.all()) connection.wire().drain();
    while (!deadline.passed() && connections.all().stream().anyMatch(c -> c.streams() > 0)) {
      Pause.system().sleep(DRAIN_LOOK);
    }
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    ScheduledFuture<?> tick = ticking;
    if (tick != null) tick.cancel(false);
    sockets.close();
    connections.close();
    for (Connection connection : connections.all()) connection.close(ConnectionCode.SHUTDOWN);
    chores.close();
    events.close();
    crypto.close();
  }

  // ---- who and where ------------------------------------------------------------------------

  public PeerId id() {
    return identity.peerId();
  }

  /** Where it says it can be reached. */
  public List<Multiaddr> addresses() {
    return announced.current().addresses();
  }

  /** Where it may be reached as far as it knows by itself, announced or not. */
  public List<Multiaddr> localAddresses() {
    return announced.known();
  }

  /** Where at least one peer says it sees this node; not announced for that alone. */
  public List<Multiaddr> observedAddresses() {
    return observed.said();
  }

  /** Sockets it listens on, with their ports. */
  public List<Multiaddr> listening() {
    return announced.listening();
  }

  /**
   * Listens on one more address.
   *
   * @return completes with the address and its port; fails with what the socket says
   */
  public CompletionStage<Multiaddr> listen(Multiaddr address) {
    return listen(address, OptionalInt.empty());
  }

  /**
   * The same on a socket that another process bound there.
   *
   * @param given its descriptor, which the node owns from here on; empty to bind one
   */
  public CompletionStage<Multiaddr> listen(Multiaddr address, OptionalInt given) {
    return sockets
        .listen(address, given, wire -> adopt(wire, false))
        .thenApply(
            bound -> {
              lookAtAddresses();
              return bound;
            });
  }

  /** The descriptor behind one address of {@link #listening}; where the loops have descriptors. */
  public OptionalInt descriptor(Multiaddr bound) {
    return sockets.descriptor(bound);
  }

  /** Accepts nobody at one address of {@link #listening} any more; its connections go on. */
  public void unlisten(Multiaddr bound) {
    sockets.close(bound);
    lookAtAddresses();
  }

  /**
   * Rewrites what is announced from now on: given the addresses the node knows, the ones to say.
   *
   * @param rewrite pure and quick; any thread
   */
  public void announce(UnaryOperator<List<Multiaddr>> rewrite) {
    announced.rewrite(rewrite);
    chores.offer(this::lookAtAddresses);
  }

  /** The record of itself that others may pass on, signed and sealed. */
  public byte[] signedRecord() {
    return announced.current().record();
  }

  private void lookAtAddresses() {
    synchronized (announced) {
      if (!announced.recompute()) return;
    }
    events.emit(new HostEvent.LocalAddressesUpdated(addresses()));
    planPush();
  }

  /** Changes come in bunches: one push a second says them all. */
  private void planPush() {
    if (pushPlanned) return;
    pushPlanned = true;
    environment
        .loops()
        .group()
        .next()
        .schedule(
            () -> {
              pushPlanned = false;
              identifying.push(connections.all());
            },
            PUSH_PAUSE.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  public HostEvents events() {
    return events;
  }

  public PeerStore peerStore() {
    return peerStore;
  }

  /** Tags, protections and trims. */
  public ConnectionKeeper keeper() {
    return keeper;
  }

  public Resources resources() {
    return resources;
  }

  /** Upgrades channels of others, such as relayed streams, for {@link #adopt}. */
  public Upgrader upgrader() {
    return upgrader;
  }

  // ---- connections --------------------------------------------------------------------------

  /** Another way to dial, such as through relays. */
  public void addDialer(AddressDialer dialer) {
    dialing.add(dialer);
  }

  /**
   * Makes a connection that was upgraded one of the node's.
   *
   * @param limited whether somebody on the way bounds time and bytes
   * @return empty when it is closed instead: a bound is reached, membership does not allow it, or
   *     the peer is this node
   */
  public Optional<Connection> adopt(PeerConnection wire, boolean limited) {
    PeerId peer = wire.remote();
    boolean inbound = !wire.dialler();
    if (peer.equals(id())) return refused(wire, ConnectionCode.GATED);
    Principal principal = gate.principal(peer);
    if (!allowed(principal, inbound)) return refused(wire, ConnectionCode.GATED);
    Optional<Resources.ConnectionGrant> grant = resources.connection(peer, inbound);
    if (grant.isEmpty()) return refused(wire, ConnectionCode.RESOURCE_LIMIT);
    Connection connection = new Connection(wire, limited, principal, grant.get());
    if (!connections.add(connection)) {
      grant.get().close();
      return refused(wire, ConnectionCode.SHUTDOWN);
    }
    keeper.opened(connection);
    peerStore.connected(peer);
    if (!inbound && !limited) {
      peerStore.addAddresses(peer, List.of(wire.remoteAddress()), AddressLife.PERMANENT);
    }
    wire.closed().whenComplete((_, _) -> gone(connection));
    // Its right may have ended before it was in the table that a revocation looks at.
    if (!allowed(principal, inbound)) {
      connection.close(ConnectionCode.GATED);
      return Optional.empty();
    }
    identifying.ask(connection);
    for (KeptConnection surplus : keeper.trim()) {
      if (surplus instanceof Connection trimmed) trimmed.close(ConnectionCode.GARBAGE_COLLECTED);
    }
    return Optional.of(connection);
  }

  private static Optional<Connection> refused(PeerConnection wire, long code) {
    wire.close(code);
    return Optional.empty();
  }

  private boolean allowed(Principal principal, boolean inbound) {
    return gate.decide(principal, inbound ? Action.LOGIN : Action.DIAL) instanceof Verdict.Allow;
  }

  private void gone(Connection connection) {
    connection.identificationDone();
    connection.grant().close();
    keeper.closed(connection);
    if (connections.remove(connection)) peerStore.disconnected(connection.remote());
  }

  /** Every connection there is. */
  public List<Connection> connections() {
    return connections.all();
  }

  public List<Connection> connections(PeerId peer) {
    return connections.of(peer);
  }

  public Connectedness connectedness(PeerId peer) {
    return connections.state(peer);
  }

  /** Connects to a peer at addresses that are known or given. */
  public CompletionStage<Connection> connect(PeerId peer, Collection<Multiaddr> addresses) {
    return connect(peer, addresses, OpenOptions.DEFAULTS);
  }

  /**
   * Connects to a peer, or finds the connection there is.
   *
   * @return fails with {@link PeerDialException}; cancelling it leaves the dial to others who want
   *     it
   */
  public CompletionStage<Connection> connect(
      PeerId peer, Collection<Multiaddr> addresses, OpenOptions options) {
    if (closed) return failed(PeerDialException.Reason.CLOSED, peer);
    if (peer.equals(id())) return failed(PeerDialException.Reason.SELF, peer);
    peerStore.addAddresses(peer, addresses, AddressLife.TEMPORARY);
    Optional<Connection> best = connections.best(peer);
    boolean direct = best.isPresent() && !best.get().limited() && !best.get().relayed();
    if (best.isPresent() && (direct || !options.forceDirect())) {
      return CompletableFuture.completedFuture(best.get());
    }
    if (options.noDial()) return failed(PeerDialException.Reason.NOT_CONNECTED, peer);
    if (!allowed(gate.principal(peer), false)) {
      return failed(PeerDialException.Reason.FORBIDDEN, peer);
    }
    return dialing.dial(peer, peerStore.addresses(peer), options);
  }

  /**
   * Dials all of these addresses at once, from the ports it listens on, while the peer does the
   * same: so that two who are both behind NAT meet.
   *
   * @param addresses eight of them at most; no names
   * @param client whether this side is to begin, once a socket is open; the other side must not
   * @return fails with {@link PeerDialException}
   */
  public CompletionStage<Connection> punch(
      PeerId peer, List<Multiaddr> addresses, boolean client, Duration timeout) {
    if (closed) return failed(PeerDialException.Reason.CLOSED, peer);
    if (!allowed(gate.principal(peer), false)) {
      return failed(PeerDialException.Reason.FORBIDDEN, peer);
    }
    return punching.punch(peer, addresses, client, timeout);
  }

  private static <T> CompletionStage<T> failed(PeerDialException.Reason reason, PeerId peer) {
    return CompletableFuture.failedFuture(new PeerDialException(reason, peer));
  }

  /** Cuts the connections of entries that lost their right. */
  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    Set<Connection> bound = connections.of(entries);
    for (Connection connection : bound) connection.close(ConnectionCode.GATED);
    return bound.size();
  }

  @Override
  public String kind() {
    return "libp2p_connections";
  }

  // ---- streams ------------------------------------------------------------------------------

  /** Answers a protocol from now on. */
  public void handle(String protocol, HandlerOptions options, StreamHandler handler) {
    protocols.set(protocol, handler, options);
    protocolsChanged();
  }

  /** Answers it no more; streams there are go on. */
  public void unhandle(String protocol) {
    protocols.remove(protocol);
    protocolsChanged();
  }

  private void protocolsChanged() {
    synchronized (announced) {
      announced.renew();
    }
    planPush();
  }

  /** What it answers. */
  public Set<String> protocols() {
    return protocols.protocols();
  }

  /**
   * Opens a stream, with a connection made for it where there is none.
   *
   * @param wanted protocols in order of preference
   * @param prepare adds handlers to the stream before it is active; on its event loop
   * @return fails with {@link PeerDialException} or {@link StreamOpenException}
   */
  public CompletionStage<StreamChannel> newStream(
      PeerId peer, List<String> wanted, OpenOptions options, Consumer<StreamChannel> prepare) {
    return connect(peer, List.of(), options)
        .thenCompose(
            connection ->
                connection.limited() && !options.allowLimited()
                    ? failed(PeerDialException.Reason.LIMITED, peer)
                    : open(connection, wanted, prepare));
  }

  /**
   * Opens a stream on a connection, once the peer has said what it speaks or its time for that is
   * over.
   *
   * @return fails with {@link StreamOpenException} or {@link PeerDialException}
   */
  public CompletionStage<StreamChannel> open(
      Connection connection, List<String> wanted, Consumer<StreamChannel> prepare) {
    return StreamOpening.open(connection, wanted, prepare);
  }

  /** Of the node's own protocols, which do not wait for identify. */
  private final class NodeWays implements Identifying.Ways {
    @Override
    public CompletionStage<StreamChannel> open(
        Connection on, String protocol, Consumer<StreamChannel> prepare) {
      // Everyone speaks them, so the question goes out with the first words.
      return StreamOpening.openNow(on, Optional.of(protocol), List.of(protocol), prepare);
    }

    @Override
    public void observedChanged() {
      chores.offer(Host.this::lookAtAddresses);
    }
  }

  /**
   * Measures the way to a peer and back.
   *
   * @return fails like {@link #newStream}, or with {@link java.io.IOException} or {@link
   *     TimeoutException} when no answer comes
   */
  public CompletionStage<Duration> ping(PeerId peer) {
    CompletableFuture<Duration> result = new CompletableFuture<>();
    newStream(
            peer,
            List.of(Pinging.ID),
            OpenOptions.DEFAULTS.allowingLimited(),
            stream -> stream.pipeline().addLast(pinging.new Asker(result)))
        .whenComplete(
            (_, failure) -> {
              if (failure != null) result.completeExceptionally(failure);
            });
    return result;
  }

  /** The same node for code that may wait, on virtual threads. */
  public BlockingHost blocking() {
    return new BlockingHost(this);
  }
}
