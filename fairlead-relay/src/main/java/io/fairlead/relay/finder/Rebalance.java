package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.CandidatePool.Candidate;
import io.fairlead.relay.source.RelayPeer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Looks from time to time whether a candidate is better than the worst relay that is held. One look
 * proves nothing: round trips come and go. Relays that an operator named are never exchanged. Of
 * the finder's owner.
 *
 * <pre>
 * Content   --look: better by AHEAD-->              Doubtful (1)
 * Doubtful  --look: the same two, RUNNING times --> Content  (the candidate is to be reserved on)
 * Doubtful  --look: not better, or another worst--> Content
 * </pre>
 */
final class Rebalance {
  /** By how much of a score a candidate has to be better. */
  static final double AHEAD = 0.25;

  /** In how many looks in a row. */
  static final int RUNNING = 3;

  private final Map<PeerId, Integer> looks = new HashMap<>();
  private @Nullable PeerId worst;
  private long atNanos;

  /**
   * @param nowNanos from when the time to the first look counts
   */
  Rebalance(FinderSettings settings, long nowNanos) {
    this.atNanos = nowNanos + settings.rebalance().toNanos();
  }

  /** Who is to be left once a better one is there. */
  Optional<PeerId> worst() {
    return Optional.ofNullable(worst);
  }

  /** When it looks next. */
  OptionalLong next(FinderSettings settings) {
    return settings.rebalance().isZero() ? OptionalLong.empty() : OptionalLong.of(atNanos);
  }

  /** The time between two looks changed. */
  void tuned(FinderSettings settings, long nowNanos) {
    atNanos = nowNanos + settings.rebalance().toNanos();
  }

  /**
   * Looks, where it is time.
   *
   * @return the candidate to reserve on in place of {@link #worst}
   */
  Optional<PeerId> look(
      FinderSettings settings,
      Collection<HeldRelay> relays,
      Collection<Candidate> candidates,
      Views views,
      Turn turn) {
    if (settings.rebalance().isZero() || !turn.past(atNanos)) return Optional.empty();
    atNanos = turn.now() + settings.rebalance().toNanos();
    if (!(settings.strategy() instanceof ScoredSelection scored)) return Optional.empty();
    Optional<HeldRelay> least =
        relays.stream()
            .filter(held -> !held.lapsing() && !named(held.peer))
            .min(Comparator.comparingDouble(held -> worth(scored, held, relays, views)));
    if (least.isEmpty()) {
      looks.clear();
      worst = null;
      return Optional.empty();
    }
    PeerId before = worst;
    worst = least.get().id();
    if (before == null || !before.equals(worst)) looks.clear();
    return better(scored, least.get(), relays, candidates, views);
  }

  private Optional<PeerId> better(
      ScoredSelection scored,
      HeldRelay least,
      Collection<HeldRelay> relays,
      Collection<Candidate> candidates,
      Views views) {
    double bar = worth(scored, least, relays, views) + AHEAD;
    List<HeldRelay> others = without(least, relays);
    Map<PeerId, Double> ahead = new HashMap<>();
    for (Candidate each : candidates) {
      double worth = scored.worth(views.of(List.of(each)).getFirst(), views.held(others));
      if (worth >= bar) ahead.put(each.id(), worth);
    }
    looks.keySet().retainAll(ahead.keySet());
    for (PeerId each : ahead.keySet()) looks.merge(each, 1, Integer::sum);
    Optional<PeerId> best =
        ahead.entrySet().stream()
            .filter(each -> looks.getOrDefault(each.getKey(), 0) >= RUNNING)
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey);
    if (best.isPresent()) looks.clear();
    return best;
  }

  private static double worth(
      ScoredSelection scored, HeldRelay held, Collection<HeldRelay> relays, Views views) {
    return scored.worth(views.of(held), views.held(without(held, relays)));
  }

  private static List<HeldRelay> without(HeldRelay one, Collection<HeldRelay> relays) {
    List<HeldRelay> others = new ArrayList<>(relays);
    others.remove(one);
    return others;
  }

  /** Whether an operator named it himself: of those in lists something is said besides. */
  private static boolean named(RelayPeer peer) {
    return peer.typed() && peer.standing().equals(RelayPeer.Standing.NONE);
  }
}
