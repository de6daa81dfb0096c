package io.fairlead.relay.finder;

import io.fairlead.core.random.Randomness;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.FinderInput.CheckResult;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;

/** A finder, a clock that stands until it is moved, and relays that do as they are told. */
final class FinderScene {
  static final Duration LIFE = Duration.ofHours(1);

  /** A finder of the tests of go-libp2p: no grace, one time of backoff, any order. */
  static final FinderSettings PLAIN =
      new FinderSettings(
          2,
          4,
          20,
          Duration.ofMinutes(3),
          Duration.ofHours(1),
          Duration.ofMinutes(30),
          Duration.ofSeconds(30),
          Duration.ZERO,
          FinderSettings.BackoffPolicy.FIXED,
          RelaySelection.RANDOM,
          Duration.ZERO);

  final List<Integer> asked = new ArrayList<>();
  final List<PeerId> attempts = new ArrayList<>();
  final List<List<Multiaddr>> publications = new ArrayList<>();
  final List<FinderNews> news = new ArrayList<>();
  final List<FinderEffect> performed = new ArrayList<>();
  final Set<PeerId> protectedPeers = new HashSet<>();
  final Set<PeerId> released = new HashSet<>();
  final Map<PeerId, ReserveResult> answers = new HashMap<>();
  final Map<PeerId, CheckResult> checkResults = new HashMap<>();

  /** What relays say of where they are, where it is not one address. */
  final Map<PeerId, List<Multiaddr>> named = new HashMap<>();

  /** Peers whose attempts are not answered by themselves. */
  final Set<PeerId> silent = new HashSet<>();

  final RelayFinder finder;
  BiConsumer<Long, Integer> source = (query, max) -> end(query);
  Duration life = LIFE;
  long now = 7_000_000_000L;
  Instant wall = Instant.parse("2030-01-01T00:00:00Z");
  private final Deque<FinderEffect> waiting = new ArrayDeque<>();
  private OptionalLong wakeAt = OptionalLong.empty();

  FinderScene(FinderSettings settings) {
    this(settings, 1);
  }

  FinderScene(FinderSettings settings, long seed) {
    finder = new RelayFinder(settings, Networks.NONE, Randomness.seeded(seed).generator(), now);
  }

  static FinderSettings plain(
      int relays, int min, int max, Duration boot, Duration backoff, Duration age, Duration pause) {
    return new FinderSettings(
        relays,
        min,
        max,
        boot,
        backoff,
        age,
        pause,
        Duration.ZERO,
        FinderSettings.BackoffPolicy.FIXED,
        RelaySelection.RANDOM,
        Duration.ZERO);
  }

  static FinderSettings withGrace(FinderSettings of, Duration grace) {
    return new FinderSettings(
        of.numRelays(),
        of.minCandidates(),
        of.maxCandidates(),
        of.bootDelay(),
        of.backoff(),
        of.maxCandidateAge(),
        of.minInterval(),
        grace,
        of.backoffPolicy(),
        of.strategy(),
        of.rebalance());
  }

