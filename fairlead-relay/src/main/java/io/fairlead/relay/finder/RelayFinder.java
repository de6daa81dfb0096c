package io.fairlead.relay.finder;

import io.fairlead.core.mailbox.Machine;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.CandidatePool.Candidate;
import io.fairlead.relay.finder.FinderNews.EndReason;
import io.fairlead.relay.finder.FinderNews.RequestType;
import io.fairlead.relay.finder.HeldRelay.Keeping;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/**
 * Finds relays and keeps reservations on them.
 *
 * <p>After each input it does whatever is due; so the conditions below are looked at always, not
 * when something changes. A time {@code t} has come when it is past, not when it is reached.
 *
 * <pre>
 * Finder
 *   Stopped --start-->  Running  (Protect the relays left from before; the expired ones Ended)
 *   Running --stop-->   Stopped  (CancelQuery, Abandon all, Unprotect all, Publish nothing)
 *
 * Search, while running
 *   Idle      --candidates &lt; min, or asked to find--> Limited
 *   Limited   --last call + min interval-->           Reading  (Query)
 *   Reading   --offered-->             Reading  (Check, unless held, backed off, checked, or full)
 *   Reading   --checked, relays-->     Reading  (a candidate, where there is room)
 *   Reading   --source done, no check left-->         Idle
 *
 * Reserving, one new relay at a time
 *   Quiet     --relays &lt; desired, candidates, and one before or enough candidates or boot over-->
 *                                     Trying   (Reserve on the first in order)
 *   Trying    --reserved-->           Trying   (Protect, Gained) or Quiet when there are enough
 *   Trying    --not reserved-->       Trying   (left alone for a while) or Quiet without candidates
 *
 * A relay
 *   Held      --expiry near-->        Held     (Reserve again; a failure that is no refusal is
 *                                               tried once more at half the time that is left)
 *   Held      --refused-->            gone     (Unprotect, Ended)
 *   Held      --peer gone, expired--> Lost     (Unprotect, Ended; gone where there is no grace)
 *   Held      --came back, is gone--> gone     (within one grace: left alone, longer each time)
 *   Lost      --1 s, 2 s, 4 s-->      Lost     (Reserve)
 *   Lost      --reserved-->           Held     (Protect, Gained)
 *   Lost      --refused, grace over-->gone
 *   Held      --more than desired-->  Lapsing  (not refreshed; kept again when more are wanted)
 *   Held      --entry draining-->     Lapsing  (another is found meanwhile)
 *   Lapsing   --peer gone, expired--> gone     (Unprotect, Ended)
 *   any       --entry gone, dropped-->gone     (Unprotect, Ended, Release; no grace)
 *   Held      --a better one reserved-->Lapsing (see {@link Rebalance}: only where it is wanted)
 * </pre>
 *
 * <p>Publish follows whenever the addresses of held, lapsing and lost relays together changed.
 *
 * <p>An answer nobody waits for changes nothing; a reservation that comes late is released.
 *
 * <p>Not thread-safe: owned by one mailbox.
 */
public final class RelayFinder implements Machine<FinderInput, FinderEffect> {
  static final Duration REFRESH_CHECK = Duration.ofMinutes(1);
  static final Duration REFRESH_AHEAD = Duration.ofMinutes(2);
  static final Duration CHECK_TIMEOUT = Duration.ofSeconds(20);
  static final Duration RESERVE_TIMEOUT = Duration.ofSeconds(10);
  static final Duration FIRST_RETURN = Duration.ofSeconds(1);
  static final double JITTER = 0.2;

  private final RandomGenerator chance;
  private final Networks networks;
  private final long bootNanos;
  private final RelayHistory history;
  private final Backoffs backoffs = new Backoffs();
  private final CandidateSearch search;
  private final Rebalance rebalance;
  private final Map<PeerId, HeldRelay> relays = new LinkedHashMap<>();
  private final Map<PeerId, LostRelay> lost = new LinkedHashMap<>();
  private final Map<Long, Attempt> attempts = new HashMap<>();
  private FinderSettings settings;
  private boolean running;
  private long ids;
  private boolean trying;
  private boolean hadRelay;
  private long refreshAtNanos;
  private List<Multiaddr> published = List.of();
  private OptionalLong wakeAtNanos = OptionalLong.empty();

