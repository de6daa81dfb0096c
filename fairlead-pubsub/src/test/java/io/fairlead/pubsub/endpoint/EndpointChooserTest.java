package io.fairlead.pubsub.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.endpoint.EndpointChooser.Candidate;
import io.fairlead.pubsub.endpoint.EndpointChooser.Effect;
import io.fairlead.pubsub.endpoint.EndpointChooser.Input;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class EndpointChooserTest {
  private static final Candidate BEST = new Candidate("best", 1, 1);
  private static final Candidate SPARE = new Candidate("spare", 2, 1);
  private static final Candidate LAST = new Candidate("last", 3, 1);

  private final EndpointChooser chooser =
      new EndpointChooser(List.of(SPARE, BEST, LAST), Seeds.generator(1), 0);
  private final List<String> told = new ArrayList<>();
  private long nowNanos;

  @Test
  void beginsWithTheBestPriority() {
    accept(new Input.Start());
    assertThat(uses()).containsExactly("best");
  }

  @Test
  void changesOverWhenItIsLost() {
    accept(new Input.Start());
    accept(new Input.Lost("best"));
    accept(new Input.Lost("spare"));
    assertThat(uses()).containsExactly("best", "spare", "last");
  }

  @Test
  void triesTheOneThatFailedLeastWhenAllFail() {
    accept(new Input.Start());
    for (int i = 0; i < 5; i++) accept(new Input.Lost(chooser.inUse().orElseThrow()));
    assertThat(uses()).containsExactly("best", "spare", "last", "best", "spare", "last");
  }

  @Test
  void staysWithTheSpareUntilTheBestWasWellForFiveMinutes() {
    accept(new Input.Start());
    accept(new Input.Lost("best"));
    accept(new Input.Connected("best"));
    pass(Duration.ofSeconds(299));
    accept(new Input.Head("spare", 10));
    assertThat(uses()).containsExactly("best", "spare");
    pass(Duration.ofSeconds(1));
    accept(new Input.Head("best", 11));
    assertThat(uses()).containsExactly("best", "spare");
    accept(new Input.Head("spare", 11));
    assertThat(uses()).containsExactly("best", "spare", "best");
  }

  @Test
  void aLapseBeginsTheFiveMinutesAnew() {
    accept(new Input.Start());
    accept(new Input.Lost("best"));
    accept(new Input.Connected("best"));
    pass(Duration.ofMinutes(4));
    accept(new Input.Lost("best"));
    accept(new Input.Connected("best"));
    pass(Duration.ofMinutes(4));
    accept(new Input.Head("spare", 10));
    assertThat(uses()).containsExactly("best", "spare");
  }

  @Test
  void leavesAnEndpointThatIsThreeBlocksBehind() {
    accept(new Input.Start());
    accept(new Input.Head("best", 10));
    accept(new Input.Head("spare", 12));
    assertThat(uses()).containsExactly("best");
    accept(new Input.Head("spare", 13));
    assertThat(uses()).containsExactly("best", "spare");
    assertThat(told).contains("best LAGGING");
    accept(new Input.Head("best", 13));
    assertThat(told).endsWith("best ALIVE");
  }

  @Test
  void aRollbackOfAllIsNoLag() {
    accept(new Input.Start());
    accept(new Input.Head("best", 100));
    accept(new Input.Head("best", 50));
    accept(new Input.Head("best", 51));
    assertThat(chooser.health("best", nowNanos)).isEqualTo(EndpointHealth.ALIVE);
    assertThat(uses()).containsExactly("best");
  }

  @Test
  void leavesOneThatStandsStillOrWantsRestOnlyForOneThatIsWell() {
    accept(new Input.Start());
    accept(new Input.Lost("spare"));
    accept(new Input.Lost("last"));
    accept(new Input.Stalled("best"));
    accept(new Input.RateLimited("best", Duration.ofMinutes(1)));
    assertThat(uses()).containsExactly("best");
    accept(new Input.Connected("last"));
    assertThat(uses()).containsExactly("best", "last");
    assertThat(told).contains("best STALLED", "best RATE_LIMITED");
  }

  @Test
  void leavesOneThatStandsStillOnlyForOneThatGoesOn() {
    accept(new Input.Start());
    accept(new Input.Head("best", 10));
    accept(new Input.Head("spare", 10));
    accept(new Input.Stalled("best"));
    assertThat(uses()).containsExactly("best");
    accept(new Input.Head("spare", 11));
    assertThat(uses()).containsExactly("best", "spare");
  }

  @Test
  void othersMayComeWhileOneServes() {
    accept(new Input.Start());
    chooser.retain(List.of(LAST, BEST), nowNanos);
    assertThat(chooser.inUse()).contains("best");
    chooser.retain(List.of(LAST, SPARE), nowNanos);
    assertThat(chooser.inUse()).isEmpty();
    accept(new Input.Start());
    assertThat(uses()).containsExactly("best", "spare");
  }

  @Test
  void aRestEnds() {
    accept(new Input.RateLimited("best", Duration.ofMinutes(1)));
    assertThat(chooser.health("best", nowNanos)).isEqualTo(EndpointHealth.RATE_LIMITED);
    pass(Duration.ofMinutes(1));
    assertThat(chooser.health("best", nowNanos)).isEqualTo(EndpointHealth.ALIVE);
  }

  @Test
  void oneThatCannotServeIsOutForFiveMinutes() {
    EndpointChooser alone = new EndpointChooser(List.of(BEST), Seeds.generator(1), 0);
    List<Effect> effects = new ArrayList<>();
    alone.accept(new Input.Start(), 0, effects::add);
    alone.accept(new Input.Refused("best"), 0, effects::add);
    long again = Duration.ofMinutes(5).toNanos();
    assertThat(effects)
        .containsExactly(
            new Effect.Use("best"),
            new Effect.HealthChanged("best", EndpointHealth.OUT),
            new Effect.WakeAt(again));
    alone.accept(new Input.Wake(), again, effects::add);
    assertThat(effects).endsWith(new Effect.Use("best"));
  }

  @Test
  void aWishHoldsUntilItFails() {
    accept(new Input.Start());
    accept(new Input.Wish("last"));
    pass(Duration.ofMinutes(10));
    accept(new Input.Head("last", 5));
    assertThat(uses()).containsExactly("best", "last");
    accept(new Input.Lost("last"));
    assertThat(uses()).containsExactly("best", "last", "best");
  }

  @Test
  void namesThatAreNotKnownChangeNothing() {
    accept(new Input.Start());
    accept(new Input.Lost("nobody"));
    accept(new Input.Head("nobody", 1_000));
    accept(new Input.Wish("nobody"));
    assertThat(uses()).containsExactly("best");
    assertThat(chooser.health("best", nowNanos)).isEqualTo(EndpointHealth.ALIVE);
  }

  @Test
  void equalsShareByWeight() {
    Map<String, Integer> chosen = new TreeMap<>();
    RandomGenerator random = Seeds.generator(5);
    for (int i = 0; i < 4_000; i++) {
      EndpointChooser pair =
          new EndpointChooser(
              List.of(new Candidate("one", 1, 1), new Candidate("three", 1, 3)), random, 0);
      pair.accept(new Input.Start(), 0, _ -> {});
      chosen.merge(pair.inUse().orElseThrow(), 1, Integer::sum);
    }
    assertThat(chosen.get("three")).isBetween(2_700, 3_300);
  }

  @Test
  void aBudgetSavesOneSecondsWorth() {
    RequestBudget budget = new RequestBudget(10, 0);
    for (int i = 0; i < 10; i++) assertThat(budget.take(0)).isZero();
    assertThat(budget.take(0)).isEqualTo(Duration.ofMillis(100));
    assertThat(budget.take(0)).isEqualTo(Duration.ofMillis(200));
    long later = Duration.ofHours(1).toNanos();
    for (int i = 0; i < 10; i++) assertThat(budget.take(later)).isZero();
    assertThat(budget.take(later)).isEqualTo(Duration.ofMillis(100));
    budget.rest(Duration.ofSeconds(5), later);
    assertThat(budget.take(later)).isEqualTo(Duration.ofMillis(5_100));
  }

  private void accept(Input input) {
    chooser.accept(
        input,
        nowNanos,
        effect ->
            told.add(
                switch (effect) {
                  case Effect.Use(String alias) -> "use " + alias;
                  case Effect.HealthChanged(String alias, EndpointHealth health) ->
                      alias + " " + health;
                  case Effect.WakeAt(long at) -> "wake " + at;
                }));
  }

  private void pass(Duration time) {
    nowNanos += time.toNanos();
  }

  private List<String> uses() {
    return told.stream()
        .filter(line -> line.startsWith("use "))
        .map(line -> line.substring(4))
        .toList();
  }
}
