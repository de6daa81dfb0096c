package io.fairlead.relay.reachability;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.codec.AutoNat2Message;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks peers about each address of this node (AutoNAT v2), five questions at once, and tells the
 * host's listeners which of them can be reached. Any thread; its timers run on the loop it is
 * given.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v2.md">AutoNAT v2</a>
 */
public final class AddressProber implements AutoCloseable {
  private static final int ADDRESSES_MAX = 50;
  private static final int ADDRESSES_ASKED = 10;
  private static final int PROBES_MAX = 5;
  private static final int ERRORS_MAX = 20;
  private static final Duration SETTLE = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMinutes(5);
  private static final Duration BACKOFF_MIN = Duration.ofSeconds(5);
  private static final Duration BACKOFF_MAX = Duration.ofMinutes(5);

  private final Host host;
  private final ReachabilitySettings settings;
  private final EventLoop loop;
  private final Randomness randomness;
  private final Clock clock;
  private final DialBacks dialBacks = new DialBacks();
  private final Object lock = new Object();

  /** In order; guarded by {@code lock}, as all below. */
  private final Map<Multiaddr, AddressTracker> trackers = new LinkedHashMap<>();

  private final Set<Multiaddr> asking = new HashSet<>();
  private final Askable servers;
  private Duration backoff = BACKOFF_MIN;
  private int probes;
  private int errors;
  private boolean settling;
  private long restsUntilNanos;
  private boolean closed;
  private HostEvent.@Nullable HostReachableAddressesChanged told;
  private @Nullable Future<?> timer;
  private HostEvents.@Nullable Subscription addresses;

  public AddressProber(
      Host host,
      ReachabilitySettings settings,
      EventLoop loop,
      Randomness randomness,
      Clock clock) {
    this.host = host;
    this.settings = settings;
    this.loop = loop;
    this.randomness = randomness;
    this.clock = clock;
    this.restsUntilNanos = clock.nanos();
    this.servers =
        new Askable(
            host, AutoNat2Message.DIAL_REQUEST, settings.addresses(), settings.probePause(), clock);
  }

  /** Begins. */
  public void start() {
    host.handle(AutoNat2Message.DIAL_BACK, HandlerOptions.DEFAULTS, dialBacks::opened);
    synchronized (lock) {
      addresses =
          host.events()
              .subscribe(
                  "autonat2",
                  Set.of(HostEvent.LocalAddressesUpdated.class, HostEvent.PeerIdentified.class),
                  1,
                  this::heard);
      again(SETTLE);
    }
  }

  private void heard(HostEvent event) {
    synchronized (lock) {
      boolean waits =
          event instanceof HostEvent.PeerIdentified identified
              && !identified.protocols().contains(AutoNat2Message.DIAL_REQUEST);
      if (waits || settling) return;
      settling = true; // what comes meanwhile does not put it off
      again(SETTLE);
    }
  }

  /** Asks now about what is due, with everybody who was asked a while ago. */
  public void probeNow() {
    synchronized (lock) {
      again(Duration.ZERO);
    }
  }

  /** What is known of each address now. */
  public Map<Multiaddr, Reachability> verdicts() {
    synchronized (lock) {
      long now = clock.nanos();
      Map<Multiaddr, Reachability> verdicts = new LinkedHashMap<>();
      trackers.forEach((address, tracker) -> verdicts.put(address, tracker.verdict(now)));
      return verdicts;
    }
  }

