package io.fairlead.app.upgrade;

import io.fairlead.core.mailbox.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The old process of an upgrade.
 *
 * <pre>
 * Running   --asked-->               Offering    (Spawn)
 * Offering  --hello-->               Offering    (Pass)
 * Offering  --hello, other protocol--> Running   (Withdraw)
 * Offering  --asks for a store-->    Offering    (Release; StoreGiven is said once that is done)
 * Offering  --ready-->               HandedOver  (StandBy, Say HandedOver)
 * Offering  --time up, peer gone, process ended, release failed--> Running (Withdraw)
 * HandedOver --settled-->            Draining    (Yield, Report, Leave)
 * HandedOver --peer gone, time up--> Running     (Withdraw): it died in the doorway
 * any       --asked-->               same        (Refuse), unless Running
 * </pre>
 *
 * What arrives in a state that does not name it is late and changes nothing. Draining ends with the
 * process. Not thread-safe: owned by the thread of one {@link Offer}.
 */
final class OfferMachine implements Machine<OfferMachine.Input, OfferMachine.Effect> {
  private static final long SETTLE_NANOS = 10_000_000_000L;

  /** What happens to it. */
  sealed interface Input {
    /**
     * @param timeoutNanos until READY
     */
    record Asked(long timeoutNanos) implements Input {}

    record SpawnFailed(String reason) implements Input {}

    record Spoke(UpgradeMessage message) implements Input {}

    /** {@link Effect.Release} is done. */
    record Released(String store) implements Input {}

    record ReleaseFailed(String store, String reason) implements Input {}

    record PeerGone() implements Input {}

    record ProcessEnded(int exitCode) implements Input {}

    /** Time passed. */
    record Tick() implements Input {}
  }

  /** What it wants done, at once and in order. */
  sealed interface Effect {
    /** Open the door and start the successor; failing comes back as {@link Input.SpawnFailed}. */
    record Spawn() implements Effect {}

    /** Say the manifest and pass the descriptors. */
    record Pass(long timeLeftNanos) implements Effect {}

    /** Comes back as {@link Input.Released} or {@link Input.ReleaseFailed}. */
    record Release(String store) implements Effect {}

    record Say(UpgradeMessage message) implements Effect {}

    /** Accept nobody, but keep our copies of the sockets: the successor accepts already. */
    record StandBy() implements Effect {}

    /** Close our copies of the sockets; the successor is the gateway. */
    record Yield() implements Effect {}

    /** The asker's answer. */
    record Report(long generation) implements Effect {}

    /**
     * Say that the offer is over, take back what was given, end the successor, answer the asker.
     *
     * @param reopen in this order
     */
    record Withdraw(String reason, List<String> reopen) implements Effect {
      public Withdraw {
        reopen = List.copyOf(reopen);
      }
    }

    record Refuse(String reason) implements Effect {}

    /** Close the control doors and drain. */
    record Leave() implements Effect {}
  }

  sealed interface State {
    record Running() implements State {}

    /**
     * @param released stores that are not ours at the moment, in the order they went
     * @param asked the store being released
     */
    record Offering(long untilNanos, boolean greeted, List<String> released, String asked)
        implements State {
      public Offering {
        released = List.copyOf(released);
      }
    }

    record HandedOver(long untilNanos, long generation, List<String> released) implements State {
      public HandedOver {
        released = List.copyOf(released);
      }
    }

    record Draining() implements State {}
  }

  private State state = new State.Running();

  State state() {
    return state;
  }

  @Override
  public void accept(Input input, long nowNanos, Consumer<? super Effect> effects) {
    state =
        switch (state) {
          case State.Running running -> running(running, input, nowNanos, effects);
          case State.Offering offering -> offering(offering, input, nowNanos, effects);
          case State.HandedOver handed -> handedOver(handed, input, nowNanos, effects);
          case State.Draining draining -> {
            if (input instanceof Input.Asked) refuse(effects, "a new process has taken over");
            yield draining;
          }
        };
  }

  private static State running(
      State.Running running, Input input, long nowNanos, Consumer<? super Effect> effects) {
    if (!(input instanceof Input.Asked(long timeoutNanos))) return running;
    effects.accept(new Effect.Spawn());
    return new State.Offering(nowNanos + timeoutNanos, false, List.of(), "");
  }

