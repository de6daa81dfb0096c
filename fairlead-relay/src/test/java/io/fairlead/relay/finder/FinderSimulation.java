package io.fairlead.relay.finder;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.FinderInput.CheckResult;
import io.fairlead.relay.finder.FinderNews.EndReason;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * A finder in a world where relays die, refuse, forget, come back, and lists change, for some
 * hours; then the world is quiet and whole. What must hold is looked at after every effect.
 */
final class FinderSimulation {
  private static final int RELAYS = 12;

  /** Effects in a minute of a world at its worst: a search a half minute, of twenty at most. */
  private static final int EFFECTS_MAX = 400;

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private record Event(long at, long order, Runnable action) {}

  private final RandomGenerator random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private final Map<PeerId, World> worlds = new HashMap<>();
  private final List<RelayPeer> listed = new ArrayList<>();
  private final Set<PeerId> held = new HashSet<>();
  private final Map<PeerId, Long> lostAt = new HashMap<>();
  private final Map<PeerId, EndReason> ended = new HashMap<>();
  private final Set<Long> abandoned = new HashSet<>();
  private final RelayFinder finder;
  private FinderSettings settings;
  private long now;
  private Instant wall = Instant.parse("2030-01-01T00:00:00Z");
  private long order;
  private long wakeOrder;
  private long minute;
  private int effectsInMinute;
  private boolean quiet;
  private boolean changed;
  private boolean tuned;
  private Set<Multiaddr> published = Set.of();

  /** How one relay is. */
  private static final class World {
    final int number;
    boolean up = true;
    ReserveResult answer = ReserveResult.SUCCESS;
    boolean connected;

    World(int number) {
      this.number = number;
    }
  }

  FinderSimulation(long seed) {
    random = Seeds.generator(seed);
    settings =
        FinderScene.withGrace(
            FinderSettings.DEFAULTS.withNumRelays(1 + random.nextInt(3)),
            Duration.ofSeconds(random.nextBoolean() ? 15 : 0));
    finder = new RelayFinder(settings, Networks.NONE, random, now);
    for (int i = 0; i < RELAYS; i++) {
      worlds.put(FinderScene.id(i), new World(i));
      if (i < 6) listed.add(FinderScene.relay(i));
    }
  }

  void run() {
    input(new FinderInput.Start(wall));
    after(Duration.ofSeconds(1), this::trouble);
    advance(Duration.ofHours(5));
    quieten();
    advance(Duration.ofHours(4)); // longer than any backoff
    assertThat(finder.report(now).relays())
        .filteredOn(each -> each.state().equals("held"))
        .hasSize(settings.numRelays());
    int before = effectsInMinute;
    assertThat(before).isLessThan(EFFECTS_MAX);
    assertThat(published).hasSize(settings.numRelays());
  }

  private void after(Duration delay, Runnable action) {
    events.add(new Event(now + delay.toNanos(), order++, action));
  }

  private void advance(Duration by) {
    long end = now + by.toNanos();
    while (!events.isEmpty() && events.peek().at() <= end) {
      Event next = events.remove();
      move(next.at());
      next.action().run();
    }
    move(end);
  }

  private void move(long to) {
    wall = wall.plusNanos(to - now);
    now = to;
  }

  private void input(FinderInput input) {
    List<FinderEffect> effects = new ArrayList<>();
    finder.accept(input, now, effects::add);
    for (FinderEffect effect : effects) perform(effect);
    check();
  }

