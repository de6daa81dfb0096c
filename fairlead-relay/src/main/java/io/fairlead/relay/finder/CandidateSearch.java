package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.CandidatePool.Candidate;
import io.fairlead.relay.finder.FinderInput.CheckResult;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The search for candidates, one question to the source at a time; its transitions are those of
 * {@link RelayFinder}, whose owner's it is.
 */
final class CandidateSearch {
  private final CandidatePool pool = new CandidatePool();
  private final Map<Long, RelayPeer> checks = new HashMap<>();
  private final RelayHistory history;
  private OptionalLong query = OptionalLong.empty();
  private boolean sourceDone;
  private boolean asked;
  private long allowedAtNanos;

  CandidateSearch(RelayHistory history, long allowedAtNanos) {
    this.history = history;
    this.allowedAtNanos = allowedAtNanos;
  }

  CandidatePool pool() {
    return pool;
  }

  /** An operator wants it to ask whatever it has. */
  void ask() {
    asked = true;
  }

  private boolean isOpen(long from) {
    return query.isPresent() && query.getAsLong() == from;
  }

  private boolean wants(FinderSettings settings) {
    return asked || pool.size() < settings.minCandidates();
  }

  /** When it may ask, if it wants to and does not already. */
  OptionalLong nextCall(FinderSettings settings) {
    return query.isEmpty() && wants(settings)
        ? OptionalLong.of(allowedAtNanos)
        : OptionalLong.empty();
  }

  FinderReport.CandidateState state(FinderSettings settings) {
    if (query.isPresent()) return FinderReport.CandidateState.WAITING_ON_SOURCE;
    return wants(settings)
        ? FinderReport.CandidateState.RATE_LIMITED
        : FinderReport.CandidateState.WAITING_FOR_TRIGGER;
  }

  /** Drops what is too old or too much. */
  void trim(FinderSettings settings, Turn turn) {
    removed(
        pool.dropOld(turn.now(), settings.maxCandidateAge().toNanos())
            + pool.dropBeyond(settings.maxCandidates()),
        turn);
  }

  /** Asks the source where that is wanted and allowed. */
  void find(FinderSettings settings, long id, Turn turn) {
    if (query.isPresent() && sourceDone && checks.isEmpty()) {
      query = OptionalLong.empty();
      sourceDone = false;
    }
    if (query.isPresent() || !wants(settings) || !turn.past(allowedAtNanos)) return;
    allowedAtNanos = turn.now() + settings.minInterval().toNanos();
    asked = false;
    query = OptionalLong.of(id);
    turn.emit(new FinderEffect.Query(id, settings.maxCandidates()));
  }

  /**
   * Somebody is offered.
   *
   * @param unwanted whether it is a relay of ours, or left alone
   */
  void offered(
      FinderInput.Offered offer, boolean unwanted, FinderSettings settings, long id, Turn turn) {
    PeerId peer = offer.peer().id();
    if (!isOpen(offer.query()) || unwanted) return;
    if (pool.size() + checks.size() >= settings.maxCandidates()) return;
    if (checks.values().stream().anyMatch(each -> each.id().equals(peer))) return;
    checks.put(id, offer.peer());
    turn.emit(new FinderEffect.Check(id, offer.peer(), RelayFinder.CHECK_TIMEOUT));
  }

  void done(long from) {
    if (isOpen(from)) sourceDone = true;
  }

  /** The peer of a check that is waited for. */
  Optional<PeerId> checking(long check) {
    return Optional.ofNullable(checks.get(check)).map(RelayPeer::id);
  }

  /**
   * A check ended.
   *
   * @param unwanted whether it became a relay of ours meanwhile
   */
  void checked(FinderInput.Checked answer, boolean unwanted, FinderSettings settings, Turn turn) {
    RelayPeer peer = checks.remove(answer.check());
    if (peer == null) return;
    switch (answer.result()) {
      case CheckResult.Relays(List<Multiaddr> addresses, Optional<Duration> roundTrip) -> {
        turn.tell(new FinderNews.Support(true));
        roundTrip.ifPresent(rtt -> history.measured(peer.id(), rtt, turn.now()));
        Candidate candidate = new Candidate(peer, addresses, turn.now());
        if (!unwanted && pool.add(candidate, settings.maxCandidates())) {
          turn.tell(new FinderNews.CandidateAdded(peer.id()));
        }
      }
      case CheckResult.NoRelay _ -> turn.tell(new FinderNews.Support(false));
      case CheckResult.Unusable _ -> {}
    }
  }

  /** Takes a candidate out, wherever it goes. */
  Optional<Candidate> take(PeerId peer, Turn turn) {
    Optional<Candidate> taken = pool.take(peer);
    if (taken.isPresent()) removed(1, turn);
    return taken;
  }

  /** Nobody wants this peer any more. */
  void forget(PeerId peer, Turn turn) {
    take(peer, turn);
    checks
        .entrySet()
        .removeIf(
            each -> {
              boolean same = each.getValue().id().equals(peer);
              if (same) turn.emit(new FinderEffect.Abandon(each.getKey()));
              return same;
            });
  }

  void stop(Turn turn) {
    query.ifPresent(open -> turn.emit(new FinderEffect.CancelQuery(open)));
    query = OptionalLong.empty();
    sourceDone = false;
    asked = false;
    for (Long check : checks.keySet()) turn.emit(new FinderEffect.Abandon(check));
    checks.clear();
  }

  private static void removed(int count, Turn turn) {
    if (count > 0) turn.tell(new FinderNews.CandidatesRemoved(count));
  }
}
