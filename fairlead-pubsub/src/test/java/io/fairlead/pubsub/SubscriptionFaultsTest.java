package io.fairlead.pubsub;

import static io.fairlead.pubsub.Fast.SOON;
import static io.fairlead.pubsub.Fast.custom;
import static io.fairlead.pubsub.Fast.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server can do to a subscription, and what its holder sees of it. */
class SubscriptionFaultsTest {
  private final Fast fast = new Fast();
  private FakeNode node;

  @BeforeEach
  void open() throws IOException {
    node = FakeNode.ws();
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  /** Answers subscribing requests with this token. */
  private void give(String token) {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("x_subscribe")) return false;
          line.result(ask, token);
          return true;
        });
  }

  private static SubscribeRequest<String> x() {
    return custom("x_subscribe");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 256, 257})
  void f5ItemsBeforeTheAnswerAreDeliveredInOrder(int early) throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("x_subscribe")) return false;
          for (int i = 0; i < early; i++) line.notify("\"0xee\"", "\"" + i + "\"");
          line.result(ask, "\"0xee\"");
          line.notify("\"0xee\"", "\"live\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> items = frontend.subscribe(x())) {
      for (int i = 0; i < Math.min(early, 256); i++)
        assertThat(items.recv(SOON)).isEqualTo(Integer.toString(i));
      assertThat(items.recv(SOON)).isEqualTo("live");
      assertThat(fast.count("orphan.notifications")).isEqualTo(early > 256 ? 1 : 0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "'\"0x0cd0Ab\"', '\"0xcd0aB\"'",
        "7, 7",
        "7, '\"0x7\"'",
        "'\"7A05Kuieflh1Cozb\"', '\"7A05Kuieflh1Cozb\"'",
        "18446744073709551616, 18446744073709551616",
        "'\"0x10000000000000000\"', 18446744073709551616",
        "'\"0xff\"', 255"
      })
  void f6IdsOfAnyFormFindTheirSubscription(String answered, String notified) throws Exception {
    give(answered);
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      Subscription<String> items = frontend.subscribe(x());
      node.line().notify(notified, "\"item\"");
      assertThat(items.recv(SOON)).isEqualTo("item");
      items.close();
      await().atMost(SOON).until(() -> !node.asks("x_unsubscribe").isEmpty());
      assertThat(node.asks("x_unsubscribe").getFirst().params()).hasToString("[" + answered + "]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "null", "{\"id\":1}", "1.5"})
  void f7AnAnswerThatIsNoIdEndsIt(String token) throws Exception {
    give(token);
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.subscribe(x()))
          .isInstanceOf(PubSubException.DecodeError.class);
    }
  }

  @Test
  void f8EqualWishesShareOneSubscription() throws Exception {
    CompletableFuture<FakeNode.Ask> asked = new CompletableFuture<>();
    node.on((_, ask) -> ask.method().equals("x_subscribe") && asked.complete(ask));
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      CompletableFuture<Subscription<String>> first = frontend.subscribeAsync(x());
      CompletableFuture<Subscription<String>> second = frontend.subscribeAsync(x());
      FakeNode.Ask ask = asked.get();
      frontend.call(text("net_version")); // both have reached the service
      node.line().result(ask, "\"0xaa\"");
      Subscription<String> third = frontend.subscribe(x());
      node.line().notify("\"0xaa\"", "\"item\"");
      for (Subscription<String> each : List.of(first.get(), second.get(), third)) {
        assertThat(each.localId()).isEqualTo(third.localId());
        assertThat(each.recv(SOON)).isEqualTo("item");
      }
      first.get().close();
      second.get().close();
      frontend.call(text("net_version"));
      assertThat(node.asks("x_unsubscribe")).isEmpty();
      third.close();
      await().atMost(SOON).until(() -> node.asks("x_unsubscribe").size() == 1);
      assertThat(node.asks("x_subscribe")).hasSize(1);
    }
  }

  @Test
  void aLonelyWishIsNotShared() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<Head> shared = frontend.subscribe(SubscribeRequest.newHeads());
        Subscription<Head> alone = frontend.subscribe(SubscribeRequest.newHeads().alone())) {
      assertThat(alone.localId()).isNotEqualTo(shared.localId());
      assertThat(node.asks("eth_subscribe")).hasSize(2);
    }
  }

  @Test
  void f9TheMethodIsPartOfTheLocalId() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().endsWith("_subscribe") || ask.method().startsWith("eth_")) return false;
          line.result(ask, "\"" + ask.method() + "\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> one = frontend.subscribe(custom("a_subscribe"));
        Subscription<String> two = frontend.subscribe(custom("b_subscribe"))) {
      assertThat(one.localId()).isNotEqualTo(two.localId());
      node.line().notify("\"b_subscribe\"", "\"b\"");
      node.line().notify("\"a_subscribe\"", "\"a\"");
      assertThat(one.recv(SOON)).isEqualTo("a");
      assertThat(two.recv(SOON)).isEqualTo("b");
    }
  }

  @Test
  void f12OldIdsOfOthersDoNotCrossTalk() throws Exception {
    List<FakeNode.Ask> held = Collections.synchronizedList(new ArrayList<>());
    node.on(
        (line, ask) -> {
          if (!ask.method().endsWith("x_subscribe") && !ask.method().equals("y_subscribe"))
            return false;
          if (line.number == 1) {
            line.result(ask, ask.method().equals("x_subscribe") ? "\"0xa\"" : "\"0xb\"");
            return true;
          }
          held.add(ask);
          if (held.size() < 2) return true;
          // The other way round, and each with the id that the other had.
          for (FakeNode.Ask each : held.reversed())
            line.result(each, each.method().equals("x_subscribe") ? "\"0xb\"" : "\"0xa\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> x = frontend.subscribe(x());
        Subscription<String> y = frontend.subscribe(custom("y_subscribe"))) {
      U256 before = x.localId();
      node.line().drop();
      await().atMost(SOON).until(() -> node.connections() == 2 && held.size() == 2);
      node.line().notify("\"0xa\"", "\"for y\"");
      node.line().notify("\"0xb\"", "\"for x\"");
      assertThat(x.recv(SOON)).isEqualTo("for x");
      assertThat(y.recv(SOON)).isEqualTo("for y");
      assertThat(x.localId()).isEqualTo(before);
      assertThat(held.stream().map(FakeNode.Ask::method))
          .containsExactly("x_subscribe", "y_subscribe");
    }
  }

  @Test
  void f13OneThatIsClosedWhileItRecoversIsNotBroughtBack() throws Exception {
    CompletableFuture<FakeNode.Ask> again = new CompletableFuture<>();
    node.on(
        (line, ask) ->
            ask.method().equals("x_subscribe") && line.number == 2 && again.complete(ask));
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      node.on(
          (line, ask) -> {
            if (!ask.method().equals("x_subscribe")) return false;
            if (line.number == 2) return again.complete(ask);
            line.result(ask, "\"0xa\"");
            return true;
          });
      Subscription<String> x = frontend.subscribe(x());
      node.line().drop();
      FakeNode.Ask ask = again.get();
      x.close();
      frontend.call(text("net_version"));
      node.line().result(ask, "\"0xnew\"");
      await().atMost(SOON).until(() -> !node.asks("x_unsubscribe").isEmpty());
      assertThat(node.asks("x_unsubscribe").getFirst().params()).hasToString("[\"0xnew\"]");
      node.line().drop();
      await().atMost(SOON).until(() -> node.connections() == 3);
      frontend.call(text("net_version"));
      assertThat(node.asks("x_subscribe")).hasSize(2);
    }
  }

  @Test
  void f14ALateSuccessIsGivenBackAtOnce() throws Exception {
    CompletableFuture<FakeNode.Ask> asked = new CompletableFuture<>();
    node.on((_, ask) -> ask.method().equals("x_subscribe") && asked.complete(ask));
    Fast quick =
        new Fast()
            .settings(
                Fast.SETTINGS.timeouts(
                    Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofMillis(100)));
    try (PubSubFrontend frontend = quick.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.subscribe(x()))
          .isInstanceOfSatisfying(
              PubSubException.Timeout.class,
              late -> assertThat(late.stage()).isEqualTo(PubSubException.Timeout.Stage.SUBSCRIBE));
      node.line().result(asked.get(), "\"0xlate\"");
      await().atMost(SOON).until(() -> !node.asks("x_unsubscribe").isEmpty());
      assertThat(node.asks("x_unsubscribe").getFirst().params()).hasToString("[\"0xlate\"]");
    }
  }

  @Test
  void f15ARefusalAfterReconnectIsTriedAgain() throws Exception {
    AtomicInteger refusals = new AtomicInteger();
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("x_subscribe")) return false;
          if (line.number == 2 && refusals.incrementAndGet() == 1)
            line.error(ask, -32005, "too many requests");
          else line.result(ask, "\"0x" + line.number + "\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> x = frontend.subscribe(x())) {
      node.line().drop();
      await().atMost(SOON).until(() -> refusals.get() == 2);
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.LIVE);
      node.line().notify("\"0x2\"", "\"back\"");
      assertThat(x.recv(SOON)).isEqualTo("back");
    }
  }

  @Test
  void anErrorOfTheServerEndsTheSubscriptionAndNothingElse() throws Exception {
    give("\"0xa\"");
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> x = frontend.subscribe(x())) {
      node.line().notify("\"0xa\"", "\"last\"");
      node.line()
          .text(
              "{\"method\":\"x\",\"params\":{\"subscription\":\"0xa\",\"error\":{\"code\":1,"
                  + "\"message\":\"enough\"}}}");
      assertThat(x.recv(SOON)).isEqualTo("last");
      assertThatThrownBy(() -> x.recv(SOON))
          .isInstanceOfSatisfying(
              PubSubException.SubscriptionEnded.class,
              ended -> assertThat(ended.reason()).isEqualTo(new EndReason.ServerError("enough")));
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
    }
  }

  @Test
  void aRawSubscribingCallIsAnsweredWithTheLocalIdAndItsItemsWait() throws Exception {
    give("\"0xa\"");
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      Response answer = frontend.sendRaw(new RawRequest("x_subscribe", JsonSlice.of("[]")));
      String id = ((Response.Success) answer).result().decode(Decoders.text());
      node.line().notify("\"0xa\"", "\"waited\"");
      RawSubscription items = frontend.getSubscription(U256.ofQuantity(id));
      assertThat(items.recv(SOON)).hasToString("\"waited\"");
      try (items;
          RawSubscription fork = items.fork()) {
        frontend.call(text("net_version"));
        node.line().notify("\"0xa\"", "\"both\"");
        assertThat(items.recv(SOON)).hasToString("\"both\"");
        assertThat(fork.recv(SOON)).hasToString("\"both\"");
        assertThat(fork.isEmpty()).isTrue();
      }
      await().atMost(SOON).until(() -> node.asks("x_unsubscribe").size() == 1);
      assertThatThrownBy(() -> frontend.getSubscription(U256.ofQuantity(id)))
          .isInstanceOf(PubSubException.SubscriptionNotFound.class);
    }
  }

  @Test
  void anyCallMayBeASubscriptionAndComesBackWithIt() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("watch")) return false;
          line.result(ask, Integer.toString(100 + line.number));
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      RpcCall<String> watch =
          RpcCall.of("watch", List.of("x"), Decoders.text()).asSubscription("forget");
      U256 id = U256.ofQuantity(frontend.call(watch));
      try (RawSubscription items = frontend.getSubscription(id)) {
        node.line().notify("101", "\"one\"");
        assertThat(items.recv(SOON)).hasToString("\"one\"");
        node.line().drop();
        await().atMost(SOON).until(() -> node.asks("watch").size() == 2);
        await().atMost(SOON).until(() -> frontend.state() == ServiceState.LIVE);
        node.line().notify("102", "\"two\"");
        assertThat(items.recv(SOON)).hasToString("\"two\"");
      }
      await().atMost(SOON).until(() -> !node.asks("forget").isEmpty());
      assertThat(node.asks("forget").getFirst().params()).hasToString("[102]");
    }
  }

  @Test
  void anUnsubscribingCallTakesTheLocalId() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<Head> heads = frontend.newHeads(HeadOptions.RAW)) {
      Response answer =
          frontend.sendRaw(
              new RawRequest("eth_unsubscribe", Json.array(heads.localId().toQuantity())));
      assertThat(((Response.Success) answer).result()).hasToString("true");
      assertThat(node.asks("eth_unsubscribe").getFirst().param(0)).isEqualTo("0xa1");
      assertThatThrownBy(() -> heads.recv(SOON))
          .isInstanceOf(PubSubException.SubscriptionEnded.class);
    }
  }

  @Test
  void anIdGivenTwiceGoesToBoth() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("x_subscribe") && !ask.method().equals("y_subscribe"))
            return false;
          line.result(ask, "\"0xsame\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> x = frontend.subscribe(x());
        Subscription<String> y = frontend.subscribe(custom("y_subscribe"))) {
      node.line().notify("\"0xsame\"", "\"item\"");
      assertThat(x.recv(SOON)).isEqualTo("item");
      assertThat(y.recv(SOON)).isEqualTo("item");
    }
  }

  @Test
  void whatCannotBeDecodedIsSkippedShownOrExplained() throws Exception {
    give("\"0xa\"");
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> x = frontend.subscribe(x())) {
      for (String item : List.of("1", "\"good\"", "2", "3")) {
        node.line().notify("\"0xa\"", item);
      }
      assertThat(x.recv(SOON)).isEqualTo("good");
      assertThat(x.skipped()).isEqualTo(1);
      assertThat(x.recvAny(SOON)).isEqualTo(new SubscriptionItem.Other<>(JsonSlice.of("2")));
      assertThat(x.recvResult(SOON)).isInstanceOf(DecodeResult.Failed.class);
      assertThat(x.tryRecv()).isEmpty();
      assertThat(fast.count("decode.failures")).isEqualTo(3);
    }
  }
}