  private void perform(FinderEffect effect) {
    if (now / MINUTE != minute) {
      minute = now / MINUTE;
      effectsInMinute = 0;
    }
    if (++effectsInMinute >= EFFECTS_MAX) throw broken("effects in a minute");
    switch (effect) {
      case FinderEffect.Query(long query, int max) -> answer(query, max);
      case FinderEffect.Check(long check, RelayPeer peer, Duration timeout) ->
          later(
              timeout,
              check,
              () -> input(new FinderInput.Checked(check, checkResult(world(peer.id())))));
      case FinderEffect.Reserve(long attempt, PeerId relay, List<Multiaddr> _, Duration timeout) ->
          later(timeout, attempt, () -> reserve(attempt, relay));
      case FinderEffect.WakeAt(long at) -> {
        long mine = ++wakeOrder;
        Runnable wake =
            () -> {
              if (mine == wakeOrder) input(new FinderInput.Woke(wall));
            };
        events.add(new Event(Math.max(now, at), order++, wake));
      }
      case FinderEffect.Told(FinderNews news) -> {
        changed = true;
        told(news);
      }
      case FinderEffect.Publish(List<Multiaddr> addresses) -> published(addresses);
      case FinderEffect.Abandon(long id) -> abandoned.add(id);
      case FinderEffect.Protect _,
          FinderEffect.Unprotect _,
          FinderEffect.Release _,
          FinderEffect.CancelQuery _ -> {}
    }
  }

  private World world(PeerId peer) {
    World world = worlds.get(peer);
    if (world == null) throw new IllegalStateException("nobody offered " + peer);
    return world;
  }

  /** An answer comes within its time, mostly soon; an abandoned question has none, mostly. */
  private void later(Duration timeout, long id, Runnable action) {
    long most = random.nextInt(10) == 0 ? timeout.toMillis() : 300;
    boolean late = random.nextInt(4) == 0;
    after(
        Duration.ofMillis(random.nextLong(most) + 1),
        () -> {
          if (late || !abandoned.remove(id)) action.run();
        });
  }

  private void answer(long query, int max) {
    List<RelayPeer> offers = new ArrayList<>(listed);
    for (RelayPeer peer : offers.subList(0, Math.min(max, offers.size()))) {
      after(
          Duration.ofMillis(random.nextInt(200)),
          () -> input(new FinderInput.Offered(query, peer)));
    }
    long took = quiet || random.nextInt(5) > 0 ? 250 : 250 + random.nextInt(90_000);
    after(Duration.ofMillis(took), () -> input(new FinderInput.SourceDone(query)));
  }

  private static CheckResult checkResult(World world) {
    return world.up
        ? new CheckResult.Relays(List.of(), Optional.empty())
        : new CheckResult.Unusable("down");
  }

  private void reserve(long attempt, PeerId relay) {
    World world = world(relay);
    ReserveResult result = world.up ? world.answer : ReserveResult.NOT_CONNECTED;
    if (result != ReserveResult.SUCCESS) {
      input(new FinderInput.NotReserved(attempt, relay, result));
      return;
    }
    world.connected = true;
    Duration life = Duration.ofMinutes(quiet ? 60 : 3 + random.nextInt(60));
    Reservation given =
        new Reservation(
            relay,
            wall.plus(life),
            List.of(FinderScene.addressOf(world.number)),
            Optional.empty(),
            CircuitLimit.NONE);
    input(new FinderInput.Reserved(attempt, relay, new Granted(given, List.of()), wall));
  }

  private void told(FinderNews news) {
    switch (news) {
      case FinderNews.Gained(PeerId relay, Instant _) -> {
        assertThat(held.add(relay)).as("gained twice").isTrue();
        lostAt.remove(relay);
        ended.remove(relay);
      }
      case FinderNews.Ended(PeerId relay, EndReason reason) -> {
        assertThat(held.remove(relay)).as("ended, but never held").isTrue();
        lostAt.put(relay, now);
        ended.put(relay, reason);
      }
      case FinderNews.Requested(PeerId relay, FinderNews.RequestType _, ReserveResult result) -> {
        if (result.refusal()) ended.put(relay, EndReason.REFUSED);
      }
      case FinderNews.Support _, FinderNews.CandidateAdded _, FinderNews.CandidatesRemoved _ -> {}
    }
  }

