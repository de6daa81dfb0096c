package io.fairlead.relay.reachability;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.codec.AutoNatMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.netty.MessageStream;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks peers, one at a time, whether they can dial this node (AutoNAT, first version), and tells
 * the host's listeners when that changes. Any thread; its timers run on the loop it is given.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v1.md">AutoNAT</a>
 */
public final class AutoNatClient implements AutoCloseable {
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(15);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration REFUSED_PAUSE = Duration.ofSeconds(2);
  private static final Duration MET_PAUSE = Duration.ofSeconds(2);
  private static final Duration REFRESH_MAX = Duration.ofHours(24);
  private static final int ADDRESSES_MAX = 16;

  private final Host host;
  private final ReachabilitySettings settings;
  private final EventLoop loop;
  private final Randomness randomness;
  private final Clock clock;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as all below. */
  private final ReachabilityState state = new ReachabilityState();

  private final Askable servers;
  private Set<Multiaddr> tried = Set.of();
  private Duration refresh;
  private boolean closed;
  private boolean asking;
  private boolean booted;
  private boolean soon;
  private @Nullable Future<?> timer;
  private HostEvents.@Nullable Subscription addresses;
  private Optional<Instant> lastProbe = Optional.empty();

  public AutoNatClient(
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
    this.servers =
        new Askable(
            host, AutoNatMessage.PROTOCOL, settings.addresses(), settings.serverPause(), clock);
    this.refresh = settings.refresh();
  }

  /** Begins; where the answer is forced it is told and nobody is asked. */
  public void start() {
    if (settings.forced().isPresent()) {
      host.events().emit(new HostEvent.LocalReachabilityChanged(settings.forced().get()));
      return;
    }
    synchronized (lock) {
      addresses =
          host.events()
              .subscribe(
                  "autonat",
                  Set.of(HostEvent.LocalAddressesUpdated.class, HostEvent.PeerIdentified.class),
                  16,
                  this::told);
      again(settings.bootDelay());
    }
  }

  /** What is known now. */
  public Reachability reachability() {
    synchronized (lock) {
      return settings.forced().orElse(state.reachability());
    }
  }

  /** How sure that is: 0 to 3. */
  public int confidence() {
    synchronized (lock) {
      return state.confidence();
    }
  }

  /** When a peer answered last. */
  public Optional<Instant> lastProbe() {
    synchronized (lock) {
      return lastProbe;
    }
  }

  /** Asks now rather than when it is due. */
  public void probeNow() {
    synchronized (lock) {
      if (settings.forced().isEmpty()) again(Duration.ZERO);
    }
  }

  private void told(HostEvent event) {
    if (event instanceof HostEvent.PeerIdentified(_, _, var protocols)) met(protocols);
    else moved();
  }

  private void moved() {
    synchronized (lock) {
      Set<Multiaddr> now = new HashSet<>(own());
      boolean fresh = !tried.containsAll(now);
      tried = now;
      if (!fresh) return;
      boolean sure = state.sure();
      state.newAddress();
      // The next question may be a day away: it was for somebody who was sure.
      if (sure) again(settings.retry());
    }
  }

  /** While nothing is known nobody waits longer than it takes to meet one who can tell. */
  private void met(Collection<String> protocols) {
    if (!protocols.contains(AutoNatMessage.PROTOCOL)) return;
    synchronized (lock) {
      boolean waits = booted && !soon && !asking && state.reachability() == Reachability.UNKNOWN;
      if (!waits) return;
      soon = true; // others who come meanwhile do not put it off
      again(min(MET_PAUSE, settings.retry()));
    }
  }

  private List<Multiaddr> own() {
    return host.localAddresses().stream()
        .filter(address -> !address.relayed() && settings.addresses().test(address))
        .limit(ADDRESSES_MAX)
        .toList();
  }

  /** Under the lock. */
  private void again(Duration after) {
    Future<?> armed = timer;
    if (armed != null) armed.cancel(false);
    if (!closed) timer = loop.schedule(this::ask, after.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void ask() {
    Optional<Connection> server;
    synchronized (lock) {
      if (closed || asking) return;
      booted = true;
      soon = false;
      server = servers.next(randomness.generator());
      if (server.isEmpty()) {
        again(settings.retry());
        return;
      }
      asking = true;
    }
    Connection to = server.get();
    MessageStream.open(host, to, AutoNatMessage.PROTOCOL, AutoNatMessage.BYTES_MAX, OPEN_TIMEOUT)
        .whenComplete(
            (stream, failure) -> {
              if (failure != null) heard(null);
              else say(stream);
            });
  }

  private void say(MessageStream stream) {
    List<byte[]> at = own().stream().map(Multiaddr::toBytes).toList();
    stream.send(new AutoNatMessage.Dial(new PeerMessage(host.id().toBytes(), at)).toBytes());
    stream
        .next(ANSWER_TIMEOUT)
        .whenComplete(
            (answer, _) -> {
              stream.close();
              heard(answer);
            });
  }

  private void heard(byte @Nullable [] answer) {
    boolean changed = false;
    Reachability now;
    synchronized (lock) {
      asking = false;
      int status = status(answer);
      lastProbe = Optional.of(clock.wall());
      if (status == AutoNatMessage.DIAL_REFUSED) {
        boolean unknown = state.reachability() == Reachability.UNKNOWN;
        again(unknown ? REFUSED_PAUSE : settings.retry());
        return;
      }
      changed =
          state.observed(
              switch (status) {
                case AutoNatMessage.OK -> Reachability.PUBLIC;
                case AutoNatMessage.DIAL_ERROR -> Reachability.PRIVATE;
                default -> Reachability.UNKNOWN;
              });
      now = state.reachability();
      again(state.sure() ? nextRefresh() : settings.retry());
    }
    if (changed) host.events().emit(new HostEvent.LocalReachabilityChanged(now));
  }

  /** While others do dial us there is less and less reason to ask. */
  private Duration nextRefresh() {
    boolean dialled =
        host.connections().stream()
            .anyMatch(
                connection ->
                    connection.inbound()
                        && !connection.relayed()
                        && settings.addresses().test(connection.remoteAddress()));
    Duration next = refresh;
    refresh =
        dialled && state.reachability() == Reachability.PUBLIC
            ? min(refresh.multipliedBy(2), REFRESH_MAX)
            : settings.refresh();
    return next;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }

  private static int status(byte @Nullable [] answer) {
    try {
      if (answer != null
          && AutoNatMessage.read(answer) instanceof AutoNatMessage.DialResponse response) {
        return response.status();
      }
    } catch (MalformedException _) {
      // says nothing, like no answer
    }
    return AutoNatMessage.INTERNAL_ERROR;
  }

  @Override
  public void close() {
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
