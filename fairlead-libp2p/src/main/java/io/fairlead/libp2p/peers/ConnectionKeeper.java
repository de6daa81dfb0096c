package io.fairlead.libp2p.peers;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.key.PeerId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * Knows what connections are worth and picks those that go when there are too many. It closes
 * nothing itself. Any thread.
 *
 * <p>A peer's worth is the sum of its tags. Peers that something protects, and those new enough to
 * be in their time of grace, stay. Peers with tags and no connection are remembered up to 4,096;
 * the oldest leave first.
 */
public final class ConnectionKeeper {
  /**
   * When to act.
   *
   * @param low connections that are left after a trim
   * @param high connections above which there is a trim
   * @param grace how long a new peer is left alone
   * @param silence least time between two trims
   */
  public record Marks(int low, int high, Duration grace, Duration silence) {
    public static final Marks DEFAULTS =
        new Marks(160, 192, Duration.ofSeconds(60), Duration.ofSeconds(10));

    public Marks {
      if (low < 0 || high < low) {
        throw new IllegalArgumentException(
            "marks: " + low + ", " + high + " (expected: low <= high)");
      }
      if (grace.isNegative() || silence.isNegative()) {
        throw new IllegalArgumentException(
            "marks: " + grace + ", " + silence + " (expected: >= 0)");
      }
    }
  }

  /**
   * How a tag loses its value by itself.
   *
   * @param interval between two steps
   * @param step the next value; zero or less removes the tag
   */
  public record Decay(Duration interval, IntUnaryOperator step) {
    public Decay {
      if (!interval.isPositive()) {
        throw new IllegalArgumentException("interval: " + interval + " (expected: > 0)");
      }
    }
  }

  private static final int UNCONNECTED_MAX = 4096;
  private static final int TAGS_MAX = 64;

  private final Clock clock;
  private final Object lock = new Object();

  /** In the order in which peers were first seen; guarded by {@code lock}, as all below. */
  private final LinkedHashMap<PeerId, Peer> peers = new LinkedHashMap<>();

  private Marks marks;
  private int connections;
  private int unconnected;
  private long trimmedAtNanos;
  private boolean trimmedBefore;

  private static final class Tag {
    int value;
    long decayedAtNanos;
    final Decay decay;

    Tag(int value, long nowNanos, Decay decay) {
      this.value = value;
      this.decayedAtNanos = nowNanos;
      this.decay = decay;
    }
  }

  private static final Decay NEVER = new Decay(Duration.ofDays(36_500), value -> value);

  private static final class Peer {
    final long firstSeenNanos;
    final Map<String, Tag> tags = new HashMap<>();
    final Set<String> protections = new HashSet<>();
    final Set<KeptConnection> connections = new LinkedHashSet<>();

    Peer(long nowNanos) {
      this.firstSeenNanos = nowNanos;
    }

    int worth(long nowNanos) {
      int sum = 0;
      Iterator<Tag> each = tags.values().iterator();
      while (each.hasNext()) {
        Tag tag = each.next();
        long interval = tag.decay.interval().toNanos();
        while (tag.value > 0 && nowNanos - tag.decayedAtNanos >= interval) {
          tag.value = tag.decay.step().applyAsInt(tag.value);
          tag.decayedAtNanos += interval;
          if (tag.value <= 0) each.remove();
        }
        sum += Math.max(0, tag.value);
      }
      return sum;
    }

    int streams() {
      int sum = 0;
      for (KeptConnection connection : connections) sum += connection.streams();
      return sum;
    }

    boolean allInbound() {
      return connections.stream().allMatch(KeptConnection::inbound);
    }
  }

  public ConnectionKeeper(Marks marks, Clock clock) {
    this.marks = marks;
    this.clock = clock;
  }

  /** Other marks from now on. */
  public void marks(Marks next) {
    synchronized (lock) {
      marks = next;
    }
  }

  /** Sets a tag, not negative; a peer has at most 64 tags, and more are not taken. */
  public void tag(PeerId peer, String name, int value) {
    upsertTag(peer, name, _ -> value);
  }

  /** Changes a tag, which is 0 where there is none. */
  public void upsertTag(PeerId peer, String name, IntUnaryOperator change) {
    upsert(peer, name, change, NEVER);
  }

  /** Changes a tag that loses its value by itself. */
  public void upsertTag(PeerId peer, String name, IntUnaryOperator change, Decay decay) {
    upsert(peer, name, change, decay);
  }

  private void upsert(PeerId id, String name, IntUnaryOperator change, Decay decay) {
    synchronized (lock) {
      long now = clock.nanos();
      Peer peer = known(id, now);
      peer.worth(now); // what has decayed by now counts as it is
      Tag tag = peer.tags.get(name);
      int value = change.applyAsInt(tag == null ? 0 : tag.value);
      if (tag != null) tag.value = value;
      else if (peer.tags.size() < TAGS_MAX) peer.tags.put(name, new Tag(value, now, decay));
    }
  }