  static PeerId id(int number) {
    byte[] hash = new byte[34];
    hash[0] = 0x12;
    hash[1] = 0x20;
    hash[32] = (byte) (number >> 8);
    hash[33] = (byte) number;
    try {
      return PeerId.of(hash);
    } catch (MalformedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static Multiaddr address(String text) {
    try {
      return Multiaddr.parse(text);
    } catch (MalformedException unfit) {
      throw new IllegalArgumentException(unfit);
    }
  }

  /** A public address, of another network for each number. */
  static Multiaddr addressOf(int number) {
    return address("/ip4/9." + (number >> 8) + "." + (number & 255) + ".1/tcp/4001");
  }

  static RelayPeer relay(int number) {
    return RelayPeer.of(id(number), List.of(addressOf(number)));
  }

  static Multiaddr through(int number) {
    return address(addressOf(number) + "/p2p/" + id(number) + "/p2p-circuit");
  }

  static List<Multiaddr> through(int... numbers) {
    List<Multiaddr> all = new ArrayList<>();
    for (int number : numbers) all.add(through(number));
    return all.stream().sorted().toList();
  }

  // ---- what happens -------------------------------------------------------------------------

  FinderScene start() {
    input(new FinderInput.Start(wall));
    return this;
  }

  /** Offers these at each question, and ends the answer. */
  FinderScene offering(int... numbers) {
    source =
        (query, max) -> {
          for (int i = 0; i < Math.min(max, numbers.length); i++) offer(query, numbers[i]);
          end(query);
        };
    return this;
  }

  void offer(long query, int number) {
    input(new FinderInput.Offered(query, relay(number)));
  }

  void offer(long query, RelayPeer peer) {
    input(new FinderInput.Offered(query, peer));
  }

  void end(long query) {
    input(new FinderInput.SourceDone(query));
  }

  void gone(int number) {
    input(new FinderInput.PeerGone(id(number)));
  }

  /** Moves the clock and wakes the finder once, if it asked for that by then. */
  FinderScene step(Duration by) {
    now += by.toNanos();
    wall = wall.plus(by);
    if (wakeAt.isPresent() && now - wakeAt.getAsLong() >= 0) wake();
    return this;
  }

  /** Moves the clock from one time it asked for to the next. */
  FinderScene run(Duration by) {
    long end = now + by.toNanos();
    while (wakeAt.isPresent() && wakeAt.getAsLong() - end <= 0) {
      long to = Math.max(now, wakeAt.getAsLong());
      wall = wall.plusNanos(to - now);
      now = to;
      wake();
    }
    wall = wall.plusNanos(end - now);
    now = end;
    return this;
  }

  private void wake() {
    wakeAt = OptionalLong.empty();
    input(new FinderInput.Woke(wall));
  }

  void input(FinderInput input) {
    finder.accept(input, now, waiting::add);
    while (!waiting.isEmpty()) perform(waiting.remove());
  }

  private void perform(FinderEffect effect) {
    performed.add(effect);
    switch (effect) {
      case FinderEffect.Query(long query, int max) -> {
        asked.add(max);
        source.accept(query, max);
      }
      case FinderEffect.Check(long check, RelayPeer peer, Duration _) ->
          input(
              new FinderInput.Checked(
                  check,
                  checkResults.getOrDefault(
                      peer.id(), new CheckResult.Relays(peer.addresses(), Optional.empty()))));
      case FinderEffect.Reserve(long attempt, PeerId relay, List<Multiaddr> _, Duration _) -> {
        attempts.add(relay);
        if (!silent.contains(relay)) answer(attempt, relay);
      }
      case FinderEffect.Publish(List<Multiaddr> addresses) -> publications.add(addresses);
      case FinderEffect.WakeAt(long at) -> wakeAt = OptionalLong.of(at);
      case FinderEffect.Protect(PeerId relay) -> protectedPeers.add(relay);
      case FinderEffect.Unprotect(PeerId relay) -> protectedPeers.remove(relay);
      case FinderEffect.Release(PeerId relay) -> released.add(relay);
      case FinderEffect.Told(FinderNews told) -> news.add(told);
      case FinderEffect.CancelQuery _, FinderEffect.Abandon _ -> {}
    }
  }

  /** Answers the last attempt at a relay as it was told to. */
  void answerLast(int number) {
    long attempt =
        performed.stream()
            .filter(FinderEffect.Reserve.class::isInstance)
            .map(FinderEffect.Reserve.class::cast)
            .filter(each -> each.relay().equals(id(number)))
            .toList()
            .getLast()
            .attempt();
    answer(attempt, id(number));
  }

  private void answer(long attempt, PeerId relay) {
    ReserveResult result = answers.getOrDefault(relay, ReserveResult.SUCCESS);
    if (result != ReserveResult.SUCCESS) {
      input(new FinderInput.NotReserved(attempt, relay, result));
      return;
    }
    byte[] hash = relay.toBytes();
    Multiaddr at = addressOf((hash[32] & 255) << 8 | hash[33] & 255);
    Reservation given =
        new Reservation(
            relay,
            wall.plus(life),
            named.getOrDefault(relay, List.of(at)),
            Optional.empty(),
            CircuitLimit.NONE);
    input(new FinderInput.Reserved(attempt, relay, new Granted(given, List.of()), wall));
  }

  // ---- what is seen -------------------------------------------------------------------------

  FinderReport report() {
    return finder.report(now);
  }

  List<PeerId> held() {
    return report().relays().stream()
        .filter(each -> each.state().equals("held"))
        .map(FinderReport.Relay::peer)
        .toList();
  }

  int heldNumber() {
    byte[] hash = held().getFirst().toBytes();
    return (hash[32] & 255) << 8 | hash[33] & 255;
  }

  List<Multiaddr> published() {
    return publications.isEmpty() ? List.of() : publications.getLast();
  }

  boolean leftAlone(int number) {
    return report().backoffs().stream().anyMatch(each -> each.peer().equals(id(number)));
  }

  long attemptsAt(int number) {
    return attempts.stream().filter(id(number)::equals).count();
  }
}
