package io.fairlead.relay.service;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.Voucher;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.net.live.SourcePrefix;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.LimitMessage;
import io.fairlead.relay.codec.ReservationMessage;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reservation.CircuitLimit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A relay: keeps places for peers, and connects others with them. Any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay
 *     v2</a>
 */
public final class RelayService implements Service, Revocable {
  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration DRAIN_LOOK = Duration.ofMillis(50);
  private static final int ADDRESSES_MAX = 20;
  private static final String TAG_PLACE = "relay-reservation";
  private static final int TAG_PLACE_VALUE = 10;

  private final Host host;
  private final PrivateKey identity;
  private final PeerGate gate;
  private final RelayPolicy policy;
  private final Watch<RelayServiceSettings> settings;
  private final Clock clock;
  private final RelayMeters meters;
  private final Connecting connecting;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private final Places places = new Places();

  private final PlaceTimers timers = new PlaceTimers();
  private final AskBuckets<PeerId> askingPeers = new AskBuckets<>();
  private final AskBuckets<SourcePrefix> askingSources = new AskBuckets<>();
  private long lastNumber;
  private boolean serving;
  private boolean closed;
  private Reachability reachability = Reachability.UNKNOWN;
  private HostEvents.@Nullable Subscription following;
  private Watch.@Nullable Observation observing;

  /**
   * @param identity of the host; signs vouchers
   * @param gate decides by membership, as everywhere
   * @param policy decides besides
   * @param settings read at each decision
   */
  public RelayService(
      Host host,
      PrivateKey identity,
      PeerGate gate,
      RelayPolicy policy,
      Watch<RelayServiceSettings> settings,
      Clock clock,
      Meters meters) {
    this.host = host;
    this.identity = identity;
    this.gate = gate;
    this.policy = policy;
    this.settings = settings;
    this.clock = clock;
    this.meters =
        new RelayMeters(
            meters, () -> serving() ? 1 : 0, () -> places().size(), () -> circuits().size());
    this.connecting = new Connecting(host, gate, policy, settings, clock, this.meters);
  }

  // ---- life ---------------------------------------------------------------------------------

  @Override
  public String name() {
    return "relay-service";
  }

  /** Serves as the mode of the settings says, and follows it. */
  @Override
  public void start() {
    synchronized (lock) {
      following =
          host.events()
              .subscribe(
                  "relay-service",
                  Set.of(HostEvent.LocalReachabilityChanged.class),
                  1,
                  this::heard);
      observing = settings.observe(Runnable::run, _ -> follow());
    }
  }

  private void heard(HostEvent event) {
    if (!(event instanceof HostEvent.LocalReachabilityChanged(Reachability now))) return;
    synchronized (lock) {
      reachability = now;
    }
    follow();
  }

  private void follow() {
    synchronized (lock) {
      boolean wanted =
          !closed
              && switch (settings.current().mode()) {
                case OFF -> false;
                case ON -> true;
                case AUTO -> reachability == Reachability.PUBLIC;
              };
      if (wanted == serving) return;
      serving = wanted;
      if (wanted) {
        host.handle(HopMessage.PROTOCOL, HandlerOptions.DEFAULTS.allowingLimited(), this::opened);
      } else {
        host.unhandle(HopMessage.PROTOCOL);
        for (Places.Place place : places.all()) forget(place);
      }
    }
  }

  /** Whether it is a relay now. */
  public boolean serving() {
    synchronized (lock) {
      return serving;
    }
  }

  /** Gives no places and no circuits any more, and waits for the circuits there are. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    end();
    while (!deadline.passed() && connecting.size() > 0) Pause.system().sleep(DRAIN_LOOK);
  }

  private void end() {
    synchronized (lock) {
      closed = true;
      follow();
    }
  }

  @Override
  public void close() {
    end();
    HostEvents.@Nullable Subscription events;
    Watch.@Nullable Observation changes;
    synchronized (lock) {
      events = following;
      changes = observing;
      following = null;
      observing = null;
    }
    if (changes != null) changes.close();
    if (events != null) events.close();
    connecting.cutAll(Relayed.Ending.SHUTDOWN);
  }

  // ---- for onlookers ------------------------------------------------------------------------

  /** The places that are kept now. */
  public List<PlaceView> places() {
    synchronized (lock) {
      long now = clock.nanos();
      return places.all().stream()
          .filter(place -> !place.expired(now))
          .map(
              place ->
                  new PlaceView(
                      place.peer(), place.ip(), place.expires(), connecting.of(place.peer())))
          .toList();
    }
  }

  /** The circuits that are there or being set up. */
  public List<CircuitView> circuits() {
    return connecting.views();
  }

  /** How many timers wait for the end of a place. */
  int timers() {
    synchronized (lock) {
      return timers.armed();
    }
  }

