package io.fairlead.libp2p.host;

import io.fairlead.core.access.EntryId;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The connections there are, by peer and by registry entry. Bounded by what {@link Resources}
 * grants. Any thread.
 */
final class Connections {
  private final HostEvents events;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as all below. */
  private final Map<PeerId, List<Connection>> byPeer = new HashMap<>();

  private final Map<EntryId, Set<Connection>> byEntry = new HashMap<>();
  private final Map<PeerConnection, Connection> byWire = new HashMap<>();
  private boolean closed;

  Connections(HostEvents events) {
    this.events = events;
  }

  /** Adds one; false when no more are taken. */
  boolean add(Connection connection) {
    synchronized (lock) {
      if (closed) return false;
      Connectedness before = state(connection.remote());
      byPeer.computeIfAbsent(connection.remote(), _ -> new ArrayList<>()).add(connection);
      byWire.put(connection.wire(), connection);
      connection
          .principal()
          .entry()
          .ifPresent(
              entry -> byEntry.computeIfAbsent(entry, _ -> new LinkedHashSet<>()).add(connection));
      tell(connection.remote(), before);
      return true;
    }
  }

  /** Removes one; whether it was the peer's last. */
  boolean remove(Connection connection) {
    synchronized (lock) {
      List<Connection> own = byPeer.get(connection.remote());
      if (own == null || !own.contains(connection)) return false;
      Connectedness before = state(connection.remote());
      own.remove(connection);
      if (own.isEmpty()) byPeer.remove(connection.remote());
      byWire.remove(connection.wire());
      connection.principal().entry().ifPresent(entry -> unbind(entry, connection));
      tell(connection.remote(), before);
      return own.isEmpty();
    }
  }

  private void unbind(EntryId entry, Connection connection) {
    Set<Connection> bound = byEntry.get(entry);
    if (bound == null) return;
    bound.remove(connection);
    if (bound.isEmpty()) byEntry.remove(entry);
  }

  private void tell(PeerId peer, Connectedness before) {
    Connectedness now = state(peer);
    if (now != before) events.emit(new HostEvent.PeerConnectednessChanged(peer, now));
  }

  Connectedness state(PeerId peer) {
    synchronized (lock) {
      List<Connection> own = byPeer.get(peer);
      if (own == null) return Connectedness.NOT_CONNECTED;
      boolean direct = own.stream().anyMatch(connection -> !connection.limited());
      return direct ? Connectedness.CONNECTED : Connectedness.LIMITED;
    }
  }

  /**
   * The connection to use: a direct one, else one through a relay that bounds nothing, else a
   * limited one; the oldest of them.
   */
  Optional<Connection> best(PeerId peer) {
    synchronized (lock) {
      return byPeer.getOrDefault(peer, List.of()).stream()
          .filter(connection -> connection.wire().isOpen())
          .min(Comparator.comparing(Connection::limited).thenComparing(Connection::relayed));
    }
  }

  Optional<Connection> of(PeerConnection wire) {
    synchronized (lock) {
      return Optional.ofNullable(byWire.get(wire));
    }
  }

  List<Connection> of(PeerId peer) {
    synchronized (lock) {
      return List.copyOf(byPeer.getOrDefault(peer, List.of()));
    }
  }

  List<Connection> all() {
    synchronized (lock) {
      return List.copyOf(byWire.values());
    }
  }

  Set<Connection> of(Set<EntryId> entries) {
    synchronized (lock) {
      Set<Connection> bound = new HashSet<>();
      for (EntryId entry : entries) bound.addAll(byEntry.getOrDefault(entry, Set.of()));
      return bound;
    }
  }

  /** Takes no more; those there are stay until they are closed. */
  void close() {
    synchronized (lock) {
      closed = true;
    }
  }
}
