package io.fairlead.pubsub.subscription;

import io.fairlead.core.mailbox.Machine;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.PubSubException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The life of one subscription at the server.
 *
 * <pre>
 * Pending    --connected-->     Pending     (Ask)
 * Pending    --subscribed-->    Active      (Bind)
 * Pending    --refused-->       Ended       (End SubscribeFailed)
 * Pending    --lost-->          Pending     (asked again when connected)
 * Pending    --released-->      Closing, or Ended when nothing was asked
 * Active     --lost-->          Recovering  (Unbind)
 * Active     --renew-->         Recovering  (Unbind, Unsubscribe, Ask)
 * Active     --server ended-->  Ended       (Unbind, End ServerError)
 * Active     --released-->      Ended       (Unbind, Unsubscribe, End Closed)
 * Recovering --connected-->     Recovering  (Ask)
 * Recovering --subscribed-->    Filling     (Bind, Fill) when it fills, else Active (Bind)
 * Recovering --refused-->       Recovering  (RetryIn), the sixth time Ended (ResubscribeFailed)
 * Recovering --retry due-->     Recovering  (Ask)
 * Recovering --lost-->          Recovering
 * Recovering --released-->      Closing, or Ended when nothing was asked
 * Filling    --filled-->        Active
 * Filling    --others-->        as Active
 * Closing    --subscribed-->    Ended       (Unsubscribe, End Closed)
 * Closing    --refused, lost--> Ended       (End Closed)
 * any        --subscribed by an answer to an earlier question--> same (Unsubscribe)
 * Ended      --anything else--> Ended
 * </pre>
 *
 * Not thread-safe: owned by its service's event loop.
 */