  /** Ends the place of a peer; its circuits go on. Whether it had one. */
  public boolean evict(PeerId peer) {
    synchronized (lock) {
      Optional<Places.Place> place = places.get(peer, clock.nanos());
      place.ifPresent(this::forget);
      return place.isPresent();
    }
  }

  @Override
  public String kind() {
    return "relay_circuits";
  }

  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    int count;
    synchronized (lock) {
      List<Places.Place> bound = places.of(entries);
      bound.forEach(this::forget);
      count = bound.size();
    }
    return count + connecting.revoke(entries);
  }

  // ---- requests -----------------------------------------------------------------------------

  private void opened(StreamChannel channel, Connection from) {
    MessageStream stream = MessageStream.on(channel, HopMessage.BYTES_MAX);
    stream.next(ASK_TIMEOUT).whenComplete((asked, failure) -> answer(stream, from, asked, failure));
  }

  private void answer(
      MessageStream stream, Connection from, byte @Nullable [] asked, @Nullable Throwable failure) {
    if (asked == null) {
      boolean malformed =
          failure instanceof MalformedException
              || (failure instanceof CompletionException
                  && failure.getCause() instanceof MalformedException);
      if (malformed) refuse(stream, CircuitStatus.MALFORMED_MESSAGE);
      else stream.reset();
      return;
    }
    try {
      switch (HopMessage.read(asked)) {
        case HopMessage.Reserve _ -> reserve(stream, from);
        case HopMessage.Connect connect -> connect(stream, from, connect);
        case HopMessage.Status _, HopMessage.Other _ ->
            refuse(stream, CircuitStatus.UNEXPECTED_MESSAGE);
      }
    } catch (MalformedException _) {
      refuse(stream, CircuitStatus.MALFORMED_MESSAGE);
    }
  }

  private static void refuse(MessageStream stream, CircuitStatus status) {
    stream.sendLast(HopMessage.Status.of(status).toBytes());
  }

  private void reserve(MessageStream stream, Connection from) {
    CircuitStatus status = CircuitStatus.PERMISSION_DENIED;
    Optional<HopMessage.Status> given = Optional.empty();
    Optional<ClassLimits> limits = limitsOf(from.remote());
    if (limits.isPresent() && mayReserve(from)) {
      // Whoever comes from nowhere cannot be counted, so that there is no room for it.
      status =
          address(from)
              .map(ip -> admit(from, ip, limits.get()))
              .orElse(CircuitStatus.RESERVATION_REFUSED);
      if (status == CircuitStatus.OK) given = Optional.of(granted(from.remote(), limits.get()));
    }
    meters.answered(true, status);
    stream.sendLast(given.orElse(HopMessage.Status.of(status)).toBytes());
  }

  private boolean mayReserve(Connection from) {
    return serving()
        && !from.relayed()
        && allowed(gate.principal(from.remote()))
        && policy.allowReserve(from.remote(), from.remoteAddress());
  }

  private boolean allowed(Principal principal) {
    return gate.decide(principal, Action.RESERVE) instanceof Verdict.Allow;
  }

  private Optional<ClassLimits> limitsOf(PeerId peer) {
    return Optional.ofNullable(settings.current().classes().get(policy.classOf(peer)));
  }

  private CircuitStatus admit(Connection from, InetAddress ip, ClassLimits limits) {
    RelayServiceSettings now = settings.current();
    PeerId peer = from.remote();
    long nowNanos = clock.nanos();
    Optional<Long> network = policy.network(ip);
    Principal principal = gate.principal(peer);
    boolean renewed;
    synchronized (lock) {
      boolean inTime =
          askingPeers.admits(peer, now.perPeer(), nowNanos)
              && askingSources.admits(SourcePrefix.of(ip), now.perSource(), nowNanos);
      if (!inTime) return CircuitStatus.RESOURCE_LIMIT_EXCEEDED;
      if (!serving) return CircuitStatus.PERMISSION_DENIED;
      places.stale(peer, nowNanos).ifPresent(this::forget);
      renewed = places.get(peer, nowNanos).isPresent();
      long number = ++lastNumber;
      Places.Place place =
          new Places.Place(
              peer,
              principal,
              number,
              expires(limits),
              nowNanos + limits.reservationTtl().toNanos(),
              ip,
              network);
      if (!put(place, now, nowNanos)) return CircuitStatus.RESERVATION_REFUSED;
      host.keeper().tag(peer, TAG_PLACE, TAG_PLACE_VALUE);
      meters.place(renewed ? RelayMeters.Change.RENEWED : RelayMeters.Change.OPENED);
      timers.arm(peer, from.wire().loop(), limits.reservationTtl(), () -> lapse(peer, number));
    }
    // Whoever only prolongs its place is followed already, over whichever connection.
    if (!renewed) endsWith(peer, from);
    // Its right may have ended before it was in the table that a revocation looks at.
    if (!allowed(principal)) {
      evict(peer);
      return CircuitStatus.PERMISSION_DENIED;
    }
    return CircuitStatus.OK;
  }

  /** Under the lock. */
  private boolean put(Places.Place place, RelayServiceSettings now, long nowNanos) {
    if (places.put(place, now).isEmpty()) return true;
    // Those whose time is over and that nobody has swept out yet are no reason to refuse.
    places.stale(nowNanos).forEach(this::forget);
    return places.put(place, now).isEmpty();
  }

  private Instant expires(ClassLimits limits) {
    return Instant.ofEpochSecond(
        clock.wall().getEpochSecond() + limits.reservationTtl().toSeconds());
  }

  private void lapse(PeerId peer, long number) {
    synchronized (lock) {
      if (!places.remove(peer, number)) return;
      timers.disarm(peer);
      host.keeper().untag(peer, TAG_PLACE);
      meters.place(RelayMeters.Change.CLOSED);
    }
  }

  /** Under the lock. */
  private void forget(Places.Place place) {
    lapse(place.peer(), place.number());
  }

  /** A place is kept while there is a connection of its peer's own. */
  private void endsWith(PeerId peer, Connection connection) {
    connection
        .closed()
        .whenComplete(
            (_, _) ->
                host.connections(peer).stream()
                    .filter(other -> !other.relayed() && other.wire().isOpen())
                    .findFirst()
                    .ifPresentOrElse(other -> endsWith(peer, other), () -> evict(peer)));
  }

  private HopMessage.Status granted(PeerId peer, ClassLimits limits) {
    Instant expires = expires(limits);
    List<byte[]> addresses =
        host.addresses().stream()
            .filter(address -> AddressScope.of(address) == AddressScope.PUBLIC)
            .filter(address -> !address.relayed())
            .filter(address -> address.peerId().map(host.id()::equals).orElse(true))
            .limit(ADDRESSES_MAX)
            .map(address -> address.withPeer(host.id()))
            .map(Multiaddr::toBytes)
            .toList();
    byte[] voucher = new Voucher(host.id(), peer, expires).seal(identity);
    return new HopMessage.Status(
        CircuitStatus.OK.code(),
        Optional.of(
            new ReservationMessage(expires.getEpochSecond(), addresses, Optional.of(voucher))),
        message(limits.circuit()));
  }

  /** A limit as messages say it; empty where nothing is bounded. */
  static Optional<LimitMessage> message(CircuitLimit limit) {
    if (!limit.bounds()) return Optional.empty();
    return Optional.of(
        new LimitMessage(
            limit.duration().map(Duration::toSeconds).orElse(0L), limit.bytes().orElse(0L)));
  }

  private void connect(MessageStream stream, Connection from, HopMessage.Connect asked) {
    CircuitStatus obstacle = obstacle(from);
    if (obstacle == CircuitStatus.OK) {
      try {
        PeerId target = PeerId.of(asked.peer().id());
        obstacle = obstacle(from, target);
        if (obstacle == CircuitStatus.OK) {
          connecting.connect(stream, from, target);
          return;
        }
      } catch (MalformedException _) {
        obstacle = CircuitStatus.MALFORMED_MESSAGE;
      }
    }
    meters.answered(false, obstacle);
    refuse(stream, obstacle);
  }

  /** What stands against a circuit for this peer, whomever it wants; {@code OK} for nothing. */
  private CircuitStatus obstacle(Connection from) {
    if (!serving()) return CircuitStatus.PERMISSION_DENIED;
    if (connecting.full()) return CircuitStatus.RESOURCE_LIMIT_EXCEEDED;
    return from.relayed() ? CircuitStatus.PERMISSION_DENIED : CircuitStatus.OK;
  }

  private CircuitStatus obstacle(Connection from, PeerId target) {
    Optional<InetAddress> ip = address(from);
    if (ip.isEmpty()) return CircuitStatus.PERMISSION_DENIED;
    long nowNanos = clock.nanos();
    if (!connecting.asks(from.remote(), ip.get(), nowNanos)) {
      return CircuitStatus.RESOURCE_LIMIT_EXCEEDED;
    }
    if (!connecting.allowed(from, target)) return CircuitStatus.PERMISSION_DENIED;
    synchronized (lock) {
      return places.get(target, nowNanos).isPresent()
          ? CircuitStatus.OK
          : CircuitStatus.NO_RESERVATION;
    }
  }

  private static Optional<InetAddress> address(Connection connection) {
    return connection.wire().channel().remoteAddress() instanceof InetSocketAddress from
        ? Optional.ofNullable(from.getAddress())
        : Optional.empty();
  }
}
