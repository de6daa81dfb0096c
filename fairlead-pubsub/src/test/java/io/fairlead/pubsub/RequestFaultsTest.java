package io.fairlead.pubsub;

import static io.fairlead.pubsub.Fast.SOON;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers that are late, doubled, in another order, or not there at all. */
class RequestFaultsTest {
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

  @Test
  void f1AThousandAnswersInReverseOrderReachTheirCalls() throws Exception {
    List<FakeNode.Ask> held = Collections.synchronizedList(new ArrayList<>());
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          held.add(ask);
          if (held.size() == 1000)
            for (FakeNode.Ask each : held.reversed()) line.result(each, each.params() + "");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      List<CompletableFuture<JsonSlice>> answers = new ArrayList<>();
      for (int i = 0; i < 1000; i++)
        answers.add(frontend.callAsync(RpcCall.of("eth_call", List.of(i), Decoders.slice())));
      for (int i = 0; i < 1000; i++)
        assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).hasToString("[" + i + "]");
    }
  }

  @Test
  void f2AnIdThatCameBackAsTextIsTheSame() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          line.text("{\"id\":\"" + ask.id() + "\",\"result\":\"here\"}");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThat(frontend.call(text("eth_call"))).isEqualTo("here");
    }
  }

  @Test
  void f3WhatBelongsToNoRequestEndsNothing() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      FakeNode.Line line = node.line();
      line.text("{\"error\":{\"code\":-32005,\"message\":\"too many requests\"}}");
      line.text("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"x\"}}");
      line.text("too many requests");
      line.text("");
      line.text("  \n");
      line.text("[]");
      line.text("7");
      line.text("{\"id\":{}}");
      line.binary("{\"id\":77777,\"result\":1}".getBytes());
      assertThat(frontend.call(text("web3_clientVersion"))).isEqualTo("web3_clientVersion");
      assertThat(node.connections()).isEqualTo(1);
      assertThat(fast.count("frames.rejected", "reason", "error_without_id")).isEqualTo(2);
      assertThat(fast.count("frames.rejected", "reason", "not_json")).isEqualTo(1);
      assertThat(fast.count("frames.rejected", "reason", "empty_array")).isEqualTo(1);
      assertThat(fast.count("frames.rejected", "reason", "unknown_id")).isEqualTo(1);
    }
  }

  @Test
  void f3AnErrorWithoutIdFailsTheOnlyRequestThereIs() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          line.text("{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse error\"}}");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_call")))
          .isInstanceOfSatisfying(
              PubSubException.RpcError.class, error -> assertThat(error.code()).isEqualTo(-32700));
    }
  }

  @Test
  void f3ThreeMessagesThatAreNoJsonChangeTheConnection() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      FakeNode.Line line = node.line();
      for (int i = 0; i < 3; i++) line.text("{\"id\":");
      await().atMost(SOON).until(() -> node.connections() == 2);
      await().atMost(SOON).until(() -> line.closeCodes.contains(1007));
      assertThat(frontend.call(text("web3_sha3"))).isEqualTo("web3_sha3");
    }
  }

  @Test
  void f4AnUnknownIdAndASecondAnswerAreIgnored() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          line.text("{\"id\":424242,\"result\":\"nobody's\"}");
          line.result(ask, "\"first\"");
          line.result(ask, "\"second\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThat(frontend.call(text("eth_call"))).isEqualTo("first");
      assertThat(frontend.call(text("eth_call"))).isEqualTo("first");
      await().atMost(SOON).until(() -> fast.count("frames.rejected", "reason", "unknown_id") == 4);
    }
  }

  @Test
  void f11OnlyWhatMayBeSentAgainIsSentAgainInOrder() throws Exception {
    String raw = "0x02f8";
    String hash = Hash.of(Keccak256.digest(new byte[] {0x02, (byte) 0xf8})).hex();
    AtomicInteger seen = new AtomicInteger();
    node.on(
        (line, ask) -> {
          switch (ask.method()) {
            case "eth_call", "eth_sendTransaction" -> {
              if (line.number > 1) return false;
            }
            case "eth_sendRawTransaction" -> {
              if (line.number > 1) line.error(ask, -32000, "already known");
            }
            case "eth_getTransactionByHash" -> {
              line.result(ask, "{\"hash\":" + ask.params().get(0) + "}");
              return true;
            }
            default -> {
              return false;
            }
          }
          if (line.number == 1 && seen.incrementAndGet() == 5) line.drop();
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      List<CompletableFuture<String>> safe = new ArrayList<>();
      safe.add(frontend.callAsync(RpcCall.of("eth_call", List.of(1), Decoders.text())));
      safe.add(frontend.callAsync(RpcCall.of("eth_call", List.of(2), Decoders.text())));
      CompletableFuture<String> hashed =
          frontend.callAsync(RpcCall.of("eth_sendRawTransaction", List.of(raw), Decoders.text()));
      CompletableFuture<String> unsafe =
          frontend.callAsync(RpcCall.of("eth_sendTransaction", List.of(), Decoders.text()));
      safe.add(frontend.callAsync(RpcCall.of("eth_call", List.of(3), Decoders.text())));
      for (CompletableFuture<String> each : safe)
        assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo("eth_call");
      assertThat(hashed.get(30, TimeUnit.SECONDS)).isEqualTo(hash);
      assertThatThrownBy(() -> unsafe.get(30, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              PubSubException.TransportError.class,
              error -> assertThat(error.maybeExecuted()).isTrue());
      assertThat(
              node.asks().stream()
                  .filter(ask -> ask.connection() == 2)
                  .map(ask -> ask.method() + ask.params())
                  .limit(4))
          .containsExactly(
              "eth_call[1]",
              "eth_call[2]",
              "eth_sendRawTransaction[\"" + raw + "\"]",
              "eth_call[3]");
    }
  }

  @Test
  void f20ABatchIsMatchedById() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          if (!ask.param(0).equals("3")) return true;
          long last = ask.id().longValue();
          line.text(
              "[{\"id\":999999,\"result\":0},{\"id\":"
                  + last
                  + ",\"result\":\"three\"},{\"id\":"
                  + (last - 2)
                  + ",\"result\":\"one\"}]");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      BatchBuilder batch = frontend.batch().form(BatchBuilder.Form.ARRAY);
      CompletableFuture<String> one =
          batch.add(RpcCall.of("eth_call", List.of(1), Decoders.text()));
      CompletableFuture<String> two =
          batch.add(RpcCall.of("eth_call", List.of(2), Decoders.text()));
      CompletableFuture<String> three =
          batch.add(RpcCall.of("eth_call", List.of(3), Decoders.text()));
      batch.send();
      assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo("one");
      assertThat(three.get(30, TimeUnit.SECONDS)).isEqualTo("three");
      assertThatThrownBy(() -> two.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(PubSubException.MissingBatchResponse.class);
      assertThatThrownBy(batch::send).isInstanceOf(PubSubException.LocalUsage.class);
    }
  }

  @Test
  void f20OneErrorForAWholeBatchFailsAllOfIt() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          if (ask.param(0).equals("2"))
            line.text("{\"id\":null,\"error\":{\"code\":-32600,\"message\":\"batch too large\"}}");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      BatchBuilder batch = frontend.batch().form(BatchBuilder.Form.ARRAY);
      List<CompletableFuture<String>> all =
          List.of(
              batch.add(RpcCall.of("eth_call", List.of(1), Decoders.text())),
              batch.add(RpcCall.of("eth_call", List.of(2), Decoders.text())));
      batch.send();
      for (CompletableFuture<String> each : all)
        assertThatThrownBy(() -> each.get(30, TimeUnit.SECONDS))
            .cause()
            .isInstanceOf(PubSubException.RpcError.class);
    }
  }

  @Test
  void aBatchMayGoOutOneByOneAndMaySubscribe() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      BatchBuilder batch = frontend.batch();
      CompletableFuture<String> one = batch.add(text("net_version"));
      CompletableFuture<String> two = batch.add(text("net_listening"));
      batch.send();
      assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo("net_version");
      assertThat(two.get(30, TimeUnit.SECONDS)).isEqualTo("net_listening");
    }
  }

  @Test
  void aRequestWithoutAnAnswerEndsAtItsDeadline() throws Exception {
    node.on((_, ask) -> ask.method().equals("eth_call"));
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_call").timeout(Duration.ofMillis(100))))
          .isInstanceOfSatisfying(
              PubSubException.Timeout.class,
              late -> assertThat(late.stage()).isEqualTo(PubSubException.Timeout.Stage.REQUEST));
    }
  }

  @Test
  void aFullTableRefusesAndACancelledCallMakesRoom() throws Exception {
    node.on((_, ask) -> ask.method().equals("eth_call"));
    Fast small =
        new Fast().settings(Fast.SETTINGS.bounds(ServiceSettings.Bounds.DEFAULT.inFlight(2)));
    try (PubSubFrontend frontend = small.connect(node.connector())) {
      CompletableFuture<String> first = frontend.callAsync(text("eth_call"));
      CompletableFuture<String> second = frontend.callAsync(text("eth_call"));
      assertThatThrownBy(() -> frontend.call(text("net_version")))
          .isInstanceOfSatisfying(
              PubSubException.Overloaded.class,
              full -> assertThat(full.limit()).isEqualTo("in_flight"));
      assertThat(small.refused("pubsub_in_flight")).isEqualTo(1);
      first.cancel(true);
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      assertThat(second).isNotDone();
    }
  }

  @Test
  void anErrorInDisguiseIsAnError() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          line.result(ask, "{\"code\":429,\"message\":\"rate exceeded, try again in 20ms\"}");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_call")))
          .isInstanceOfSatisfying(
              PubSubException.RpcError.class,
              error -> {
                assertThat(error.code()).isEqualTo(429);
                assertThat(error.retryAfter()).contains(Duration.ofMillis(20));
              });
    }
  }

  @Test
  void interceptorsStandAroundCallsOutermostFirst() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    try (PubSubFrontend frontend =
        fast.builder(node.connector())
            .intercept(
                (call, next) -> {
                  order.add("outer");
                  return next.proceed(call).thenApply(response -> renamed(response));
                })
            .intercept(
                (call, next) -> {
                  order.add("inner");
                  return next.proceed(call);
                })
            .connect()) {
      assertThat(frontend.call(text("net_version"))).isEqualTo("renamed");
      assertThat(order).containsExactly("outer", "inner");
    }
  }

  private static Response renamed(Response response) {
    return switch (response) {
      case Response.Success _ -> new Response.Success(JsonSlice.of("\"renamed\""));
      case Response.Failure failure -> failure;
    };
  }

  @Test
  void nullWhereAValueIsNeededIsSaidSo() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          line.result(ask, "null");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_call").required()))
          .isInstanceOf(PubSubException.NullResult.class);
    }
  }
}
