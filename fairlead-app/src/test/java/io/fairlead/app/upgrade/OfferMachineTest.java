package io.fairlead.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.upgrade.OfferMachine.Effect;
import io.fairlead.app.upgrade.OfferMachine.Input;
import io.fairlead.app.upgrade.OfferMachine.State;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OfferMachineTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Input ASKED = new Input.Asked(60 * SECOND);
  private static final Input HELLO =
      new Input.Spoke(new UpgradeMessage.Hello(UpgradeMessage.PROTOCOL, "1", "abc", 7));
  private static final Input READY = new Input.Spoke(new UpgradeMessage.Ready(3));
  private static final Input SETTLED = new Input.Spoke(new UpgradeMessage.Settled());
  private static final Input TICK = new Input.Tick();

  private final OfferMachine machine = new OfferMachine();
  private final List<Effect> effects = new ArrayList<>();
  private long nowNanos = Long.MAX_VALUE - SECOND; // wraps on the way

  @Test
  void handsOverAndLeavesOnceTheSuccessorHasSettled() {
    after(ASKED);
    assertThat(effects).containsExactly(new Effect.Spawn());
    after(HELLO);
    assertThat(effects).containsExactly(new Effect.Pass(60 * SECOND));
    after(READY);
    assertThat(effects)
        .containsExactly(new Effect.StandBy(), new Effect.Say(new UpgradeMessage.HandedOver()));
    assertThat(machine.state()).isInstanceOf(State.HandedOver.class);
    after(SETTLED);
    assertThat(effects)
        .containsExactly(new Effect.Yield(), new Effect.Report(3), new Effect.Leave());
    assertThat(machine.state()).isInstanceOf(State.Draining.class);
  }

  @Test
  void givesStoreAfterStoreAndSaysSoWhenItIsClosed() {
    after(ASKED, HELLO);
    after(ask("a"));
    assertThat(effects).containsExactly(new Effect.Release("a"));
    after(new Input.Released("a"));
    assertThat(effects).containsExactly(new Effect.Say(new UpgradeMessage.StoreGiven("a")));
    after(ask("b"), new Input.Released("b"), READY);
    assertThat(machine.state()).isInstanceOf(State.HandedOver.class);
  }

  static Stream<Arguments> whatEndsAnOffer() {
    return Stream.of(
        Arguments.of("cannot be started", new Input.SpawnFailed("it cannot be started")),
        Arguments.of("went away", new Input.PeerGone()),
        Arguments.of("exit code 3", new Input.ProcessEnded(3)),
        Arguments.of("could not be given away", new Input.ReleaseFailed("b", "busy")),
        Arguments.of("out of turn", SETTLED),
        Arguments.of("out of turn", READY),
        Arguments.of("out of turn", ask("c")),
        Arguments.of("out of turn", HELLO));
  }

  @ParameterizedTest
  @MethodSource("whatEndsAnOffer")
  void takesBackWhatItGaveLastFirstWhenTheOfferEnds(String reason, Input end) {
    after(ASKED, HELLO, ask("a"), new Input.Released("a"), ask("b"));
    after(end);
    assertThat(effects).singleElement().isInstanceOf(Effect.Withdraw.class);
    Effect.Withdraw withdrawn = (Effect.Withdraw) effects.getFirst();
    assertThat(withdrawn.reason()).contains(reason);
    assertThat(withdrawn.reopen()).containsExactly("b", "a");
    assertThat(machine.state()).isEqualTo(new State.Running());
  }

  @Test
  void endsTheOfferInTimeAndNotBefore() {
    after(ASKED, HELLO);
    nowNanos += 60 * SECOND - 1;
    after(TICK);
    assertThat(effects).isEmpty();
    nowNanos += 1;
    after(TICK);
    assertThat(effects).singleElement().isInstanceOf(Effect.Withdraw.class);
  }

  @Test
  void anotherProtocolIsNoHandOver() {
    after(ASKED, new Input.Spoke(new UpgradeMessage.Hello(99, "9", "abc", 7)));
    assertThat(effects)
        .containsExactly(
            new Effect.Spawn(),
            new Effect.Withdraw(
                "the new process speaks upgrade protocol 99, this one 1", List.of()));
  }

  @Test
  void whoAsksMeanwhileIsRefused() {
    after(ASKED);
    after(ASKED);
    assertThat(effects).containsExactly(new Effect.Refuse("an upgrade is under way"));
    after(HELLO, READY);
    after(ASKED);
    assertThat(effects).containsExactly(new Effect.Refuse("an upgrade is under way"));
    after(SETTLED);
    after(ASKED);
    assertThat(effects).containsExactly(new Effect.Refuse("a new process has taken over"));
  }

  @Test
  void whatIsLateInTheDoorwayChangesNothing() {
    after(ASKED, HELLO, READY);
    after(new Input.ProcessEnded(1), TICK, new Input.Released("x"), READY);
    assertThat(effects).isEmpty();
    assertThat(machine.state()).isInstanceOf(State.HandedOver.class);
  }

  @Test
  void aSuccessorThatDiesInTheDoorwayLeavesEverythingToTheOldProcess() {
    after(ASKED, HELLO, ask("a"), new Input.Released("a"), READY);
    after(new Input.PeerGone());
    assertThat(effects)
        .containsExactly(new Effect.Withdraw("the new process went away", List.of("a")));
    assertThat(machine.state()).isEqualTo(new State.Running());
  }

  @Test
  void aSuccessorThatNeverSettlesIsNotWaitedForForLong() {
    after(ASKED, HELLO, READY);
    nowNanos += 10 * SECOND;
    after(TICK);
    assertThat(effects).singleElement().isInstanceOf(Effect.Withdraw.class);
  }

  @Test
  void afterAFailureItCanBeAskedAgain() {
    after(ASKED, HELLO, new Input.PeerGone());
    after(ASKED);
    assertThat(effects).containsExactly(new Effect.Spawn());
  }

  @Test
  void whatComesBeforeAnOfferChangesNothing() {
    after(HELLO, READY, TICK, new Input.PeerGone(), new Input.ProcessEnded(0));
    assertThat(effects).isEmpty();
    assertThat(machine.state()).isEqualTo(new State.Running());
  }

  private static Input ask(String store) {
    return new Input.Spoke(new UpgradeMessage.AskStore(store));
  }

  private void after(Input... inputs) {
    effects.clear();
    for (Input input : inputs) machine.accept(input, nowNanos, effects::add);
  }
}
