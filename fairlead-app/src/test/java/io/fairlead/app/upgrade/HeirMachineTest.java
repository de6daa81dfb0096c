package io.fairlead.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.upgrade.HeirMachine.Effect;
import io.fairlead.app.upgrade.HeirMachine.Input;
import io.fairlead.app.upgrade.HeirMachine.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeirMachineTest {
  private static final long SECOND = 1_000_000_000L;
  private static final UpgradeMessage.Hello HELLO = new UpgradeMessage.Hello(1, "v", "abc", 7);
  private static final UpgradeMessage.Manifest MANIFEST =
      new UpgradeMessage.Manifest(
          4, "abc", Duration.ofSeconds(20), List.of("tcp a:1", "udp a:1"), List.of("s"));
  private static final Input COMPILED = new Input.Compiled(HELLO);
  private static final Input DESCRIPTOR = new Input.DescriptorCame();
  private static final Input HANDED_OVER = new Input.Spoke(new UpgradeMessage.HandedOver());

  private long nowNanos = Long.MAX_VALUE - SECOND;
  private final HeirMachine machine = new HeirMachine(nowNanos + 30 * SECOND);
  private final List<Effect> effects = new ArrayList<>();

  @Test
  void takesOverStoreAfterStore() {
    after(COMPILED);
    assertThat(effects).containsExactly(new Effect.Say(HELLO));
    after(new Input.Spoke(MANIFEST), DESCRIPTOR);
    assertThat(effects).isEmpty();
    after(DESCRIPTOR);
    assertThat(effects).containsExactly(new Effect.Adopt(MANIFEST));
    after(new Input.Adopted(List.of("a", "b"), 5));
    assertThat(effects).containsExactly(say(new UpgradeMessage.AskStore("a")));
    after(given("a"));
    assertThat(effects).containsExactly(new Effect.Open("a"));
    after(new Input.Opened("a"));
    assertThat(effects).containsExactly(say(new UpgradeMessage.AskStore("b")));
    after(given("b"), new Input.Opened("b"));
    assertThat(effects).containsExactly(new Effect.Open("b"), say(new UpgradeMessage.Ready(5)));
    after(HANDED_OVER);
    assertThat(effects).containsExactly(new Effect.Settle());
    assertThat(machine.state()).isEqualTo(new State.Running());
  }

  @Test
  void descriptorsMayComeBeforeTheManifest() {
    after(COMPILED, DESCRIPTOR, DESCRIPTOR);
    after(new Input.Spoke(MANIFEST));
    assertThat(effects).containsExactly(new Effect.Adopt(MANIFEST));
  }

  static Stream<Arguments> waysToBeEarly() {
    List<Input> greeted = List.of(COMPILED);
    List<Input> receiving = List.of(COMPILED, new Input.Spoke(MANIFEST));
    List<Input> adopting = List.of(COMPILED, new Input.Spoke(MANIFEST), DESCRIPTOR, DESCRIPTOR);
    return Stream.of(List.<Input>of(), greeted, receiving, adopting)
        .flatMap(
            before ->
                Stream.of(
                    Arguments.of(before, new Input.PeerGone(), 0, "went away"),
                    Arguments.of(before, withdrawn(), 0, "too slow"),
                    Arguments.of(before, new Input.Tick(), 40, "too long")));
  }

  @ParameterizedTest
  @MethodSource("waysToBeEarly")
  void givesUpWhateverHappensBeforeReady(
      List<Input> before, Input end, int secondsLater, String reason) {
    after(before.toArray(Input[]::new));
    nowNanos += secondsLater * SECOND;
    after(end);
    assertThat(effects).singleElement().isInstanceOf(Effect.GiveUp.class);
    assertThat(((Effect.GiveUp) effects.getFirst()).reason()).contains(reason);
    assertThat(machine.state()).isInstanceOf(State.Failed.class);
    after(HANDED_OVER, DESCRIPTOR, new Input.Opened("s"));
    assertThat(effects).as("what comes later").isEmpty();
  }

  @Test
  void afterReadySilenceIsTheOldProcessesDeath() {
    becomeReady();
    after(new Input.PeerGone());
    assertThat(effects).containsExactly(new Effect.Settle());
  }

  @Test
  void afterReadyAWithdrawnOfferStillCounts() {
    becomeReady();
    after(withdrawn());
    assertThat(effects).singleElement().isInstanceOf(Effect.GiveUp.class);
  }

  @Test
  void theManifestSaysHowLong() {
    after(COMPILED, new Input.Spoke(MANIFEST), DESCRIPTOR, DESCRIPTOR);
    nowNanos += 20 * SECOND - 1;
    after(new Input.Tick());
    assertThat(effects).isEmpty();
    nowNanos += 1;
    after(new Input.Tick());
    assertThat(effects).singleElement().isInstanceOf(Effect.GiveUp.class);
  }

  private void becomeReady() {
    after(COMPILED, new Input.Spoke(MANIFEST), DESCRIPTOR, DESCRIPTOR);
    after(new Input.Adopted(List.of(), 1));
    assertThat(effects).containsExactly(say(new UpgradeMessage.Ready(1)));
  }

  private static Input withdrawn() {
    return new Input.Spoke(new UpgradeMessage.Withdrawn("too slow"));
  }

  private static Input given(String store) {
    return new Input.Spoke(new UpgradeMessage.StoreGiven(store));
  }

  private static Effect say(UpgradeMessage message) {
    return new Effect.Say(message);
  }

  private void after(Input... inputs) {
    effects.clear();
    for (Input input : inputs) machine.accept(input, nowNanos, effects::add);
  }
}