  /** Why a reservation is asked for. */
  private enum Purpose {
    NEW,
    WISH,
    REFRESH,
    RETURN,
    /** In place of a relay that is worth less. */
    BETTER
  }

  private record Attempt(RelayPeer peer, Purpose purpose) {}

  /**
   * @param networks may change what it says
   * @param chance of the owner's thread
   * @param nowNanos the time from which the boot delay counts, also over stops
   */
  public RelayFinder(
      FinderSettings settings, Networks networks, RandomGenerator chance, long nowNanos) {
    this(settings, networks, new RelayHistory(), chance, nowNanos);
  }

  /**
   * @param history what was known before; its owner's from now on
   */
  RelayFinder(
      FinderSettings settings,
      Networks networks,
      RelayHistory history,
      RandomGenerator chance,
      long nowNanos) {
    this.settings = settings;
    this.history = history;
    this.networks = networks;
    this.chance = chance;
    this.bootNanos = nowNanos;
    this.search = new CandidateSearch(history, nowNanos - Duration.ofSeconds(1).toNanos());
    this.rebalance = new Rebalance(settings, nowNanos);
    this.refreshAtNanos = nowNanos + REFRESH_CHECK.toNanos();
  }

  @Override
  public void accept(FinderInput input, long nowNanos, Consumer<? super FinderEffect> effects) {
    Turn turn = new Turn(nowNanos, effects);
    switch (input) {
      case FinderInput.Start(Instant wall) -> start(wall, turn);
      case FinderInput.Stop _ -> stop(turn);
      case FinderInput.Tuned(FinderSettings next) -> tuned(next, turn);
      case FinderInput.Woke(Instant wall) -> woke(wall, turn);
      case FinderInput.Offered offer -> {
        PeerId peer = offer.peer().id();
        boolean unwanted = isOurs(peer) || isAsked(peer) || backoffs.contains(peer);
        search.offered(offer, unwanted, settings, ++ids, turn);
      }
      case FinderInput.SourceDone(long from) -> search.done(from);
      case FinderInput.Checked answer -> {
        boolean unwanted = search.checking(answer.check()).filter(this::isOurs).isPresent();
        search.checked(answer, unwanted, settings, turn);
      }
      case FinderInput.Reserved reserved -> reserved(reserved, turn);
      case FinderInput.NotReserved(long attempt, PeerId _, ReserveResult why) ->
          notReserved(attempt, why, turn);
      case FinderInput.PeerGone(PeerId peer) -> peerGone(peer, turn);
      case FinderInput.ListChanged changed -> listChanged(changed, turn);
      case FinderInput.FindNow _ -> search.ask();
      case FinderInput.ClearBackoff(Optional<PeerId> peer) -> backoffs.clear(peer);
      case FinderInput.DropRelay(PeerId relay) -> dropped(relay, turn);
      case FinderInput.ReserveOn(RelayPeer peer) -> wished(peer, turn);
    }
    if (running) settle(turn);
    publish(turn);
    wake(turn);
  }

  // ---- start and stop -----------------------------------------------------------------------

  private void start(Instant wall, Turn turn) {
    if (running) return;
    running = true;
    for (HeldRelay held : List.copyOf(relays.values())) {
      if (wall.isAfter(held.granted.expiresAt())) end(held, EndReason.EXPIRED, turn);
      else turn.emit(new FinderEffect.Protect(held.id()));
    }
  }

  private void stop(Turn turn) {
    if (!running) return;
    running = false;
    trying = false;
    search.stop(turn);
    for (Long attempt : attempts.keySet()) turn.emit(new FinderEffect.Abandon(attempt));
    attempts.clear();
    lost.clear();
    for (HeldRelay held : relays.values()) {
      turn.emit(new FinderEffect.Unprotect(held.id()));
    }
  }

