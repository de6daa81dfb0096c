package io.fairlead.pubsub.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.pubsub.endpoint.Agreement.Effect;
import io.fairlead.pubsub.endpoint.Agreement.Input;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final ManualClock clock = new ManualClock();
  private final List<String> told = new ArrayList<>();

  @Test
  void aRaceTellsTheFirstCopyAndTheFirstRemoval() {
    Agreement<String, String> race = agreement(1, 3, false);
    add(race, 1, "x");
    add(race, 0, "x");
    remove(race, 0, "x");
    add(race, 2, "x");
    remove(race, 1, "x");
    assertThat(told).containsExactly("+x", "-x");
  }

  @Test
  void aRaceTellsAgainWhatTheFirstOneAddsAgain() {
    Agreement<String, String> race = agreement(1, 2, false);
    add(race, 0, "x");
    add(race, 1, "x");
    remove(race, 0, "x");
    add(race, 0, "x");
    assertThat(told).containsExactly("+x", "-x", "+x");
  }

  @Test
  void aQuorumTellsWhatEnoughSay() {
    Agreement<String, String> quorum = agreement(2, 3, false);
    add(quorum, 0, "x");
    assertThat(told).isEmpty();
    add(quorum, 2, "x");
    add(quorum, 1, "x");
    remove(quorum, 1, "x");
    assertThat(told).containsExactly("+x");
    remove(quorum, 0, "x");
    assertThat(told).containsExactly("+x", "-x");
  }

  @Test
  void anEndpointThatRepeatsItselfIsOneVoice() {
    Agreement<String, String> quorum = agreement(2, 3, false);
    add(quorum, 0, "x");
    add(quorum, 0, "x");
    assertThat(told).isEmpty();
  }

  @Test
  void aLoneVoiceIsTheSubjectOfADisagreementOnce() {
    Agreement<String, String> quorum = agreement(2, 3, false);
    add(quorum, 0, "x");
    clock.advance(TIMEOUT.minusMillis(1));
    assertThat(told).isEmpty();
    clock.advance(Duration.ofMinutes(1));
    assertThat(told).containsExactly("?x 1");
    add(quorum, 1, "x");
    assertThat(told).containsExactly("?x 1", "+x");
  }

  @Test
  void aLoneVoiceIsToldFlaggedWhereThatIsWanted() {
    Agreement<String, String> quorum = agreement(2, 3, true);
    add(quorum, 0, "x");
    clock.advance(TIMEOUT);
    assertThat(told).containsExactly("?x 1", "+x flagged");
    remove(quorum, 0, "x");
    assertThat(told).containsExactly("?x 1", "+x flagged", "-x");
  }

  @Test
  void whatItsOnlyVoiceTakesBackIsNoDisagreement() {
    Agreement<String, String> quorum = agreement(2, 3, false);
    add(quorum, 0, "x");
    remove(quorum, 0, "x");
    clock.advance(Duration.ofMinutes(1));
    assertThat(told).isEmpty();
    assertThat(quorum.waiting()).isZero();
  }

  @Test
  void aLostEndpointKeepsWhatItAddedAndForgetsWhatItRemoved() {
    Agreement<String, String> race = agreement(1, 2, false);
    add(race, 0, "x");
    add(race, 1, "x");
    remove(race, 0, "x");
    race.accept(new Input.Lost<>(0), clock.nanos(), this::tell);
    race.accept(new Input.Lost<>(1), clock.nanos(), this::tell);
    assertThat(told).containsExactly("+x", "-x", "+x");
  }

  @Test
  void whatIsKnownIsBounded() {
    Agreement<String, String> quorum = new Agreement<>(2, 3, TIMEOUT, false, 100);
    for (int i = 0; i < 1_000; i++) {
      add(quorum, 0, "a" + i);
      if (i % 2 == 0) add(quorum, 1, "a" + i);
    }
    assertThat(quorum.size()).isEqualTo(100);
    assertThat(quorum.waiting()).isEqualTo(50);
    assertThat(told.stream().filter(line -> line.startsWith("!"))).hasSize(450);
  }

  /**
   * Three followers of one chain, each late in its own way: in the end what enough hold is told.
   */
  @Test
  void inTheEndWhatAllHoldIsTold() {
    Seeds.run(
        300,
        random -> {
          told.clear();
          int endpoints = 2 + random.nextInt(3);
          int needed = 1 + random.nextInt(endpoints);
          Agreement<String, String> agreement = agreement(needed, endpoints, random.nextBoolean());
          List<Set<String>> views = new ArrayList<>();
          List<Set<String>> history = new ArrayList<>(List.of(Set.of()));
          int[] seen = new int[endpoints];
          for (int i = 0; i < endpoints; i++) views.add(new HashSet<>());
          Set<String> chain = new HashSet<>();
          for (int step = 0; step < 120; step++) {
            change(chain, step, random);
            history.add(Set.copyOf(chain));
            int who = random.nextInt(endpoints);
            if (random.nextInt(10) == 0) {
              agreement.accept(new Input.Lost<>(who), clock.nanos(), this::tell);
            } else {
              seen[who] += random.nextInt(history.size() - seen[who]);
              follow(agreement, who, views.get(who), history.get(seen[who]));
            }
            clock.advance(Duration.ofMillis(random.nextInt(3_000)));
          }
          for (int i = 0; i < endpoints; i++) follow(agreement, i, views.get(i), chain);
          assertThat(held()).isEqualTo(chain);
        });
  }

  private static void change(Set<String> chain, int step, RandomGenerator random) {
    if (random.nextInt(4) == 0) chain.removeIf(_ -> random.nextInt(4) == 0);
    else chain.add("log" + step % 60);
  }

  private void follow(
      Agreement<String, String> agreement, int who, Set<String> view, Set<String> next) {
    for (String gone : Set.copyOf(view)) {
      if (next.contains(gone)) continue;
      view.remove(gone);
      remove(agreement, who, gone);
    }
    for (String here : next) if (view.add(here)) add(agreement, who, here);
  }

  /** What was told, applied. */
  private Set<String> held() {
    Set<String> held = new HashSet<>();
    for (String line : told) {
      String key = line.substring(1).replace(" flagged", "");
      if (line.startsWith("+")) assertThat(held.add(key)).as("told twice: " + key).isTrue();
      if (line.startsWith("-")) assertThat(held.remove(key)).as("not told: " + key).isTrue();
    }
    return held;
  }

  private Agreement<String, String> agreement(int needed, int endpoints, boolean flagged) {
    return new Agreement<>(needed, endpoints, TIMEOUT, flagged, 10_000);
  }

  private void add(Agreement<String, String> agreement, int endpoint, String key) {
    current = agreement;
    agreement.accept(new Input.Added<>(endpoint, key, key), clock.nanos(), this::tell);
  }

  private void remove(Agreement<String, String> agreement, int endpoint, String key) {
    agreement.accept(new Input.Removed<>(endpoint, key), clock.nanos(), this::tell);
  }

  private Agreement<String, String> current = agreement(1, 1, false);

  private void tell(Effect<String, String> effect) {
    switch (effect) {
      case Effect.Added<String, String>(String key, String _, boolean flagged) ->
          told.add("+" + key + (flagged ? " flagged" : ""));
      case Effect.Removed<String, String>(String key, String _) -> told.add("-" + key);
      case Effect.Disagreement<String, String>(String key, int holders) ->
          told.add("?" + key + " " + holders);
      case Effect.Overflow<String, String>(String key) -> told.add("!" + key);
      case Effect.WakeAt<String, String>(long at) -> {
        Agreement<String, String> then = current;
        clock.after(
            Duration.ofNanos(at - clock.nanos()),
            () -> then.accept(new Input.Wake<>(), clock.nanos(), this::tell));
      }
    }
  }
}
