package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.FinderSettings.BackoffPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Peers that failed and are left alone for a while, at most 1,024; of more, the one that has waited
 * longest is forgotten. Of the finder's owner.
 */
final class Backoffs {
  private static final int PEERS_MAX = 1024;
  private static final Duration FULL = Duration.ofMinutes(10);
  private static final Duration BROKEN = Duration.ofMinutes(1);
  private static final Duration UNREACHED = Duration.ofSeconds(30);
  private static final Duration UNREACHED_MAX = Duration.ofMinutes(10);

  private final Map<PeerId, Entry> byPeer = new LinkedHashMap<>();

  /**
   * One of them.
   *
   * @param denied whether it is not allowed there, which a change of the list may change
   */
  record Entry(PeerId peer, long untilNanos, String reason, boolean denied) {}

  /**
   * How long a peer is left alone.
   *
   * @param failures in a row, this one included
   */
  static Duration of(ReserveResult why, int failures, FinderSettings settings) {
    if (settings.backoffPolicy() == BackoffPolicy.FIXED) {
      return why == ReserveResult.NOT_CONNECTED ? Duration.ZERO : settings.backoff();
    }
    return switch (why) {
      case RESERVATION_REFUSED, RESOURCE_LIMIT_EXCEEDED ->
          doubled(FULL, failures, settings.backoff());
      case PERMISSION_DENIED -> settings.backoff();
      case CONNECTION_FAILED, MALFORMED_MESSAGE, OTHER ->
          doubled(BROKEN, failures, settings.backoff());
      case NOT_CONNECTED -> doubled(UNREACHED, failures, UNREACHED_MAX);
      case SUCCESS -> Duration.ZERO;
    };
  }

  private static Duration doubled(Duration first, int failures, Duration max) {
    Duration grown = first.multipliedBy(1L << Math.min(20, Math.max(0, failures - 1)));
    return grown.compareTo(max) > 0 ? max : grown;
  }

  /** Leaves a peer alone; nothing for a time of zero. */
  void add(PeerId peer, long nowNanos, Duration time, String reason, boolean denied) {
    if (time.isZero()) return;
    byPeer.remove(peer);
    if (byPeer.size() == PEERS_MAX) {
      Iterator<Entry> oldest = byPeer.values().iterator();
      oldest.next();
      oldest.remove();
    }
    byPeer.put(peer, new Entry(peer, nowNanos + time.toNanos(), reason, denied));
  }

  boolean contains(PeerId peer) {
    return byPeer.containsKey(peer);
  }

  void remove(PeerId peer) {
    byPeer.remove(peer);
  }

  void clear(Optional<PeerId> peer) {
    if (peer.isPresent()) byPeer.remove(peer.get());
    else byPeer.clear();
  }

  void clearDenied() {
    byPeer.values().removeIf(Entry::denied);
  }

  void dropOver(long nowNanos) {
    byPeer.values().removeIf(each -> nowNanos - each.untilNanos() > 0);
  }

  OptionalLong nextEnd(long nowNanos) {
    return byPeer.values().stream().mapToLong(each -> each.untilNanos() - nowNanos).min().stream()
        .map(left -> nowNanos + left)
        .findFirst();
  }

  List<Entry> all() {
    return new ArrayList<>(byPeer.values());
  }
}
