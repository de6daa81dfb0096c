package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How peers did as relays: round trips, grants and refusals, which fade with a half-life of 24 h,
 * and the bounds they gave last. Of at most 1,024 peers, the least recently touched leave first.
 * What is remembered of an earlier run goes on as if there had been none between. Of the finder's
 * owner.
 */
final class RelayHistory {
  private static final int PEERS_MAX = 1024;
  private static final double HALF_LIFE_NANOS = Duration.ofHours(24).toNanos();
  private static final long ROUND_TRIP_LIFE_NANOS = Duration.ofHours(24).toNanos();
  private static final long REFUSAL_LIFE_NANOS = Duration.ofHours(1).toNanos();
  private static final int REFUSALS_MAX = 8;
  private static final double NEWEST_WEIGHT = 0.3;

  private static final Duration REMEMBERED = Duration.ofDays(7);

  private long changes;
  private final Map<PeerId, Account> byPeer = new LinkedHashMap<>(64, 0.75f, true);

  private static final class Account {
    double roundTripNanos;
    long roundTripAtNanos;
    boolean measured;
    double attempts;
    double grants;
    long fadedAtNanos;
    int failures;
    int unsteady;
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
    changes++;
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
    changes++;
    account.attempts++;
    account.grants++;
    account.failures = 0;
    account.limit = limit;
  }

  /** Counts a failure; how many in a row that makes. */
  int failed(PeerId peer, ReserveResult why, long nowNanos) {
    Account account = account(peer, nowNanos);
    changes++;
    account.attempts++;
    if (why.full()) {
      if (account.refusedAtNanos.size() == REFUSALS_MAX) account.refusedAtNanos.removeFirst();
      account.refusedAtNanos.addLast(nowNanos);
    }
    return ++account.failures;
  }

  /** It came back and went at once; how many times that makes since it was steady. */
  int unsteady(PeerId peer, long nowNanos) {
    Account account = account(peer, nowNanos);
    changes++;
    account.attempts++;
    return ++account.unsteady;
  }

  /** It kept its place until that was prolonged. */
  void steady(PeerId peer) {
    Account account = byPeer.get(peer);
    if (account != null) account.unsteady = 0;
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

  /** Grows whenever something is learned. */
  long changes() {
    return changes;
  }

  /** What is to be known after a restart, the least recently touched first. */
  List<Remembered> remembered(long nowNanos, Instant wall) {
    List<Remembered> all = new ArrayList<>(byPeer.size());
    byPeer.forEach(
        (peer, account) ->
            all.add(
                new Remembered(
                    peer,
                    account.measured
                        ? Optional.of(
                            new Remembered.Trip(
                                Duration.ofNanos((long) account.roundTripNanos),
                                wall.minusNanos(nowNanos - account.roundTripAtNanos)))
                        : Optional.empty(),
                    account.attempts,
                    account.grants,
                    wall.minusNanos(nowNanos - account.fadedAtNanos),
                    account.refusedAtNanos.stream()
                        .map(at -> wall.minusNanos(nowNanos - at))
                        .toList(),
                    Optional.ofNullable(account.limit))));
    return all;
  }

  /** Takes what an earlier run knew, but of the last days only. */
  void restore(List<Remembered> all, long nowNanos, Instant wall) {
    for (Remembered each : all) {
      if (Duration.between(each.fadedAt(), wall).compareTo(REMEMBERED) > 0) continue;
      Account account = account(each.peer(), nowNanos);
      account.fadedAtNanos = nanos(each.fadedAt(), nowNanos, wall);
      account.attempts = each.attempts();
      account.grants = each.grants();
      account.limit = each.limit().orElse(null);
      each.refusedAt().stream()
          .limit(REFUSALS_MAX)
          .forEach(at -> account.refusedAtNanos.addLast(nanos(at, nowNanos, wall)));
      each.trip()
          .ifPresent(
              trip -> {
                account.roundTripNanos = trip.time().toNanos();
                account.roundTripAtNanos = nanos(trip.at(), nowNanos, wall);
                account.measured = true;
              });
    }
  }

  /** A clock that went back makes nothing younger than it can be. */
  private static long nanos(Instant at, long nowNanos, Instant wall) {
    return nowNanos - Math.max(0, Duration.between(at, wall).toNanos());
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
