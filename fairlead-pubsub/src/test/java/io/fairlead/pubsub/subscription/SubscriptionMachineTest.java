package io.fairlead.pubsub.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.codec.ServerIdKey;
import io.fairlead.pubsub.subscription.SubscriptionMachine.Effect;
import io.fairlead.pubsub.subscription.SubscriptionMachine.Input;
import io.fairlead.pubsub.subscription.SubscriptionMachine.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The transition table, row by row: words in, state and effects out. */
class SubscriptionMachineTest {
  private static final PubSubException NO =
      new PubSubException.RpcError(-1, "no", Optional.empty(), Optional.empty());

  private final List<String> effects = new ArrayList<>();

  private static ServerToken token(String id) {
    JsonSlice json = JsonSlice.of("\"" + id + "\"");
    ServerIdKey key = new ServerIdKey();
    byte[] bytes = json.bytes();
    assertThat(key.read(bytes, 0, bytes.length)).isTrue();
    return new ServerToken(json, key.copy());
  }

  private static Input input(String word) {
    String[] parts = word.split(":");
    return switch (parts[0]) {
      case "connected" -> new Input.Connected();
      case "lost" -> new Input.Lost();
      case "yes" -> new Input.Subscribed(Integer.parseInt(parts[1]), token(parts[2]));
      case "no" -> new Input.Refused(Integer.parseInt(parts[1]), NO);
      case "due" -> new Input.RetryDue(Integer.parseInt(parts[1]));
      case "released" -> new Input.Released();
      case "enough" -> new Input.ServerEnded("enough");
      case "renew" -> new Input.Renew();
      case "filled" -> new Input.Filled();
      case "over" -> new Input.Over(new EndReason.Closed());
      default -> throw new IllegalArgumentException(word);
    };
  }

  private static String word(Effect effect) {
    return switch (effect) {
      case Effect.Ask(int ask) -> "ask:" + ask;
      case Effect.Unsubscribe(ServerToken token) ->
          "bye:" + token.verbatim().toString().replace("\"", "");
      case Effect.Bind(ServerToken token) ->
          "bind:" + token.verbatim().toString().replace("\"", "");
      case Effect.Unbind(ServerToken token) ->
          "unbind:" + token.verbatim().toString().replace("\"", "");
      case Effect.Fill _ -> "fill";
      case Effect.RetryIn(int ask, Duration delay) -> "retry:" + ask + ":" + delay.toSeconds();
      case Effect.End(EndReason reason) -> "end:" + reason.getClass().getSimpleName();
    };
  }

  private SubscriptionMachine after(boolean fills, String words) {
    SubscriptionMachine machine = new SubscriptionMachine(fills);
    for (String word : words.split(" ")) {
      effects.clear();
      machine.accept(input(word), 0, effect -> effects.add(word(effect)));
    }
    return machine;
  }

  @ParameterizedTest
  @CsvSource({
    "connected, Pending, ask:1",
    "connected yes:1:a, Active, bind:a",
    "connected no:1, Ended, end:SubscribeFailed",
    "connected released, Closing, ''",
    "released, Ended, end:Closed",
    "connected lost, Pending, ''",
    "connected lost connected, Pending, ask:2",
    "connected lost connected yes:1:a, Pending, bye:a",
    "connected lost connected yes:2:b, Active, bind:b",
    "connected yes:1:a yes:1:a, Active, ''",
    "connected yes:1:a yes:9:z, Active, bye:z",
    "connected yes:1:a released, Ended, unbind:a bye:a end:Closed",
    "connected yes:1:a enough, Ended, unbind:a end:ServerError",
    "connected yes:1:a over, Ended, unbind:a end:Closed",
    "connected yes:1:a lost, Recovering, unbind:a",
    "connected yes:1:a renew, Recovering, unbind:a bye:a ask:2",
    "connected yes:1:a lost connected, Recovering, ask:2",
    "connected yes:1:a lost connected yes:2:b, Active, bind:b",
    "connected yes:1:a lost connected no:2, Recovering, retry:2:1",
    "connected yes:1:a lost connected no:2 due:2, Recovering, ask:3",
    "connected yes:1:a lost connected no:2 due:7, Recovering, ''",
    "connected yes:1:a lost connected no:2 released, Ended, end:Closed",
    "connected yes:1:a lost connected released, Closing, ''",
    "connected yes:1:a lost connected released yes:2:b, Ended, bye:b end:Closed",
    "connected yes:1:a lost connected released lost, Ended, end:Closed",
    "connected yes:1:a lost released, Ended, end:Closed",
    "connected released no:1, Ended, end:Closed",
    "connected released yes:1:a, Ended, bye:a end:Closed",
    "connected released yes:1:a connected, Ended, ''",
    "connected released yes:1:a yes:1:b, Ended, bye:b",
    "enough, Pending, ''",
    "renew, Pending, ''"
  })
  void transitions(String words, String state, String expected) {
    SubscriptionMachine machine = after(false, words);
    assertThat(machine.state().getClass().getSimpleName()).isEqualTo(state);
    assertThat(String.join(" ", effects)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "connected yes:1:a, Active, bind:a",
    "connected yes:1:a lost connected yes:2:b, Filling, bind:b fill",
    "connected yes:1:a lost connected yes:2:b filled, Active, ''",
    "connected yes:1:a lost connected yes:2:b lost, Recovering, unbind:b",
    "connected yes:1:a lost connected yes:2:b released, Ended, unbind:b bye:b end:Closed",
    "filled, Pending, ''"
  })
  void transitionsOfOneThatFills(String words, String state, String expected) {
    transitions(true, words, state, expected);
  }

  private void transitions(boolean fills, String words, String state, String expected) {
    SubscriptionMachine machine = after(fills, words);
    assertThat(machine.state().getClass().getSimpleName()).isEqualTo(state);
    assertThat(String.join(" ", effects)).isEqualTo(expected);
  }

  @Test
  void f15AfterThreeRefusalsItIsTakenUpAgain() {
    SubscriptionMachine machine = new SubscriptionMachine(false);
    List<String> all = new ArrayList<>();
    for (String word :
        "connected yes:1:a lost connected no:2 due:2 no:3 due:3 no:4 due:4 yes:5:b".split(" "))
      machine.accept(input(word), 0, effect -> all.add(word(effect)));
    assertThat(machine.state()).isInstanceOf(State.Active.class);
    assertThat(all)
        .containsSubsequence("retry:2:1", "ask:3", "retry:3:2", "ask:4", "retry:4:4", "ask:5")
        .endsWith("bind:b");
  }

  @Test
  void f15AfterFiveRetriesItIsGivenUp() {
    SubscriptionMachine machine = new SubscriptionMachine(false);
    List<String> all = new ArrayList<>();
    for (String word : "connected yes:1:a lost connected".split(" "))
      machine.accept(input(word), 0, _ -> {});
    for (int ask = 2; machine.state() instanceof State.Recovering; ask++) {
      machine.accept(input("no:" + ask), 0, effect -> all.add(word(effect)));
      machine.accept(input("due:" + ask), 0, effect -> all.add(word(effect)));
    }
    assertThat(all)
        .containsExactly(
            "retry:2:1",
            "ask:3",
            "retry:3:2",
            "ask:4",
            "retry:4:4",
            "ask:5",
            "retry:5:8",
            "ask:6",
            "retry:6:16",
            "ask:7",
            "end:ResubscribeFailed");
  }
}