  private static State offering(
      State.Offering offering, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return switch (input) {
      case Input.Asked _ -> {
        refuse(effects, "an upgrade is under way");
        yield offering;
      }
      case Input.SpawnFailed(String reason) -> withdraw(offering, effects, reason);
      case Input.Spoke(UpgradeMessage message) -> heard(offering, message, nowNanos, effects);
      case Input.Released(String store) when store.equals(offering.asked()) -> {
        effects.accept(new Effect.Say(new UpgradeMessage.StoreGiven(store)));
        List<String> released = new ArrayList<>(offering.released());
        released.add(store);
        yield new State.Offering(offering.untilNanos(), true, released, "");
      }
      case Input.Released _ -> offering;
      case Input.ReleaseFailed(String store, String reason) ->
          withdraw(offering, effects, "store " + store + " could not be given away: " + reason);
      case Input.PeerGone _ -> withdraw(offering, effects, "the new process went away");
      case Input.ProcessEnded(int exitCode) ->
          withdraw(
              offering,
              effects,
              "the new process ended with exit code " + exitCode + " before it was ready");
      case Input.Tick _ ->
          nowNanos - offering.untilNanos() < 0
              ? offering
              : withdraw(offering, effects, "the new process was not ready in time");
    };
  }

  private static State heard(
      State.Offering offering,
      UpgradeMessage message,
      long nowNanos,
      Consumer<? super Effect> effects) {
    return switch (message) {
      case UpgradeMessage.Hello hello when !offering.greeted() -> {
        if (hello.protocol() != UpgradeMessage.PROTOCOL) {
          yield withdraw(
              offering,
              effects,
              "the new process speaks upgrade protocol "
                  + hello.protocol()
                  + ", this one "
                  + UpgradeMessage.PROTOCOL);
        }
        effects.accept(new Effect.Pass(offering.untilNanos() - nowNanos));
        yield new State.Offering(offering.untilNanos(), true, List.of(), "");
      }
      case UpgradeMessage.AskStore(String store)
          when offering.greeted() && offering.asked().isEmpty() -> {
        effects.accept(new Effect.Release(store));
        yield new State.Offering(offering.untilNanos(), true, offering.released(), store);
      }
      case UpgradeMessage.Ready(long generation)
          when offering.greeted() && offering.asked().isEmpty() -> {
        effects.accept(new Effect.StandBy());
        effects.accept(new Effect.Say(new UpgradeMessage.HandedOver()));
        yield new State.HandedOver(nowNanos + SETTLE_NANOS, generation, offering.released());
      }
      default ->
          withdraw(
              offering,
              effects,
              "the new process said " + message.getClass().getSimpleName() + " out of turn");
    };
  }

  private static State handedOver(
      State.HandedOver handed, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return switch (input) {
      case Input.Spoke(UpgradeMessage.Settled _) -> {
        effects.accept(new Effect.Yield());
        effects.accept(new Effect.Report(handed.generation()));
        effects.accept(new Effect.Leave());
        yield new State.Draining();
      }
      case Input.PeerGone _ -> withdraw(handed.released(), effects, "the new process went away");
      case Input.Tick _ when nowNanos - handed.untilNanos() >= 0 ->
          withdraw(handed.released(), effects, "the new process did not take its place");
      case Input.Asked _ -> {
        refuse(effects, "an upgrade is under way");
        yield handed;
      }
      case Input.Tick _,
          Input.Spoke _,
          Input.SpawnFailed _,
          Input.Released _,
          Input.ReleaseFailed _,
          Input.ProcessEnded _ ->
          handed;
    };
  }

  private static State withdraw(
      State.Offering offering, Consumer<? super Effect> effects, String reason) {
    List<String> given = new ArrayList<>(offering.released());
    if (!offering.asked().isEmpty()) given.add(offering.asked());
    return withdraw(given, effects, reason);
  }

  private static State withdraw(
      List<String> given, Consumer<? super Effect> effects, String reason) {
    effects.accept(new Effect.Withdraw(reason, given.reversed()));
    return new State.Running();
  }

  private static void refuse(Consumer<? super Effect> effects, String reason) {
    effects.accept(new Effect.Refuse(reason));
  }
}
