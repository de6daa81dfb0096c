package io.fairlead.relay.finder;

import static io.fairlead.relay.finder.FinderScene.PLAIN;
import static io.fairlead.relay.finder.FinderScene.id;
import static io.fairlead.relay.finder.FinderScene.plain;
import static io.fairlead.relay.finder.FinderScene.through;
import static io.fairlead.relay.finder.FinderScene.withGrace;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.relay.finder.FinderInput.CheckResult;
import io.fairlead.relay.finder.FinderNews.EndReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The cases go-libp2p tests its finder by, and those in which ours does better. */
class RelayFinderTest {
  private static final Duration GRACE = ofSeconds(15);

  @Test
  void asksForOneAndReservesOnOne() {
    var scene = new FinderScene(plain(99_999, 4, 1, ZERO, ofHours(1), ofHours(9), ofHours(1)));
    scene.offering(1, 2).start().run(ofMinutes(59));

    assertThat(scene.asked).containsExactly(1);
    assertThat(scene.held()).hasSize(1);
  }

  @Test
  void holdsNoMoreThanDesired() {
    var scene = new FinderScene(plain(1, 3, 3, ZERO, ofHours(1), ofHours(9), ofHours(1)));
    scene.offering(1, 2, 3).start().run(ofMinutes(50));

    assertThat(scene.asked).containsExactly(3);
    assertThat(scene.held()).hasSize(1);
    assertThat(scene.attempts).hasSize(1);
  }

  @Test
  void waitsForEnoughCandidatesAfterTheStart() {
    var scene = new FinderScene(plain(1, 2, 20, ofHours(1), ofHours(1), ofHours(9), ofHours(1)));
    List<Long> open = new ArrayList<>();
    scene.source = (query, _) -> open.add(query);
    scene.start();
    scene.offer(open.getFirst(), 1);
    scene.run(ofMinutes(30));
    assertThat(scene.held()).isEmpty();

    scene.offer(open.getFirst(), 2);
    assertThat(scene.held()).hasSize(1);
  }