  private void tuned(FinderSettings next, Turn turn) {
    boolean otherwise = !next.rebalance().equals(settings.rebalance());
    settings = next;
    if (otherwise) rebalance.tuned(settings, turn.now());
  }

  /** Whatever is due now, in an order in which nothing has to be looked at twice. */
  private void settle(Turn turn) {
    backoffs.dropOver(turn.now());
    search.trim(settings, turn);
    tryLost(turn);
    Balance.even(relays, lost, settings.numRelays());
    search.find(settings, ++ids, turn);
    reserveNext(turn);
    exchange(turn);
  }

  // ---- reserving ----------------------------------------------------------------------------

  private boolean isOurs(PeerId peer) {
    return relays.containsKey(peer) || lost.containsKey(peer);
  }

  private long active() {
    return Balance.active(relays, lost);
  }

  private void reserveNext(Turn turn) {
    if (attempts.values().stream().anyMatch(each -> each.purpose() == Purpose.NEW)) return;
    CandidatePool pool = search.pool();
    if (active() >= settings.numRelays() || pool.size() == 0) {
      trying = false;
      return;
    }
    if (waitsForMore(turn.now())) return;
    trying = true;
    Views views = new Views(settings, history, networks, turn.now());
    PeerId first =
        settings
            .strategy()
            .order(views.of(pool.all()), views.held(relays.values()), chance)
            .getFirst();
    Candidate candidate = search.take(first, turn).orElseThrow();
    attempt(candidate.peer(), candidate.addresses(), Purpose.NEW, turn);
  }

  /** A better relay is reserved on before a worse one is let go. */
  private void exchange(Turn turn) {
    Views views = new Views(settings, history, networks, turn.now());
    rebalance
        .look(settings, relays.values(), search.pool().all(), views, turn)
        .flatMap(better -> search.take(better, turn))
        .ifPresent(
            candidate -> attempt(candidate.peer(), candidate.addresses(), Purpose.BETTER, turn));
  }

  /** Before the first relay a choice is worth some time. */
  private boolean waitsForMore(long nowNanos) {
    return !trying
        && !hadRelay
        && search.pool().size() < settings.minCandidates()
        && nowNanos - bootNanos < settings.bootDelay().toNanos();
  }

  private void attempt(RelayPeer peer, List<Multiaddr> addresses, Purpose purpose, Turn turn) {
    attempts.put(++ids, new Attempt(peer, purpose));
    List<Multiaddr> all = new ArrayList<>(peer.addresses());
    all.addAll(addresses);
    turn.emit(
        new FinderEffect.Reserve(
            ids, peer.id(), all.stream().distinct().toList(), RESERVE_TIMEOUT));
  }

  private void reserved(FinderInput.Reserved reserved, Turn turn) {
    if (attempts.containsKey(reserved.attempt()) && useless(reserved)) {
      turn.emit(new FinderEffect.Release(reserved.relay()));
      notReserved(reserved.attempt(), ReserveResult.MALFORMED_MESSAGE, turn);
      HeldRelay held = relays.get(reserved.relay());
      if (held == null) return;
      end(held, EndReason.EXPIRED, turn); // what it gave before is over with it
      leaveAlone(held.id(), ReserveResult.MALFORMED_MESSAGE, turn);
      return;
    }
    Attempt attempt = attempts.remove(reserved.attempt());
    if (attempt == null) {
      HeldRelay held = relays.get(reserved.relay());
      if (held == null) turn.emit(new FinderEffect.Release(reserved.relay()));
      else held.renewed(reserved.granted());
      return;
    }
    PeerId id = attempt.peer().id();
    history.granted(id, reserved.granted().limit(), turn.now());
    backoffs.remove(id);
    RequestType type = attempt.purpose() == Purpose.REFRESH ? RequestType.REFRESH : RequestType.NEW;
    turn.tell(new FinderNews.Requested(id, type, ReserveResult.SUCCESS));
    if (type == RequestType.REFRESH) history.steady(id);
    HeldRelay known = relays.get(id);
    if (known != null) {
      known.renewed(reserved.granted());
      return;
    }
    hadRelay = true;
    lost.remove(id);
    search.take(id, turn);
    HeldRelay gained = new HeldRelay(attempt.peer(), reserved.granted(), turn.now());
    gained.returned = attempt.purpose() == Purpose.RETURN;
    relays.put(id, gained);
    turn.emit(new FinderEffect.Protect(id));
    turn.tell(new FinderNews.Gained(id, reserved.granted().expiresAt()));
    if (attempt.purpose() == Purpose.WISH && active() > settings.numRelays()) {
      relays.values().stream()
          .filter(held -> !held.lapsing() && !held.id().equals(id))
          .findFirst()
          .ifPresent(oldest -> oldest.keeping = Keeping.SURPLUS);
    }
    if (attempt.purpose() == Purpose.BETTER && active() > settings.numRelays()) {
      rebalance
          .worst()
          .map(relays::get)
          .filter(held -> held.keeping == Keeping.KEPT)
          .ifPresent(held -> held.keeping = Keeping.SURPLUS);
    }
  }