public final class SubscriptionMachine
    implements Machine<SubscriptionMachine.Input, SubscriptionMachine.Effect> {
  private static final int RETRIES_MAX = 5;
  private static final Duration RETRY_BASE = Duration.ofSeconds(1);
  private static final Duration RETRY_CAP = Duration.ofSeconds(30);
  private static final int NOT_ASKED = 0;

  /** What happens to it. */
  public sealed interface Input {
    /** There is a connection. */
    record Connected() implements Input {}

    /** The connection is gone. */
    record Lost() implements Input {}

    record Subscribed(int ask, ServerToken token) implements Input {}

    record Refused(int ask, PubSubException cause) implements Input {}

    record RetryDue(int ask) implements Input {}

    /** Nobody holds it any more. */
    record Released() implements Input {}

    /** The server said that it ends. */
    record ServerEnded(String text) implements Input {}

    /** It tells nothing although it should: asked for anew on the same connection. */
    record Renew() implements Input {}

    /** What was missed was told. */
    record Filled() implements Input {}

    /** The service ends. */
    record Over(EndReason reason) implements Input {}
  }

  /** What it wants done. */
  public sealed interface Effect {
    /** Subscribe; the answer comes back with this number. */
    record Ask(int ask) implements Effect {}

    record Unsubscribe(ServerToken token) implements Effect {}

    /** Notifications of this id are its own from now on. */
    record Bind(ServerToken token) implements Effect {}

    record Unbind(ServerToken token) implements Effect {}

    /** Ask for what was missed. */
    record Fill() implements Effect {}

    record RetryIn(int ask, Duration delay) implements Effect {}

    record End(EndReason reason) implements Effect {}
  }

  /** Where it stands. */
  public sealed interface State {
    record Pending(int ask) implements State {}

    record Active(ServerToken token) implements State {}

    record Recovering(int ask, int failures) implements State {}

    record Filling(ServerToken token) implements State {}

    record Closing(int ask) implements State {}

    record Ended(EndReason reason) implements State {}
  }

  private final boolean fills;
  private State state = new State.Pending(NOT_ASKED);
  private int asked;

  /**
   * @param fills whether what was missed is asked for after a new connection
   */
  public SubscriptionMachine(boolean fills) {
    this.fills = fills;
  }

  public State state() {
    return state;
  }

  @Override
  public void accept(Input input, long nowNanos, Consumer<? super Effect> effects) {
    state =
        switch (input) {
          case Input.Connected _ -> connected(effects);
          case Input.Lost _ -> lost(effects);
          case Input.Subscribed subscribed -> subscribed(subscribed, effects);
          case Input.Refused refused -> refused(refused, effects);
          case Input.RetryDue(int ask) ->
              state instanceof State.Recovering(int waiting, int failures) && waiting == -ask
                  ? new State.Recovering(ask(effects), failures)
                  : state;
          case Input.Released _ -> released(effects);
          case Input.ServerEnded(String text) ->
              bound() == null ? state : ended(new EndReason.ServerError(text), effects);
          case Input.Renew _ -> renew(effects);
          case Input.Filled _ ->
              state instanceof State.Filling(ServerToken token) ? new State.Active(token) : state;
          case Input.Over(EndReason reason) ->
              state instanceof State.Ended ? state : ended(reason, effects);
        };
  }

  private int ask(Consumer<? super Effect> effects) {
    int ask = ++asked;
    effects.accept(new Effect.Ask(ask));
    return ask;
  }

  private State connected(Consumer<? super Effect> effects) {
    return switch (state) {
      case State.Pending _ -> new State.Pending(ask(effects));
      case State.Recovering(_, int failures) -> new State.Recovering(ask(effects), failures);
      case State.Active _, State.Filling _, State.Closing _, State.Ended _ -> state;
    };
  }

  private State lost(Consumer<? super Effect> effects) {
    return switch (state) {
      case State.Pending _ -> new State.Pending(NOT_ASKED);
      case State.Recovering(_, int failures) -> new State.Recovering(NOT_ASKED, failures);
      case State.Active(ServerToken token) -> recovering(token, effects);
      case State.Filling(ServerToken token) -> recovering(token, effects);
      case State.Closing _ -> ended(new EndReason.Closed(), effects);
      case State.Ended _ -> state;
    };
  }

  private static State recovering(ServerToken token, Consumer<? super Effect> effects) {
    effects.accept(new Effect.Unbind(token));
    return new State.Recovering(NOT_ASKED, 0);
  }

  private State subscribed(Input.Subscribed input, Consumer<? super Effect> effects) {
    ServerToken token = input.token();
    switch (state) {
      case State.Pending(int ask) when ask == input.ask() -> {
        effects.accept(new Effect.Bind(token));
        return new State.Active(token);
      }
      case State.Recovering(int ask, _) when ask == input.ask() -> {
        effects.accept(new Effect.Bind(token));
        if (!fills) return new State.Active(token);
        effects.accept(new Effect.Fill());
        return new State.Filling(token);
      }
      case State.Closing(int ask) when ask == input.ask() -> {
        effects.accept(new Effect.Unsubscribe(token));
        return ended(new EndReason.Closed(), effects);
      }
      default -> {
        // The answer to a question we no longer ask; its id may be the one we have.
        ServerToken own = bound();
        if (own == null || !own.key().equals(token.key()))
          effects.accept(new Effect.Unsubscribe(token));
        return state;
      }
    }
  }

  private State refused(Input.Refused input, Consumer<? super Effect> effects) {
    return switch (state) {
      case State.Pending(int ask) when ask == input.ask() ->
          ended(new EndReason.SubscribeFailed(input.cause()), effects);
      case State.Recovering(int ask, int failures) when ask == input.ask() -> {
        if (failures >= RETRIES_MAX)
          yield ended(new EndReason.ResubscribeFailed(input.cause()), effects);
        effects.accept(new Effect.RetryIn(ask, delay(failures)));
        yield new State.Recovering(-ask, failures + 1);
      }
      case State.Closing(int ask) when ask == input.ask() -> ended(new EndReason.Closed(), effects);
      default -> state;
    };
  }

  private static Duration delay(int failures) {
    Duration delay = RETRY_BASE.multipliedBy(1L << failures);
    return delay.compareTo(RETRY_CAP) > 0 ? RETRY_CAP : delay;
  }

  private State released(Consumer<? super Effect> effects) {
    return switch (state) {
      case State.Pending(int ask) when ask != NOT_ASKED -> new State.Closing(ask);
      case State.Recovering(int ask, _) when ask > 0 -> new State.Closing(ask);
      case State.Pending _, State.Recovering _ -> ended(new EndReason.Closed(), effects);
      case State.Active(ServerToken token) -> goodbye(token, effects);
      case State.Filling(ServerToken token) -> goodbye(token, effects);
      case State.Closing _, State.Ended _ -> state;
    };
  }

  private State goodbye(ServerToken token, Consumer<? super Effect> effects) {
    effects.accept(new Effect.Unbind(token));
    effects.accept(new Effect.Unsubscribe(token));
    EndReason reason = new EndReason.Closed();
    effects.accept(new Effect.End(reason));
    return new State.Ended(reason);
  }

  private State renew(Consumer<? super Effect> effects) {
    ServerToken token = bound();
    if (token == null) return state;
    effects.accept(new Effect.Unbind(token));
    effects.accept(new Effect.Unsubscribe(token));
    return new State.Recovering(ask(effects), 0);
  }

  private State ended(EndReason reason, Consumer<? super Effect> effects) {
    ServerToken token = bound();
    if (token != null) effects.accept(new Effect.Unbind(token));
    effects.accept(new Effect.End(reason));
    return new State.Ended(reason);
  }

  private @Nullable ServerToken bound() {
    return switch (state) {
      case State.Active(ServerToken token) -> token;
      case State.Filling(ServerToken token) -> token;
      case State.Pending _, State.Recovering _, State.Closing _, State.Ended _ -> null;
    };
  }
}