  /** Under the lock. */
  private void again(Duration after) {
    Future<?> armed = timer;
    if (armed != null) armed.cancel(false);
    if (!closed) timer = loop.schedule(this::look, after.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void look() {
    List<Runnable> questions = new ArrayList<>();
    synchronized (lock) {
      if (closed) return;
      settling = false;
      takeAddresses();
      if (errors >= ERRORS_MAX) { // nobody makes sense: less often
        errors = 0;
        Duration rest = nextBackoff();
        restsUntilNanos = clock.nanos() + rest.toNanos();
        again(rest);
        return;
      }
      boolean anyDue = false;
      while (probes < PROBES_MAX) {
        List<Multiaddr> due = due();
        anyDue = !due.isEmpty();
        if (!anyDue) break;
        Optional<Connection> server = servers.next(randomness.generator());
        if (server.isEmpty()) break;
        questions.add(question(server.get(), due));
      }
      boolean nobody = anyDue && questions.isEmpty() && probes == 0;
      again(nobody ? nextBackoff() : nextLook());
    }
    tell();
    questions.forEach(Runnable::run);
  }

  private Duration nextBackoff() {
    Duration next = backoff;
    Duration doubled = backoff.multipliedBy(2);
    backoff = doubled.compareTo(BACKOFF_MAX) < 0 ? doubled : BACKOFF_MAX;
    return next;
  }

  private Duration nextLook() {
    return settings.refresh().compareTo(LOOK) < 0 ? settings.refresh() : LOOK;
  }

  private void takeAddresses() {
    List<Multiaddr> own =
        host.localAddresses().stream()
            .filter(address -> !address.relayed() && settings.addresses().test(address))
            .limit(ADDRESSES_MAX)
            .toList();
    trackers.keySet().retainAll(Set.copyOf(own));
    for (Multiaddr address : own) trackers.computeIfAbsent(address, _ -> new AddressTracker());
  }

  private List<Multiaddr> due() {
    long now = clock.nanos();
    return trackers.entrySet().stream()
        .filter(each -> !asking.contains(each.getKey()))
        .filter(each -> each.getValue().dueNanos(now) - now <= 0)
        .map(Map.Entry::getKey)
        .limit(ADDRESSES_ASKED)
        .toList();
  }

  private Runnable question(Connection server, List<Multiaddr> due) {
    Multiaddr first = due.getFirst();
    probes++;
    asking.add(first);
    long nonce = ByteBuffer.wrap(randomness.secureBytes(8)).getLong();
    return () ->
        new AddressProbe(host, dialBacks, due, nonce)
            .ask(server)
            .whenComplete(
                (outcome, _) ->
                    ended(first, outcome == null ? new ProbeOutcome.Failed("failed") : outcome));
  }

  private void ended(Multiaddr first, ProbeOutcome outcome) {
    synchronized (lock) {
      probes--;
      asking.remove(first);
      long now = clock.nanos();
      switch (outcome) {
        case ProbeOutcome.Reached(Multiaddr address) -> {
          answered(first, address, now);
          tracker(address, now).reached(now);
        }
        case ProbeOutcome.Missed(Multiaddr address) -> {
          answered(first, address, now);
          tracker(address, now).missed(now);
        }
        case ProbeOutcome.Refused _ -> tracker(first, now).refused(now);
        case ProbeOutcome.Failed _ -> errors++;
      }
      // What was on its way when the rest began does not end it.
      again(Duration.ofNanos(Math.max(0, restsUntilNanos - now)));
    }
    tell();
  }

  /** Who tries another address than the first did not want to try that one. */
  private void answered(Multiaddr first, Multiaddr tried, long now) {
    errors = 0;
    backoff = BACKOFF_MIN;
    if (!tried.equals(first)) tracker(first, now).refused(now);
  }

  private AddressTracker tracker(Multiaddr address, long now) {
    AddressTracker tracker = trackers.get(address);
    if (tracker == null) tracker = new AddressTracker(); // the address is gone
    tracker.asked(now);
    return tracker;
  }

  private void tell() {
    HostEvent.HostReachableAddressesChanged now;
    synchronized (lock) {
      Map<Reachability, List<Multiaddr>> by =
          Map.of(
              Reachability.PUBLIC, new ArrayList<>(),
              Reachability.PRIVATE, new ArrayList<>(),
              Reachability.UNKNOWN, new ArrayList<>());
      verdicts().forEach((address, verdict) -> by.getOrDefault(verdict, List.of()).add(address));
      now =
          new HostEvent.HostReachableAddressesChanged(
              List.copyOf(by.getOrDefault(Reachability.PUBLIC, List.of())),
              List.copyOf(by.getOrDefault(Reachability.PRIVATE, List.of())),
              List.copyOf(by.getOrDefault(Reachability.UNKNOWN, List.of())));
      if (now.equals(told)) return;
      told = now;
    }
    host.events().emit(now);
  }

  @Override
  public void close() {
    host.unhandle(AutoNat2Message.DIAL_BACK);
    HostEvents.@Nullable Subscription events;
    synchronized (lock) {
      closed = true;
      Future<?> armed = timer;
      if (armed != null) armed.cancel(false);
      events = addresses;
    }
    if (events != null) events.close();
  }
}