  /** It would be over before it is looked at. */
  private static boolean useless(FinderInput.Reserved reserved) {
    return reserved.granted().expiresAt().isBefore(reserved.wall().plus(REFRESH_CHECK));
  }

  private void notReserved(long id, ReserveResult why, Turn turn) {
    Attempt attempt = attempts.remove(id);
    if (attempt == null) return;
    PeerId peer = attempt.peer().id();
    RequestType type = attempt.purpose() == Purpose.REFRESH ? RequestType.REFRESH : RequestType.NEW;
    turn.tell(new FinderNews.Requested(peer, type, why));
    switch (attempt.purpose()) {
      case NEW, WISH, BETTER -> leaveAlone(peer, why, turn);
      case REFRESH -> notRefreshed(peer, why, turn);
      case RETURN -> notReturned(peer, why, turn);
    }
  }

  private void leaveAlone(PeerId peer, ReserveResult why, Turn turn) {
    int failures = history.failed(peer, why, turn.now());
    Duration time = Backoffs.of(why, failures, settings);
    String reason = why == ReserveResult.NOT_CONNECTED ? "not_connected" : why.word();
    backoffs.add(peer, turn.now(), time, reason, why == ReserveResult.PERMISSION_DENIED);
  }

  // ---- keeping ------------------------------------------------------------------------------

  private void woke(Instant wall, Turn turn) {
    wakeAtNanos = OptionalLong.empty();
    if (!running) return;
    boolean check = turn.past(refreshAtNanos);
    if (check) refreshAtNanos = turn.now() + REFRESH_CHECK.toNanos();
    for (HeldRelay held : List.copyOf(relays.values())) {
      Instant expiry = held.granted.expiresAt();
      if (check && wall.isAfter(expiry)) {
        loseOrEnd(held, EndReason.EXPIRED, turn);
        continue;
      }
      boolean again = held.retryAtNanos.isPresent() && turn.past(held.retryAtNanos.getAsLong());
      if (!again && !(check && isDue(held, wall))) continue;
      held.retryAtNanos =
          again
              ? OptionalLong.empty()
              : OptionalLong.of(turn.now() + Duration.between(wall, expiry).toNanos() / 2);
      if (!held.lapsing() && !isAsked(held.id())) {
        attempt(held.peer, held.granted.known(), Purpose.REFRESH, turn);
      }
    }
  }

  private boolean isDue(HeldRelay held, Instant wall) {
    return !held.lapsing()
        && held.failures == 0
        && held.retryAtNanos.isEmpty()
        && !isAsked(held.id())
        && !held.granted.expiresAt().isAfter(wall.plus(REFRESH_AHEAD));
  }

  private boolean isAsked(PeerId peer) {
    return attempts.values().stream().anyMatch(each -> each.peer().id().equals(peer));
  }