  /**
   * Addresses go when their relay refused, was to end, its grace is over, or as many others as are
   * wanted are held: one may be granted that was asked for before fewer were wanted.
   */
  private void published(List<Multiaddr> addresses) {
    Set<Multiaddr> next = Set.copyOf(addresses);
    for (Multiaddr gone : published) {
      if (next.contains(gone) || !finder.report(now).running()) continue;
      PeerId relay = gone.circuit().orElseThrow().relay().orElseThrow().peerId().orElseThrow();
      EndReason reason = ended.get(relay);
      assertThat(reason).as("withdrawn while held").isNotNull();
      boolean sudden = reason == EndReason.DISCONNECTED || reason == EndReason.EXPIRED;
      if (sudden && !tuned && kept() < settings.numRelays()) {
        assertThat(now - lostAt.get(relay))
            .as("withdrawn before the grace was over")
            .isGreaterThanOrEqualTo(settings.reconnectGrace().toNanos());
      }
    }
    published = next;
  }

  private long kept() {
    return finder.report(now).relays().stream().filter(each -> each.state().equals("held")).count();
  }

  private void check() {
    if (!changed) return; // a report costs more than most inputs
    changed = false;
    FinderReport report = finder.report(now);
    long active = report.relays().stream().filter(each -> !each.state().equals("lapsing")).count();
    if (report.running() && active > settings.numRelays()) throw broken("relays: " + active);
    int candidates = report.candidates().size();
    if (candidates > settings.maxCandidates()) throw broken("candidates: " + candidates);
    if (!Set.copyOf(report.published()).equals(published)) throw broken("addresses");
  }

  private static AssertionError broken(String what) {
    return new AssertionError("bound broken: " + what);
  }

  // ---- trouble ------------------------------------------------------------------------------

  private void trouble() {
    if (quiet) return;
    World world = world(FinderScene.id(random.nextInt(RELAYS)));
    PeerId peer = FinderScene.id(world.number);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        world.up = false;
        disconnect(world);
      }
      case 3, 4 -> world.up = true;
      case 5 -> disconnect(world);
      case 6 -> world.answer = Seeds.oneOf(random, ReserveResult.values());
      case 7 -> world.answer = ReserveResult.SUCCESS;
      case 8 -> listChanged(peer);
      case 9 -> sleep();
      case 10 -> restart();
      case 11 -> tune();
      default -> throw new AssertionError("random");
    }
    after(Duration.ofSeconds(1 + random.nextInt(240)), this::trouble);
  }

  private void disconnect(World world) {
    if (!world.connected) return;
    world.connected = false;
    input(new FinderInput.PeerGone(FinderScene.id(world.number)));
  }

  private void listChanged(PeerId peer) {
    boolean there = listed.removeIf(each -> each.id().equals(peer));
    if (!there) {
      listed.add(FinderScene.relay(world(peer).number));
      input(new FinderInput.ListChanged(Set.of(), Set.of(), Set.of(peer)));
      return;
    }
    // One that was lost before ends with its entry, and nothing more is told of it.
    if (!held.contains(peer)) ended.put(peer, EndReason.REMOVED);
    if (random.nextBoolean()) {
      input(new FinderInput.ListChanged(Set.of(peer), Set.of(), Set.of()));
    } else {
      input(new FinderInput.ListChanged(Set.of(), Set.of(peer), Set.of()));
    }
  }

  /** The machine sleeps: the wall goes on, the monotonic clock does not. */
  private void sleep() {
    wall = wall.plus(Duration.ofMinutes(random.nextInt(90)));
  }

  private void restart() {
    input(new FinderInput.Stop());
    assertThat(published).isEmpty();
    after(Duration.ofSeconds(random.nextInt(120)), () -> input(new FinderInput.Start(wall)));
  }

  private void tune() {
    settings = settings.withNumRelays(random.nextInt(4));
    tuned = true;
    input(new FinderInput.Tuned(settings));
    tuned = false;
  }

  private void quieten() {
    quiet = true;
    settings = settings.withNumRelays(2);
    tuned = true;
    input(new FinderInput.Tuned(settings));
    tuned = false;
    input(new FinderInput.Start(wall));
    listed.clear();
    for (World world : worlds.values()) {
      world.up = true;
      world.answer = ReserveResult.SUCCESS;
      listed.add(FinderScene.relay(world.number));
    }
    input(
        new FinderInput.ListChanged(
            Set.of(), Set.of(), listed.stream().map(RelayPeer::id).collect(Collectors.toSet())));
  }
}
