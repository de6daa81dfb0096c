package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How peers did as relays: round trips, grants and refusals, which fade with a half-life of 24 h,
 * and the bounds they gave last. Of at most 1,024 peers, the least recently touched leave first. Of
 * the finder's owner.
 */
final class RelayHistory {
  private static final int PEERS_MAX = 1024;
  private static final double HALF_LIFE_NANOS = Duration.ofHours(24).toNanos();
  private static final long ROUND_TRIP_LIFE_NANOS = Duration.ofHours(24).toNanos();
  private static final long REFUSAL_LIFE_NANOS = Duration.ofHours(1).toNanos();
  private static final int REFUSALS_MAX = 8;
  private static final double NEWEST_WEIGHT = 0.3;

  private final Map<PeerId, Account> byPeer = new LinkedHashMap<>(64, 0.75f, true);

  private static final class Account {
    double roundTripNanos;
    long roundTripAtNanos;
    boolean measured;
    double attempts;
    double grants;
    long fadedAtNanos;
    int failures;
    final Deque<Long> refusedAtNanos = new ArrayDeque<>();
    @Nullable CircuitLimit limit;

    Account(long nowNanos) {
      this.fadedAtNanos = nowNanos;
    }

    void fade(long nowNanos) {
      double left = Math.pow(0.5, (nowNanos - fadedAtNanos) / HALF_LIFE_NANOS);
      attempts *= left;
      grants *= left;
      fadedAtNanos = nowNanos;
      while (!refusedAtNanos.isEmpty()
          && nowNanos - refusedAtNanos.getFirst() > REFUSAL_LIFE_NANOS) {
        refusedAtNanos.removeFirst();
      }
    }
  }

  /**
   * How one peer did.
   *
   * @param refusals for lack of room in the last hour
   * @param limit the bounds it gave last
   */
  record Record(
      Optional<Duration> roundTrip,
      double attempts,
      double grants,
      int refusals,
      Optional<CircuitLimit> limit) {}

  private static final Record UNKNOWN = new Record(Optional.empty(), 0, 0, 0, Optional.empty());

  void measured(PeerId peer, Duration roundTrip, long nowNanos) {
    Account account = account(peer, nowNanos);
    long nanos = roundTrip.toNanos();
    account.roundTripNanos =
        fresh(account, nowNanos)
            ? account.roundTripNanos * (1 - NEWEST_WEIGHT) + nanos * NEWEST_WEIGHT
            : nanos;
    account.roundTripAtNanos = nowNanos;
    account.measured = true;
  }

  void granted(PeerId peer, CircuitLimit limit, long nowNanos) {
    Account account = account(peer, nowNanos);
    account.attempts++;
    account.grants++;
    account.failures = 0;
    account.limit = limit;
  }

  /** Counts a failure; how many in a row that makes. */
  int failed(PeerId peer, ReserveResult why, long nowNanos) {
    Account account = account(peer, nowNanos);
    account.attempts++;
    if (why.full()) {
      if (account.refusedAtNanos.size() == REFUSALS_MAX) account.refusedAtNanos.removeFirst();
      account.refusedAtNanos.addLast(nowNanos);
    }
    return ++account.failures;
  }

  Record of(PeerId peer, long nowNanos) {
    Account account = byPeer.get(peer);
    if (account == null) return UNKNOWN;
    account.fade(nowNanos);
    return new Record(
        fresh(account, nowNanos)
            ? Optional.of(Duration.ofNanos((long) account.roundTripNanos))
            : Optional.empty(),
        account.attempts,
        account.grants,
        account.refusedAtNanos.size(),
        Optional.ofNullable(account.limit));
  }

  private static boolean fresh(Account account, long nowNanos) {
    return account.measured && nowNanos - account.roundTripAtNanos <= ROUND_TRIP_LIFE_NANOS;
  }

  private Account account(PeerId peer, long nowNanos) {
    Account known = byPeer.get(peer);
    if (known != null) {
      known.fade(nowNanos);
      return known;
    }
    if (byPeer.size() == PEERS_MAX) byPeer.remove(byPeer.keySet().iterator().next());
    Account fresh = new Account(nowNanos);
    byPeer.put(peer, fresh);
    return fresh;
  }
}