  /** It is valid until it expires: what is no refusal may be over by then. */
  private void notRefreshed(PeerId peer, ReserveResult why, Turn turn) {
    HeldRelay held = relays.get(peer);
    if (held == null) return;
    held.failures++;
    held.lastRefresh = Optional.of(why);
    if (!why.refusal()) return;
    end(held, EndReason.REFUSED, turn);
    leaveAlone(peer, why, turn);
  }

  private void peerGone(PeerId peer, Turn turn) {
    HeldRelay held = relays.get(peer);
    if (held != null) loseOrEnd(held, EndReason.DISCONNECTED, turn);
  }

  private void loseOrEnd(HeldRelay held, EndReason reason, Turn turn) {
    boolean returns = running && !held.lapsing() && !settings.reconnectGrace().isZero();
    end(held, held.lapsing() ? EndReason.LAPSED : reason, turn);
    if (!returns) return;
    if (held.returned && turn.now() - held.sinceNanos <= settings.reconnectGrace().toNanos()) {
      int times = history.unsteady(held.id(), turn.now());
      Duration time = Backoffs.of(ReserveResult.CONNECTION_FAILED, times, settings);
      backoffs.add(held.id(), turn.now(), time, "unsteady", false);
      return;
    }
    LostRelay gone = new LostRelay(held, turn.now() + settings.reconnectGrace().toNanos());
    planReturn(gone, turn.now());
    lost.put(held.id(), gone);
  }

  private void end(HeldRelay held, EndReason reason, Turn turn) {
    relays.remove(held.id());
    abandon(held.id(), turn);
    if (running) turn.emit(new FinderEffect.Unprotect(held.id()));
    turn.emit(new FinderEffect.Release(held.id()));
    turn.tell(new FinderNews.Ended(held.id(), reason));
  }

  private void abandon(PeerId peer, Turn turn) {
    attempts
        .entrySet()
        .removeIf(
            each -> {
              boolean same = each.getValue().peer().id().equals(peer);
              if (same) turn.emit(new FinderEffect.Abandon(each.getKey()));
              return same;
            });
  }

  private void planReturn(LostRelay gone, long nowNanos) {
    long delay = FIRST_RETURN.toNanos() << gone.tries++;
    double jitter = 1 + JITTER * (2 * chance.nextDouble() - 1);
    gone.nextTryAtNanos = nowNanos + (long) (delay * jitter);
    gone.triedOut = gone.nextTryAtNanos - gone.graceEndsAtNanos >= 0;
  }

  private void tryLost(Turn turn) {
    for (LostRelay gone : List.copyOf(lost.values())) {
      PeerId peer = gone.peer.id();
      if (turn.past(gone.graceEndsAtNanos)) {
        lost.remove(peer);
        abandon(peer, turn);
        leaveAlone(peer, ReserveResult.NOT_CONNECTED, turn);
      } else if (!gone.triedOut && turn.past(gone.nextTryAtNanos) && !isAsked(peer)) {
        attempt(gone.peer, gone.granted.known(), Purpose.RETURN, turn);
      }
    }
  }

  private void notReturned(PeerId peer, ReserveResult why, Turn turn) {
    LostRelay gone = lost.get(peer);
    if (gone == null) return;
    if (why.refusal()) {
      lost.remove(peer);
      leaveAlone(peer, why, turn);
    } else {
      planReturn(gone, turn.now());
    }
  }

  // ---- lists and operators ------------------------------------------------------------------

  private void listChanged(FinderInput.ListChanged changed, Turn turn) {
    backoffs.clearDenied(); // whoever changed: it may be a right of ours
    for (PeerId peer : changed.gone()) {
      forget(peer, EndReason.REMOVED, turn);
      backoffs.remove(peer);
    }
    for (PeerId peer : changed.draining()) {
      HeldRelay held = relays.get(peer);
      if (held == null) forget(peer, EndReason.REMOVED, turn);
      else held.keeping = Keeping.DRAINING;
    }
    for (PeerId peer : changed.fresh()) {
      HeldRelay held = relays.get(peer);
      if (held != null && held.keeping == Keeping.DRAINING) held.keeping = Keeping.KEPT;
    }
  }

