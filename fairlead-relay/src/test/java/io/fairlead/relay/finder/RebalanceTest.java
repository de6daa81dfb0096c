package io.fairlead.relay.finder;

import static io.fairlead.relay.finder.FinderScene.id;
import static io.fairlead.relay.finder.FinderScene.through;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.relay.finder.FinderInput.CheckResult;
import io.fairlead.relay.finder.FinderNews.EndReason;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.RelayPeer.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Relays that are exchanged for better ones. */
class RebalanceTest {
  private static final Duration EVERY = ofMinutes(10);

  /** Those of a search that never ends. */
  private final List<Long> open = new ArrayList<>();

  private static FinderSettings settings(Duration rebalance, RelaySelection strategy, int relays) {
    return new FinderSettings(
        relays,
        1,
        20,
        ZERO,
        ofHours(1),
        ofHours(9),
        ofSeconds(30),
        ZERO,
        FinderSettings.BackoffPolicy.FIXED,
        strategy,
        rebalance);
  }

  private FinderScene scene(FinderSettings settings) {
    FinderScene scene = new FinderScene(settings);
    scene.source = (query, _) -> open.add(query);
    return scene.start();
  }

  private static Standing standing(double score) {
    return new Standing(OptionalDouble.of(score), Optional.empty(), Optional.empty());
  }

  private void offer(FinderScene scene, int number, boolean typed, Standing standing, int millis) {
    RelayPeer plain = FinderScene.relay(number);
    scene.checkResults.put(
        id(number),
        new CheckResult.Relays(plain.addresses(), Optional.of(Duration.ofMillis(millis))));
    scene.offer(open.getFirst(), new RelayPeer(plain.id(), plain.addresses(), typed, standing));
  }

  private FinderScene holdingAPoorOne(FinderSettings settings) {
    FinderScene scene = scene(settings);
    offer(scene, 1, false, standing(0), 400);
    assertThat(scene.held()).containsExactly(id(1));
    return scene;
  }

  private FinderScene withABetterOne(FinderSettings settings) {
    FinderScene scene = holdingAPoorOne(settings);
    offer(scene, 2, false, standing(1), 1);
    return scene;
  }

  @Test
  void aCandidateThatIsBetterThreeTimesTakesOver() {
    FinderScene scene = withABetterOne(settings(EVERY, ScoredSelection.DEFAULTS, 1));
    scene.run(ofMinutes(30));
    assertThat(scene.attempts).containsExactly(id(1));

    scene.run(ofNanos(10)); // the third look
    assertThat(scene.attempts).containsExactly(id(1), id(2));
    assertThat(scene.held()).containsExactly(id(2));
    assertThat(scene.published()).isEqualTo(through(1, 2));

    scene.run(ofMinutes(31)); // the first was given for an hour, and is not refreshed
    assertThat(scene.attemptsAt(1)).isEqualTo(1);
    assertThat(scene.news).contains(new FinderNews.Ended(id(1), EndReason.LAPSED));
    assertThat(scene.published()).isEqualTo(through(new int[] {2}));
  }

  @Test
  void nothingIsExchangedUnlessThatIsWanted() {
    FinderScene off = withABetterOne(settings(ZERO, ScoredSelection.DEFAULTS, 1));
    off.run(ofHours(8));
    assertThat(off.held()).containsExactly(id(1));

    open.clear();
    FinderScene unscored = withABetterOne(settings(EVERY, RelaySelection.RANDOM, 1));
    unscored.run(ofHours(8));
    assertThat(unscored.held()).containsExactly(id(1));
  }

  @Test
  void whatIsALittleBetterIsNotBetter() {
    FinderScene scene = holdingAPoorOne(settings(EVERY, ScoredSelection.DEFAULTS, 1));
    offer(scene, 2, false, standing(0.5), 300);
    scene.run(ofHours(8));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void whatIsBetterTwiceIsForgotten() {
    FinderScene scene = withABetterOne(settings(EVERY, ScoredSelection.DEFAULTS, 1));
    scene.run(ofMinutes(25));
    scene.input(new FinderInput.ListChanged(Set.of(id(2)), Set.of(), Set.of()));
    scene.run(ofMinutes(10));
    offer(scene, 2, false, standing(1), 1);
    scene.run(ofMinutes(20));
    assertThat(scene.attempts).containsExactly(id(1));

    scene.run(ofMinutes(10));
    assertThat(scene.held()).containsExactly(id(2));
  }

  @Test
  void aRelayThatAnOperatorNamedStays() {
    FinderScene scene = scene(settings(EVERY, ScoredSelection.DEFAULTS, 1));
    offer(scene, 1, true, Standing.NONE, 4000);
    offer(scene, 2, false, standing(1), 1);
    assertThat(scene.held()).containsExactly(id(1));
    scene.run(ofHours(8));
    assertThat(scene.held()).containsExactly(id(1));
  }

  @Test
  void nothingIsLetGoWhereTheBetterOneRefuses() {
    FinderScene scene = withABetterOne(settings(EVERY, ScoredSelection.DEFAULTS, 1));
    scene.answers.put(id(2), ReserveResult.RESERVATION_REFUSED);
    scene.run(ofHours(8));

    assertThat(scene.held()).containsExactly(id(1));
    assertThat(scene.attemptsAt(2)).isEqualTo(1);
    assertThat(scene.published()).isEqualTo(through(new int[] {1}));
  }

  @Test
  void oneIsExchangedAtATime() {
    FinderScene scene = scene(settings(EVERY, ScoredSelection.DEFAULTS, 2));
    offer(scene, 1, false, standing(0), 400);
    offer(scene, 2, false, standing(0), 500);
    offer(scene, 3, false, standing(1), 1);
    offer(scene, 4, false, standing(1), 2);
    assertThat(scene.held()).containsExactlyInAnyOrder(id(1), id(2));

    scene.run(ofMinutes(31));
    assertThat(scene.held()).containsExactlyInAnyOrder(id(1), id(3));
    scene.run(ofMinutes(28));
    assertThat(scene.held()).containsExactlyInAnyOrder(id(1), id(3));
    scene.run(ofMinutes(5));
    assertThat(scene.held()).containsExactlyInAnyOrder(id(3), id(4));
    assertThat(scene.protectedPeers).contains(id(3), id(4));
  }

  @Test
  void itMayBeAskedForWhileItRuns() {
    FinderScene scene = withABetterOne(settings(ZERO, ScoredSelection.DEFAULTS, 1));
    scene.run(ofHours(2));
    scene.input(new FinderInput.Tuned(settings(EVERY, ScoredSelection.DEFAULTS, 1)));
    scene.run(ofMinutes(29));
    assertThat(scene.held()).containsExactly(id(1));
    scene.run(ofMinutes(2));
    assertThat(scene.held()).containsExactly(id(2));
  }
}