  @Test
  void goesOnWithFewerOnceTheBootDelayIsOver() {
    var scene = new FinderScene(PLAIN).offering(1).start();
    scene.run(ofMinutes(3).minusNanos(1));
    assertThat(scene.held()).isEmpty();

    scene.run(ofNanos(1));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void leavesAPeerThatFailedAlone() {
    var scene = new FinderScene(plain(1, 1, 1, ZERO, ofSeconds(20), ofNanos(1), ZERO));
    scene.answers.put(id(1), ReserveResult.CONNECTION_FAILED);
    scene.offering(1).start();
    assertThat(scene.attempts).hasSize(1);
    int calls = scene.asked.size();

    scene.step(ofNanos(1));
    assertThat(scene.asked).hasSizeGreaterThan(calls);
    assertThat(scene.attempts).hasSize(1);
    for (int i = 0; i < 2; i++) {
      scene.step(ofSeconds(20).dividedBy(3));
      assertThat(scene.attempts).hasSize(1);
    }

    scene.step(ofSeconds(20)).step(ofNanos(1));
    assertThat(scene.attempts).hasSize(2);
    assertThat(scene.asked).hasSizeLessThan(10);
  }

  @Test
  void leavesAPeerAloneOnlyAfterAFailure() {
    var scene = new FinderScene(plain(1, 1, 1, ZERO, ofSeconds(20), ofNanos(1), ZERO));
    scene.offering(1).start();

    assertThat(scene.held()).containsExactly(id(1));
    assertThat(scene.leftAlone(1)).isFalse();
  }

  @Test
  void usesAFixedList() {
    var scene = new FinderScene(PLAIN.forList(3).withNumRelays(1)).offering(1, 2, 3).start();

    assertThat(scene.asked).containsExactly(3);
    assertThat(scene.held()).hasSize(1);
  }

  @Test
  void takesAnotherWhenTheRelayGoesAndTheSourceNeverEnds() {
    var scene = new FinderScene(plain(1, 1, 3, ZERO, ofHours(1), ofHours(9), ofSeconds(30)));
    scene.source =
        (query, _) -> {
          for (int i = 1; i <= 3; i++) scene.offer(query, i);
        };
    scene.start();
    int first = scene.heldNumber();

    scene.checkResults.put(id(first), new CheckResult.Unusable("gone"));
    scene.gone(first);
    assertThat(scene.held()).hasSize(1).doesNotContain(id(first));
    scene.run(ofHours(2));
    assertThat(scene.asked).hasSize(1);
  }

  @Test
  void dropsCandidatesThatAreTooOld() {
    var scene =
        new FinderScene(plain(1, 4, 100, ofMinutes(3), ofHours(1), ofMinutes(20), ofSeconds(30)));
    List<Long> open = new ArrayList<>();
    scene.source = (query, _) -> open.add(query);
    scene.start();
    for (int i = 1; i <= 4; i++) scene.offer(open.getFirst(), i);
    scene.end(open.getFirst());
    int first = scene.heldNumber();
    assertThat(scene.report().candidates()).hasSize(3);

    scene.run(ofMinutes(1));
    assertThat(open).hasSize(2);
    scene.run(ofMinutes(10));
    for (int i = 11; i <= 14; i++) scene.offer(open.get(1), i);
    assertThat(scene.report().candidates()).hasSize(7);

    scene.run(ofMinutes(11));
    assertThat(scene.report().candidates())
        .extracting(FinderReport.Candidate::peer)
        .containsExactlyInAnyOrder(id(11), id(12), id(13), id(14));
    scene.gone(first);
    assertThat(scene.heldNumber()).isBetween(11, 14);
  }

  @Test
  void comesBackToTheOnlyRelay() {
    var scene = new FinderScene(plain(1, 1, 1, ZERO, ofMinutes(30), ofMinutes(30), ofSeconds(30)));
    scene.offering(1).start();
    scene.gone(1);
    assertThat(scene.held()).isEmpty();
    assertThat(scene.published()).isEmpty();

    scene.run(ofHours(1));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void asksTheSourceNoMoreOftenThanItMay() {
    var scene =
        new FinderScene(plain(1, 2, 20, ofHours(1), ofHours(1), ofMinutes(30), ofMillis(500)));
    int[] next = {0};
    scene.source =
        (query, _) -> {
          scene.offer(query, ++next[0]);
          scene.end(query);
        };
    scene.start().run(ofMillis(400));
    assertThat(scene.held()).isEmpty();
    assertThat(scene.asked).hasSize(1);

    scene.run(ofMillis(600));
    assertThat(scene.held()).hasSize(1);
  }

  @Test
  void restsWhenNothingIsWanted() {
    var scene = new FinderScene(plain(0, 1, 1, ZERO, ofHours(1), ofMinutes(30), ofMillis(1)));
    scene.offering(1).start();
    for (int i = 0; i < 60; i++) scene.run(ofSeconds(1));

    assertThat(scene.asked).hasSize(1);
    assertThat(scene.attempts).isEmpty();
  }

  @Test
  void saysAddressesWhenTheyChangeAndOnlyThen() {
    var scene =
        new FinderScene(plain(5, 1, 10, ofSeconds(1), ofHours(1), ofMinutes(30), ofHours(1)));
    List<Long> open = new ArrayList<>();
    scene.source = (query, _) -> open.add(query);
    scene.start();
    scene.offer(open.getFirst(), 1);
    assertThat(scene.publications).containsExactly(through(new int[] {1}));

    for (int i = 2; i <= 5; i++) scene.offer(open.getFirst(), i);
    assertThat(scene.published()).isEqualTo(through(1, 2, 3, 4, 5));
    int said = scene.publications.size();
    scene.run(ofSeconds(1));
    assertThat(scene.publications).hasSize(said);
  }

  // ---- where go falls short -------------------------------------------------------------------

  private static FinderScene holding(FinderSettings settings, int... offered) {
    FinderScene scene = new FinderScene(settings).offering(offered).start();
    scene.run(ofMinutes(3));
    assertThat(scene.held()).hasSize(settings.numRelays());
    return scene;
  }

  private static FinderSettings one(Duration grace) {
    return withGrace(
        plain(1, 1, 20, ofMinutes(3), ofHours(1), ofMinutes(30), ofSeconds(30)), grace);
  }

  @Test
  void refreshesTwoMinutesBeforeTheEnd() {
    var scene = holding(one(GRACE), 1);
    scene.run(ofMinutes(54));
    assertThat(scene.attempts).hasSize(1);

    scene.run(ofMinutes(3));
    assertThat(scene.attempts).hasSize(2);
    scene.run(ofHours(10));
    assertThat(scene.held()).containsExactly(id(1));
    assertThat(scene.publications).hasSize(1);
  }

  @Test
  void fillsUpAfterARefusedRefresh() {
    var scene = holding(one(GRACE), 1, 2, 3);
    int first = scene.heldNumber();
    scene.answers.put(id(first), ReserveResult.RESERVATION_REFUSED);
    scene.run(ofHours(1));

    assertThat(scene.held()).hasSize(1).doesNotContain(id(first));
    assertThat(scene.news).contains(new FinderNews.Ended(id(first), EndReason.REFUSED));
    assertThat(scene.leftAlone(first)).isTrue();
  }

  @Test
  void keepsAValidReservationWhoseRefreshFailed() {
    var scene = holding(one(GRACE), 1);
    scene.answers.put(id(1), ReserveResult.CONNECTION_FAILED);
    scene.run(ofMinutes(56)); // the first try is in the second last minute
    assertThat(scene.attempts).hasSize(2);
    assertThat(scene.published()).isEqualTo(through(new int[] {1}));

    scene.answers.remove(id(1));
    scene.run(ofMinutes(1));
    assertThat(scene.attempts).hasSize(3);
    assertThat(scene.publications).hasSize(1);
    scene.run(ofMinutes(30));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void losesARelayWhoseRefreshesFailedWhenItsTimeIsOver() {
    var scene = holding(one(ZERO), 1, 2);
    int first = scene.heldNumber();
    scene.answers.put(id(first), ReserveResult.CONNECTION_FAILED);
    scene.run(ofMinutes(59));

    assertThat(scene.attemptsAt(first)).isEqualTo(3); // reserved, refreshed, once more
    assertThat(scene.news).contains(new FinderNews.Ended(id(first), EndReason.EXPIRED));
    assertThat(scene.held()).hasSize(1).doesNotContain(id(first));
  }

  @Test
  void losesReservationsThatEndedWhileTheMachineSlept() {
    var scene = holding(one(ZERO), 1, 2);
    int first = scene.heldNumber();
    scene.wall = scene.wall.plus(ofHours(5)); // the monotonic clock stood still
    scene.run(ofMinutes(1));

    assertThat(scene.news).contains(new FinderNews.Ended(id(first), EndReason.EXPIRED));
    assertThat(scene.held()).hasSize(1);
  }

  @Test
  void protectsRelaysAsLongAsTheyAreHeld() {
    var scene = holding(one(ZERO), 1);
    assertThat(scene.protectedPeers).containsExactly(id(1));

    scene.checkResults.put(id(1), new CheckResult.Unusable("down"));
    scene.gone(1);
    assertThat(scene.protectedPeers).isEmpty();
  }

  @Test
  void triesALostRelayFirstAndSaysItsAddressesUntilTheGraceIsOver() {
    var scene = holding(one(GRACE), 1, 2, 3);
    int first = scene.heldNumber();
    scene.answers.put(id(first), ReserveResult.NOT_CONNECTED);
    scene.gone(first);
    scene.run(ofSeconds(15));

    // After 1 s, 2 s and 4 s; whether 8 s more are within the grace is chance.
    assertThat(scene.attempts).hasSizeBetween(4, 5).allMatch(id(first)::equals);
    assertThat(scene.publications).hasSize(1);
    scene.run(ofNanos(1));
    assertThat(scene.published()).isEqualTo(through(new int[] {scene.heldNumber()}));
    assertThat(scene.heldNumber()).isNotEqualTo(first);
  }

  @Test
  void aRelayThatComesBackChangesNoAddress() {
    var scene = holding(one(GRACE), 1, 2, 3);
    int first = scene.heldNumber();
    scene.gone(first);
    scene.run(ofSeconds(2));

    assertThat(scene.held()).containsExactly(id(first));
    assertThat(scene.publications).hasSize(1);
  }

  @Test
  void aLostRelayThatRefusesIsGivenUpAtOnce() {
    var scene = holding(one(GRACE), 1, 2, 3);
    int first = scene.heldNumber();
    scene.answers.put(id(first), ReserveResult.RESOURCE_LIMIT_EXCEEDED);
    scene.gone(first);
    scene.run(ofSeconds(2));

    assertThat(scene.held()).hasSize(1).doesNotContain(id(first));
  }

  @Test
  void saysNothingAfterTheStop() {
    var scene = holding(one(GRACE), 1);
    scene.input(new FinderInput.Stop());

    assertThat(scene.published()).isEmpty();
    assertThat(scene.protectedPeers).isEmpty();
    int effects = scene.performed.size();
    scene.run(ofHours(3));
    assertThat(scene.performed).hasSize(effects);
  }

  @Test
  void startsAgainWithoutBootDelayAndWithTheRelaysThatAreLeft() {
    var scene =
        holding(plain(2, 4, 20, ofMinutes(3), ofHours(1), ofMinutes(30), ofSeconds(30)), 1, 2);
    scene.input(new FinderInput.Stop());
    scene.gone(1);
    scene.start();
    assertThat(scene.published()).containsAll(through(new int[] {2}));
    assertThat(scene.protectedPeers).contains(id(2));

    scene.run(ofSeconds(31));
    assertThat(scene.held()).containsExactlyInAnyOrder(id(1), id(2));
  }

  @Test
  void dropsExpiredRelaysAtTheStart() {
    var scene = holding(one(GRACE), 1);
    scene.input(new FinderInput.Stop());
    scene.run(ofHours(2)).offering();
    scene.start();

    assertThat(scene.held()).isEmpty();
    assertThat(scene.news).contains(new FinderNews.Ended(id(1), EndReason.EXPIRED));
  }

  @Test
  void takesNoMoreCandidatesThanItHasRoomFor() {
    var scene = new FinderScene(PLAIN.withNumRelays(0));
    scene.offering(IntStream.rangeClosed(1, 1000).toArray()).start();

    assertThat(scene.report().candidates()).hasSize(20);
  }

  @Test
  void theSameSeedChoosesTheSame() {
    List<List<Integer>> chosen = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      List<Integer> first = new ArrayList<>();
      for (int seed = 0; seed < 20; seed++) {
        var scene =
            new FinderScene(FinderSettings.DEFAULTS.withNumRelays(1), seed * 7_919_000_000_003L);
        scene.offering(1, 2, 3, 4, 5, 6, 7, 8).start();
        first.add(scene.heldNumber());
      }
      chosen.add(first);
    }
    assertThat(chosen.getFirst()).isEqualTo(chosen.getLast());
    assertThat(Set.copyOf(chosen.getFirst())).hasSizeGreaterThan(2);
  }

  @Test
  void lowerNumbersLetRelaysLapse() {
    var scene = holding(FinderSettings.DEFAULTS, 1, 2);
    scene.input(new FinderInput.Tuned(FinderSettings.DEFAULTS.withNumRelays(1)));
    assertThat(scene.held()).hasSize(1);
    assertThat(scene.published()).hasSize(2);
    scene.input(new FinderInput.Tuned(FinderSettings.DEFAULTS));
    assertThat(scene.held()).hasSize(2); // nothing was lost yet
    assertThat(scene.attempts).hasSize(2);

    scene.input(new FinderInput.Tuned(FinderSettings.DEFAULTS.withNumRelays(1)));
    scene.run(ofMinutes(61));
    assertThat(scene.report().relays()).hasSize(1);
    assertThat(scene.published()).hasSize(1);
  }

  @Test
  void aHigherNumberIsFilledAtOnce() {
    var scene = holding(one(GRACE), 1, 2, 3);
    scene.input(new FinderInput.Tuned(one(GRACE).withNumRelays(3)));
    assertThat(scene.held()).hasSize(3);
  }

  @Test
  void anEntryThatGoesIsLeftInTheSameCycle() {
    var scene = holding(one(GRACE), 1, 2);
    int first = scene.heldNumber();
    scene.offering();
    scene.input(new FinderInput.ListChanged(Set.of(id(1), id(2)), Set.of(), Set.of()));

    assertThat(scene.held()).isEmpty();
    assertThat(scene.report().candidates()).isEmpty();
    assertThat(scene.published()).isEmpty();
    assertThat(scene.released).contains(id(first));
    assertThat(scene.news).contains(new FinderNews.Ended(id(first), EndReason.REMOVED));
  }

  @Test
  void aDrainingEntryIsReplacedBeforeItEnds() {
    var scene = holding(one(GRACE), 1, 2);
    int first = scene.heldNumber();
    scene.input(new FinderInput.ListChanged(Set.of(), Set.of(id(first)), Set.of()));

    assertThat(scene.held()).hasSize(1).doesNotContain(id(first));
    assertThat(scene.published()).hasSize(2);
    scene.run(ofMinutes(61));
    assertThat(scene.published()).hasSize(1);
    assertThat(scene.news).contains(new FinderNews.Ended(id(first), EndReason.LAPSED));
  }

  @Test
  void anEntryThatIsActiveAgainIsKept() {
    var scene = holding(one(GRACE), 1);
    scene.input(new FinderInput.ListChanged(Set.of(), Set.of(id(1)), Set.of()));
    scene.input(new FinderInput.ListChanged(Set.of(), Set.of(), Set.of(id(1))));
    scene.run(ofMinutes(61));
    assertThat(scene.held()).containsExactly(id(1));
    assertThat(scene.published()).hasSize(1);
    assertThat(scene.news).noneMatch(FinderNews.Ended.class::isInstance);
  }

  /** What changed may be a right of this node's own. */
  @Test
  void aListWithSomebodyLessLetsThoseTryAgainToo() {
    var scene = new FinderScene(one(GRACE));
    scene.answers.put(id(1), ReserveResult.PERMISSION_DENIED);
    scene.offering(1).start().run(ofMinutes(10));
    scene.answers.clear();
    scene.input(new FinderInput.ListChanged(Set.of(id(9)), Set.of(), Set.of()));
    scene.run(ofSeconds(31));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void aNewListLetsThoseTryAgainWhoWereNotAllowed() {
    var scene = new FinderScene(one(GRACE));
    scene.answers.put(id(1), ReserveResult.PERMISSION_DENIED);
    scene.offering(1).start().run(ofMinutes(10));
    assertThat(scene.attempts).hasSize(1);

    scene.answers.clear();
    scene.input(new FinderInput.ListChanged(Set.of(), Set.of(), Set.of(id(1))));
    scene.run(ofSeconds(31));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void anOperatorDropsAndReserves() {
    var scene = holding(one(GRACE), 1, 2, 3);
    int first = scene.heldNumber();
    scene.input(new FinderInput.DropRelay(id(first)));
    assertThat(scene.held()).hasSize(1).doesNotContain(id(first));
    assertThat(scene.leftAlone(first)).isTrue();

    scene.input(new FinderInput.ClearBackoff(Optional.of(id(first))));
    assertThat(scene.leftAlone(first)).isFalse();
    scene.input(new FinderInput.ReserveOn(FinderScene.relay(9)));
    assertThat(scene.held()).containsExactly(id(9));
    assertThat(scene.report().relays()).hasSize(2); // the other lapses
  }

  @Test
  void anOperatorMayAskTheSource() {
    var scene = holding(one(GRACE), 1, 2, 3);
    int calls = scene.asked.size();
    scene.run(ofMinutes(5));
    assertThat(scene.asked).hasSize(calls);
    scene.input(new FinderInput.FindNow());
    assertThat(scene.asked).hasSize(calls + 1);
  }

  @Test
  void aReservationThatComesTooLateIsReleased() {
    var scene = new FinderScene(one(GRACE));
    scene.silent.add(id(1));
    scene.offering(1).start();
    assertThat(scene.attempts).hasSize(1);
    scene.input(new FinderInput.Stop());
    scene.answerLast(1);

    assertThat(scene.released).containsExactly(id(1));
    assertThat(scene.report().relays()).isEmpty();
  }

  // ---- relays that lie ----------------------------------------------------------------------

  /** It takes no room from those that have one address. */
  @Test
  void aRelayThatNamesAHundredAddressesDoesNotHideTheOthers() {
    var scene =
        new FinderScene(plain(2, 2, 20, ofMinutes(3), ofHours(1), ofMinutes(30), ofSeconds(30)));
    List<Multiaddr> many =
        IntStream.range(0, 200)
            .mapToObj(i -> FinderScene.address("/ip4/1.0." + i + ".1/tcp/" + (i + 1)))
            .toList();
    scene.named.put(id(1), many);
    scene.offering(1, 2).start();

    assertThat(scene.published()).contains(through(2)).isSorted();
    assertThat(scene.published().size()).isBetween(50, 100);
  }

  /** It has a grace to come back in, not one each time. */
  @Test
  void aRelayThatComesAndGoesIsLeftAlone() {
    var scene = holding(one(GRACE), 1);
    scene.gone(1);
    scene.run(ofSeconds(2));
    assertThat(scene.held()).containsExactly(id(1));
    scene.gone(1);
    assertThat(scene.held()).isEmpty();
    assertThat(scene.published()).isEmpty();
    assertThat(scene.leftAlone(1)).isTrue();
    int attempts = scene.attempts.size();

    scene.run(ofHours(1).minusSeconds(1)); // of the fixed policy
    assertThat(scene.attempts).hasSize(attempts);
    scene.run(ofMinutes(1));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void aRelayThatComesAndGoesIsLeftAloneLongerEachTime() {
    FinderSettings settings =
        new FinderSettings(
            1,
            1,
            20,
            ZERO,
            ofHours(1),
            ofMinutes(30),
            ofSeconds(1),
            GRACE,
            FinderSettings.BackoffPolicy.GRADED,
            RelaySelection.RANDOM,
            ZERO);
    var scene = new FinderScene(settings).offering(1).start();
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      scene.run(ofSeconds(3));
      scene.gone(1);
      scene.run(ofSeconds(2));
      assertThat(scene.held()).containsExactly(id(1));
      scene.gone(1);
      long begun = scene.now;
      while (scene.held().isEmpty()) scene.run(ofSeconds(1));
      pauses.add(ofNanos(scene.now - begun).toMinutes());
    }
    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L);

    scene.run(ofHours(2)); // it was prolonged: that was long ago
    scene.gone(1);
    scene.run(ofSeconds(2));
    scene.gone(1);
    scene.run(ofMinutes(1).plusSeconds(2));
    assertThat(scene.held()).containsExactly(id(1));
  }

  /** Addresses would be said that lead nowhere most of the time. */
  @Test
  void aPlaceThatIsOverBeforeItIsLookedAtIsNone() {
    var scene = new FinderScene(withGrace(PLAIN.forList(2).withNumRelays(1), GRACE));
    scene.life = ofSeconds(5);
    scene.offering(1).start().run(ofMinutes(5));
    assertThat(scene.held()).isEmpty();
    assertThat(scene.publications).isEmpty();
    assertThat(scene.attempts).hasSize(1);
    assertThat(scene.released).contains(id(1));
    assertThat(scene.leftAlone(1)).isTrue();
  }

  @Test
  void aRelayThatShortensAPlaceToNothingLosesIts() {
    var scene = holding(one(GRACE), 1, 2);
    int first = scene.heldNumber();
    scene.life = ofSeconds(5);
    scene.run(ofHours(1).minusSeconds(30));
    scene.life = FinderScene.LIFE;
    scene.run(ofSeconds(60));
    assertThat(scene.held()).doesNotContain(id(first));
    assertThat(scene.news).contains(new FinderNews.Ended(id(first), EndReason.EXPIRED));
  }

  @Test
  void refusalsForLackOfRoomAreWaitedForLonger() {
    FinderSettings settings = FinderSettings.DEFAULTS;
    assertThat(Backoffs.of(ReserveResult.RESERVATION_REFUSED, 1, settings))
        .isEqualTo(ofMinutes(10));
    assertThat(Backoffs.of(ReserveResult.RESERVATION_REFUSED, 2, settings))
        .isEqualTo(ofMinutes(20));
    assertThat(Backoffs.of(ReserveResult.RESERVATION_REFUSED, 9, settings)).isEqualTo(ofHours(1));
    assertThat(Backoffs.of(ReserveResult.PERMISSION_DENIED, 1, settings)).isEqualTo(ofHours(1));
    assertThat(Backoffs.of(ReserveResult.CONNECTION_FAILED, 3, settings)).isEqualTo(ofMinutes(4));
    assertThat(Backoffs.of(ReserveResult.NOT_CONNECTED, 1, settings)).isEqualTo(ofSeconds(30));
    assertThat(Backoffs.of(ReserveResult.NOT_CONNECTED, 9, settings)).isEqualTo(ofMinutes(10));
    assertThat(Backoffs.of(ReserveResult.NOT_CONNECTED, 1, PLAIN)).isEqualTo(ZERO);
    assertThat(Backoffs.of(ReserveResult.CONNECTION_FAILED, 1, PLAIN)).isEqualTo(ofHours(1));
  }
}