  private void forget(PeerId peer, EndReason reason, Turn turn) {
    search.forget(peer, turn);
    lost.remove(peer);
    HeldRelay held = relays.get(peer);
    if (held != null) end(held, reason, turn);
    else abandon(peer, turn);
  }

  private void dropped(PeerId relay, Turn turn) {
    if (!isOurs(relay)) return;
    forget(relay, EndReason.DROPPED, turn);
    backoffs.add(relay, turn.now(), settings.backoff(), "dropped", false);
  }

  private void wished(RelayPeer peer, Turn turn) {
    if (!running || relays.containsKey(peer.id()) || isAsked(peer.id())) return;
    backoffs.remove(peer.id());
    attempt(peer, List.of(), Purpose.WISH, turn);
  }

  // ---- what is said, and when it looks again --------------------------------------------------

  private void publish(Turn turn) {
    List<Multiaddr> now = running ? addresses() : List.of();
    if (now.equals(published)) return;
    published = now;
    turn.emit(new FinderEffect.Publish(now));
  }

  private List<Multiaddr> addresses() {
    List<List<Multiaddr>> all = new ArrayList<>();
    for (HeldRelay held : relays.values()) all.add(held.addresses);
    for (LostRelay gone : lost.values()) all.add(gone.addresses);
    return RelayAddresses.published(all);
  }

  private void wake(Turn turn) {
    if (!running) return;
    LongStream.Builder due = LongStream.builder();
    if (!relays.isEmpty()) due.add(refreshAtNanos + 1);
    if (!relays.isEmpty()) rebalance.next(settings).ifPresent(at -> due.add(at + 1));
    for (HeldRelay held : relays.values()) held.retryAtNanos.ifPresent(at -> due.add(at + 1));
    for (LostRelay gone : lost.values()) {
      due.add(gone.graceEndsAtNanos + 1);
      if (!gone.triedOut && !isAsked(gone.peer.id())) due.add(gone.nextTryAtNanos + 1);
    }
    backoffs.nextEnd(turn.now()).ifPresent(at -> due.add(at + 1));
    search.pool().nextExpiry(settings.maxCandidateAge().toNanos()).ifPresent(due::add);
    search.nextCall(settings).ifPresent(at -> due.add(at + 1));
    boolean boots = search.pool().size() > 0 && active() < settings.numRelays();
    if (boots && waitsForMore(turn.now())) due.add(bootNanos + settings.bootDelay().toNanos());
    // Compared by what is left, because the clock wraps.
    OptionalLong left = due.build().map(at -> at - turn.now()).min();
    if (left.isEmpty()) return;
    OptionalLong next = OptionalLong.of(turn.now() + left.getAsLong());
    if (next.equals(wakeAtNanos)) return;
    wakeAtNanos = next;
    turn.emit(new FinderEffect.WakeAt(next.getAsLong()));
  }

  /** How it is. */
  public FinderReport report(long nowNanos) {
    FinderReport.CandidateState state =
        running ? search.state(settings) : FinderReport.CandidateState.STOPPED;
    FinderReport.Schedule schedule =
        new FinderReport.Schedule(
            search.nextCall(settings),
            relays.isEmpty() ? OptionalLong.empty() : OptionalLong.of(refreshAtNanos),
            backoffs.nextEnd(nowNanos),
            search.pool().nextExpiry(settings.maxCandidateAge().toNanos()));
    Views views = new Views(settings, history, networks, nowNanos);
    return new FinderReport(
        running,
        settings.numRelays(),
        state,
        views.relays(relays.values(), lost.values()),
        views.candidates(search.pool().all()),
        backoffs.all().stream()
            .map(each -> new FinderReport.Backoff(each.peer(), each.reason(), each.untilNanos()))
            .toList(),
        running ? schedule : FinderReport.Schedule.NONE,
        published);
  }
}
