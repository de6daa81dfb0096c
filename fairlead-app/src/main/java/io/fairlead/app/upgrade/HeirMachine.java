package io.fairlead.app.upgrade;

import io.fairlead.core.mailbox.Machine;
import java.util.List;
import java.util.function.Consumer;

/**
 * The new process of an upgrade.
 *
 * <pre>
 * Compiling --compiled-->                 Compiling  (Say Hello)
 * Compiling --manifest-->                 Compiling
 * Compiling --last descriptor-->          Adopting   (Adopt)
 * Adopting  --adopted-->                  Adopting   (Say AskStore of the first store)
 * Adopting  --store given-->              Adopting   (Open)
 * Adopting  --opened-->                   Adopting   (Say AskStore of the next)
 * Adopting  --adopted or opened, none left--> Ready  (Say Ready)
 * Ready     --handed over-->              Running    (Settle)
 * Ready     --peer gone-->                Running    (Settle): the old process died, we serve
 * Ready     --withdrawn, time up-->       Failed     (GiveUp)
 * Compiling, Adopting --withdrawn, peer gone, time up, failed--> Failed (GiveUp)
 * </pre>
 *
 * An old process that only takes its offer back says so before it hangs up; silence in Ready is its
 * death. Not thread-safe: owned by the thread of one {@link Heir}.
 */
final class HeirMachine implements Machine<HeirMachine.Input, HeirMachine.Effect> {
  /** What happens to it. */
  sealed interface Input {
    record Compiled(UpgradeMessage.Hello hello) implements Input {}

    record Spoke(UpgradeMessage message) implements Input {}

    record DescriptorCame() implements Input {}

    /**
     * Everything is started and accepts, save what needs these.
     *
     * @param stores in the order they are to be opened
     */
    record Adopted(List<String> stores, long generation) implements Input {
      public Adopted {
        stores = List.copyOf(stores);
      }
    }

    record Opened(String store) implements Input {}

    record PeerGone() implements Input {}

    record Tick() implements Input {}
  }

  /** What it wants done. */
  sealed interface Effect {
    record Say(UpgradeMessage message) implements Effect {}

    /** Build and start the gateway on what was passed. */
    record Adopt(UpgradeMessage.Manifest manifest) implements Effect {}

    /** The store is free: open it and accept on its listeners. */
    record Open(String store) implements Effect {}

    /** Everything inherited is ours alone. */
    record Settle() implements Effect {}

    record GiveUp(String reason) implements Effect {}
  }

  sealed interface State {
    record Compiling(long untilNanos, int descriptors) implements State {}

    /** Waiting for the descriptors that the manifest names. */
    record Receiving(long untilNanos, UpgradeMessage.Manifest manifest, int descriptors)
        implements State {}

    /**
     * @param left stores to ask for; the first was asked for
     */
    record Adopting(long untilNanos, List<String> left, long generation) implements State {
      public Adopting {
        left = List.copyOf(left);
      }
    }

    record Ready(long untilNanos) implements State {}

    record Running() implements State {}

    record Failed(String reason) implements State {}
  }

  private State state;

  /**
   * @param untilNanos for the manifest to come; after it the manifest's time counts
   */
  HeirMachine(long untilNanos) {
    state = new State.Compiling(untilNanos, 0);
  }

  State state() {
    return state;
  }

  @Override
  public void accept(Input input, long nowNanos, Consumer<? super Effect> effects) {
    state =
        switch (state) {
          case State.Compiling s -> compiling(s, input, nowNanos, effects);
          case State.Receiving s -> receiving(s, input, nowNanos, effects);
          case State.Adopting s -> adopting(s, input, nowNanos, effects);
          case State.Ready s -> ready(s, input, nowNanos, effects);
          case State.Running s -> s;
          case State.Failed s -> s;
        };
  }

  private static State compiling(
      State.Compiling s, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return switch (input) {
      case Input.Compiled(UpgradeMessage.Hello hello) -> {
        effects.accept(new Effect.Say(hello));
        yield s;
      }
      case Input.DescriptorCame _ -> new State.Compiling(s.untilNanos(), s.descriptors() + 1);
      case Input.Spoke(UpgradeMessage.Manifest manifest) ->
          received(
              new State.Receiving(
                  nowNanos + manifest.timeLeft().toNanos(), manifest, s.descriptors()),
              effects);
      default -> orEnd(s, s.untilNanos(), input, nowNanos, effects);
    };
  }

  private static State receiving(
      State.Receiving s, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return input instanceof Input.DescriptorCame
        ? received(new State.Receiving(s.untilNanos(), s.manifest(), s.descriptors() + 1), effects)
        : orEnd(s, s.untilNanos(), input, nowNanos, effects);
  }

  private static State received(State.Receiving s, Consumer<? super Effect> effects) {
    if (s.descriptors() < s.manifest().sockets().size()) return s;
    effects.accept(new Effect.Adopt(s.manifest()));
    return new State.Adopting(s.untilNanos(), List.of(), 0);
  }

  private static State adopting(
      State.Adopting s, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return switch (input) {
      case Input.Adopted(List<String> stores, long generation) ->
          next(new State.Adopting(s.untilNanos(), stores, generation), effects);
      case Input.Spoke(UpgradeMessage.StoreGiven(String store))
          when !s.left().isEmpty() && store.equals(s.left().getFirst()) -> {
        effects.accept(new Effect.Open(store));
        yield s;
      }
      case Input.Opened(String store)
          when !s.left().isEmpty() && store.equals(s.left().getFirst()) ->
          next(
              new State.Adopting(
                  s.untilNanos(), s.left().subList(1, s.left().size()), s.generation()),
              effects);
      default -> orEnd(s, s.untilNanos(), input, nowNanos, effects);
    };
  }

  private static State next(State.Adopting s, Consumer<? super Effect> effects) {
    if (s.left().isEmpty()) {
      effects.accept(new Effect.Say(new UpgradeMessage.Ready(s.generation())));
      return new State.Ready(s.untilNanos());
    }
    effects.accept(new Effect.Say(new UpgradeMessage.AskStore(s.left().getFirst())));
    return s;
  }

  private static State ready(
      State.Ready s, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return switch (input) {
      case Input.Spoke(UpgradeMessage.HandedOver _), Input.PeerGone _ -> {
        effects.accept(new Effect.Settle());
        yield new State.Running();
      }
      default -> orEnd(s, s.untilNanos(), input, nowNanos, effects);
    };
  }

  /** What ends any state before Running; the rest is late and changes nothing. */
  private static State orEnd(
      State s, long untilNanos, Input input, long nowNanos, Consumer<? super Effect> effects) {
    return switch (input) {
      case Input.Spoke(UpgradeMessage.Withdrawn(String reason)) ->
          failed(effects, "the running gateway took its offer back: " + reason);
      case Input.PeerGone _ -> failed(effects, "the running gateway went away");
      case Input.Tick _ when nowNanos - untilNanos >= 0 ->
          failed(effects, "the hand-over took too long");
      case Input.Spoke _,
          Input.Tick _,
          Input.Compiled _,
          Input.DescriptorCame _,
          Input.Adopted _,
          Input.Opened _ ->
          s;
    };
  }

  private static State failed(Consumer<? super Effect> effects, String reason) {
    effects.accept(new Effect.GiveUp(reason));
    return new State.Failed(reason);
  }
}
