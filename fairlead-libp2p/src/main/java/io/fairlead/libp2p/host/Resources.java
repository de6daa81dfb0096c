package io.fairlead.libp2p.host;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.mux.WindowBudget;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Counts connections and streams, of all peers, of each peer, and of each protocol, and refuses
 * what is above a bound; bounds the memory of receive windows, of all peers and of each. Every path
 * in and out asks here. Any thread.
 *
 * <p>New settings hold for what is asked for from then on; what was granted stays.
 */
public final class Resources {
  /** Whose bound refused; a label of meters. */
  public enum Scope {
    SYSTEM,
    PEER,
    PROTOCOL,
    PROTOCOL_OF_PEER,
    CONNECTION
  }

  private final WindowBudget windows;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as all below. */
  private ResourceSettings settings;

  private final Tally system = new Tally();
  private final Map<PeerId, Tally> peers = new HashMap<>();
  private final Map<String, Tally> protocols = new HashMap<>();
  private final Map<Scope, Counter> refused = new EnumMap<>(Scope.class);
  private final Counter connectionsOver;
  private final Counter streamsOver;

  private static final class Tally {
    int in;
    int out;
    int streams;

    int connections() {
      return in + out;
    }

    boolean empty() {
      return in + out + streams == 0;
    }
  }

  public Resources(ResourceSettings settings, Meters meters) {
    this.settings = settings;
    this.windows = new WindowBudget(settings.memory().system(), settings.memory().peer());
    windows.observe(meters);
    connectionsOver = rejections(meters, "relay_connections");
    streamsOver = rejections(meters, "relay_streams");
    for (Scope scope : Scope.values()) {
      refused.put(
          scope,
          meters.counter(
              "libp2p.refused",
              "Connections and streams refused by a bound, by whose it is.",
              "scope",
              scope.name().toLowerCase(Locale.ROOT)));
    }
  }

  private static Counter rejections(Meters meters, String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }

  /** Memory of receive windows. */
  public WindowBudget windows() {
    return windows;
  }

  /** Other bounds from now on. */
  public void settings(ResourceSettings next) {
    windows.limit(next.memory().system(), next.memory().peer());
    synchronized (lock) {
      settings = next;
    }
  }

  /** Room for one connection to a peer; empty where there is none. */
  public Optional<ConnectionGrant> connection(PeerId peer, boolean inbound) {
    synchronized (lock) {
      if (!fits(system, settings.system(), inbound)) return refuse(Scope.SYSTEM, connectionsOver);
      Tally own = peers.get(peer);
      if (own == null) own = new Tally();
      if (!fits(own, settings.peer(), inbound)) return refuse(Scope.PEER, connectionsOver);
      peers.put(peer, own);
      if (inbound) {
        system.in++;
        own.in++;
      } else {
        system.out++;
        own.out++;
      }
      return Optional.of(new ConnectionGrant(peer, inbound));
    }
  }

  /** Whether there is room for one more connection to a peer now; where not, that is counted. */
  public boolean admits(PeerId peer, boolean inbound) {
    Optional<ConnectionGrant> taken = connection(peer, inbound);
    taken.ifPresent(ConnectionGrant::close);
    return taken.isPresent();
  }

  private static boolean fits(Tally tally, ResourceSettings.Share share, boolean inbound) {
    boolean direction =
        inbound
            ? share.connectionsIn().admits(tally.in + 1)
            : share.connectionsOut().admits(tally.out + 1);
    return direction && share.connections().admits(tally.connections() + 1);
  }

  private <T> Optional<T> refuse(Scope scope, Counter over) {
    over.increment();
    Counter counter = refused.get(scope);
    if (counter != null) counter.increment();
    return Optional.empty();
  }

  /** Streams open now. */
  public int streams() {
    synchronized (lock) {
      return system.streams;
    }
  }

  /** Connections open now. */
  public int connections() {
    synchronized (lock) {
      return system.connections();
    }
  }

  /** What one connection took. */
  public final class ConnectionGrant {
    private final PeerId peer;
    private final boolean inbound;

    private int streams; // guarded by the lock
    private boolean closed; // guarded by the lock

    private ConnectionGrant(PeerId peer, boolean inbound) {
      this.peer = peer;
      this.inbound = inbound;
    }

    /** Room for one stream; empty where there is none. */
    public Optional<StreamGrant> stream(String protocol) {
      return stream(protocol, Limit.OFF);
    }

    /**
     * Room for one stream.
     *
     * @param ofPeer a bound of streams of this protocol with this peer, besides that of the
     *     settings
     */
    public Optional<StreamGrant> stream(String protocol, Limit ofPeer) {
      synchronized (lock) {
        Tally own = peers.get(peer);
        if (closed || own == null) return Optional.empty();
        Tally all = protocols.computeIfAbsent(protocol, _ -> new Tally());
        Tally both = protocols.computeIfAbsent(peer + protocol, _ -> new Tally());
        Optional<Scope> full = full(own, all, both, ofPeer);
        if (full.isPresent()) {
          forgetEmpty(protocol);
          return refuse(full.get(), streamsOver);
        }
        system.streams++;
        own.streams++;
        all.streams++;
        both.streams++;
        streams++;
        return Optional.of(new StreamGrant(this, protocol));
      }
    }

    private Optional<Scope> full(Tally own, Tally all, Tally both, Limit ofPeer) {
      if (!settings.system().streams().admits(system.streams + 1)) {
        return Optional.of(Scope.SYSTEM);
      }
      if (!settings.peer().streams().admits(own.streams + 1)) return Optional.of(Scope.PEER);
      if (!settings.connection().admits(streams + 1)) return Optional.of(Scope.CONNECTION);
      if (!settings.protocol().admits(all.streams + 1)) return Optional.of(Scope.PROTOCOL);
      boolean fits =
          settings.protocolOfPeer().admits(both.streams + 1) && ofPeer.admits(both.streams + 1);
      return fits ? Optional.empty() : Optional.of(Scope.PROTOCOL_OF_PEER);
    }

    private void give(String protocol) {
      Tally own = peers.get(peer);
      Tally all = protocols.get(protocol);
      Tally both = protocols.get(peer + protocol);
      if (own == null || all == null || both == null) {
        throw new IllegalStateException("a stream of " + protocol + " was never counted");
      }
      system.streams--;
      own.streams--;
      all.streams--;
      both.streams--;
      streams--;
      forgetEmpty(protocol);
      if (own.empty()) peers.remove(peer);
    }

    private void forgetEmpty(String protocol) {
      for (String key : new String[] {protocol, peer + protocol}) {
        Tally tally = protocols.get(key);
        if (tally != null && tally.empty()) protocols.remove(key);
      }
    }

    /** The connection is over; its streams give back by themselves. Idempotent. */
    public void close() {
      synchronized (lock) {
        if (closed) return;
        closed = true;
        Tally own = peers.get(peer);
        if (own == null) throw new IllegalStateException("a connection was never counted");
        if (inbound) {
          system.in--;
          own.in--;
        } else {
          system.out--;
          own.out--;
        }
        if (own.empty()) peers.remove(peer);
      }
    }
  }

  /** What one stream took. */
  public final class StreamGrant {
    private final ConnectionGrant connection;
    private final String protocol;
    private boolean closed; // guarded by the lock

    private StreamGrant(ConnectionGrant connection, String protocol) {
      this.connection = connection;
      this.protocol = protocol;
    }

    /** The stream is over. Idempotent. */
    public void close() {
      synchronized (lock) {
        if (closed) return;
        closed = true;
        connection.give(protocol);
      }
    }
  }
}