  public void untag(PeerId peer, String name) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      if (known == null) return;
      known.tags.remove(name);
      forgetEmpty(peer, known);
    }
  }

  /** The sum of the peer's tags. */
  public int worth(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      return known == null ? 0 : known.worth(clock.nanos());
    }
  }

  /** The peer's connections stay, until every name that protects it is taken back. */
  public void protect(PeerId peer, String name) {
    synchronized (lock) {
      known(peer, clock.nanos()).protections.add(name);
    }
  }

  /**
   * Takes one name back.
   *
   * @return whether others still protect the peer
   */
  public boolean unprotect(PeerId peer, String name) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      if (known == null) return false;
      known.protections.remove(name);
      boolean left = !known.protections.isEmpty();
      forgetEmpty(peer, known);
      return left;
    }
  }

  public boolean isProtected(PeerId peer) {
    synchronized (lock) {
      Peer known = peers.get(peer);
      return known != null && !known.protections.isEmpty();
    }
  }

  /** A connection is there. */
  public void opened(KeptConnection connection) {
    synchronized (lock) {
      Peer peer = known(connection.remote(), clock.nanos());
      boolean first = peer.connections.isEmpty();
      if (!peer.connections.add(connection)) return;
      connections++;
      if (first) unconnected--;
    }
  }

  /** A connection is gone; tags and protections stay. */
  public void closed(KeptConnection connection) {
    synchronized (lock) {
      Peer peer = peers.get(connection.remote());
      if (peer == null || !peer.connections.remove(connection)) return;
      connections--;
      if (peer.connections.isEmpty()) {
        unconnected++;
        forgetEmpty(connection.remote(), peer);
      }
    }
  }

  /** Connections there are. */
  public int connections() {
    synchronized (lock) {
      return connections;
    }
  }

  /**
   * The connections to close now, so that no more than the low mark are left: of the peers worth
   * least first, and of those of equal worth the ones without streams, then those that dialled us,
   * then those with fewer streams. Nothing while there are no more than the high mark, or within
   * the silence after the last trim.
   */
  public List<KeptConnection> trim() {
    synchronized (lock) {
      long now = clock.nanos();
      if (connections <= marks.high()) return List.of();
      boolean silent = trimmedBefore && now - trimmedAtNanos < marks.silence().toNanos();
      if (silent) return List.of();
      trimmedBefore = true;
      trimmedAtNanos = now;
      forgetUnconnected(now);
      return pick(
          connections - marks.low(),
          now,
          marks.grace(),
          Comparator.<Judged>comparingInt(Judged::worth)
              .thenComparing(judged -> judged.streams() > 0)
              .thenComparing(judged -> !judged.inbound())
              .thenComparingInt(Judged::streams));
    }
  }

  /**
   * The connections to close when memory runs out: down to the low mark at any time, without regard
   * to grace, and of peers of equal worth those with more streams first.
   */
  public List<KeptConnection> trimForMemory() {
    synchronized (lock) {
      long now = clock.nanos();
      return pick(
          connections - marks.low(),
          now,
          Duration.ZERO,
          Comparator.<Judged>comparingInt(Judged::worth)
              .thenComparing(Comparator.comparingInt(Judged::streams).reversed()));
    }
  }

  private record Judged(Peer peer, int worth, int streams, boolean inbound) {}

  private List<KeptConnection> pick(int count, long now, Duration grace, Comparator<Judged> order) {
    List<Judged> judged = new ArrayList<>();
    for (Peer peer : peers.values()) {
      boolean stays =
          peer.connections.isEmpty()
              || !peer.protections.isEmpty()
              || now - peer.firstSeenNanos < grace.toNanos();
      if (stays) continue;
      judged.add(new Judged(peer, peer.worth(now), peer.streams(), peer.allInbound()));
    }
    judged.sort(order);
    List<KeptConnection> picked = new ArrayList<>();
    for (Judged next : judged) {
      if (picked.size() >= count) break;
      picked.addAll(next.peer().connections);
    }
    return picked;
  }

  private Peer known(PeerId id, long now) {
    Peer known = peers.get(id);
    if (known != null) return known;
    if (unconnected >= UNCONNECTED_MAX) forgetOldestUnconnected();
    Peer fresh = new Peer(now);
    peers.put(id, fresh);
    unconnected++;
    return fresh;
  }

  private void forgetEmpty(PeerId id, Peer peer) {
    if (!peer.connections.isEmpty() || !peer.tags.isEmpty() || !peer.protections.isEmpty()) return;
    peers.remove(id);
    unconnected--;
  }

  private void forgetOldestUnconnected() {
    Iterator<Peer> oldest = peers.values().iterator();
    while (oldest.hasNext()) {
      if (!oldest.next().connections.isEmpty()) continue;
      oldest.remove();
      unconnected--;
      return;
    }
  }

  /** Tags of peers that never came, past their grace. */
  private void forgetUnconnected(long now) {
    peers
        .values()
        .removeIf(
            peer -> {
              boolean old = now - peer.firstSeenNanos >= marks.grace().toNanos();
              boolean gone = old && peer.connections.isEmpty() && peer.protections.isEmpty();
              if (gone) unconnected--;
              return gone;
            });
  }
}
