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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Consumers that are slower than the server. */
class LagTest {
  private static final int ITEMS = 100_000;

  private final Fast fast =
      new Fast().settings(Fast.SETTINGS.bounds(ServiceSettings.Bounds.DEFAULT.queue(100, 1 << 20)));
  private FakeNode node;

  @BeforeEach
  void open() throws IOException {
    node = FakeNode.ws();
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  private void flood(int items) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < items; i++) {
      text.append("{\"method\":\"s\",\"params\":{\"subscription\":\"0xa1\",\"result\":")
          .append(i)
          .append("}}");
      node.line().text(text.toString());
      text.setLength(0);
    }
  }

  private static SubscribeRequest<Long> numbers(LagPolicy policy) {
    return SubscribeRequest.custom(
            "eth_subscribe", "eth_unsubscribe", List.of("x"), Decoders.quantity())
        .onLag(policy);
  }

  @Test
  void f26TheOldestAreDroppedAndCounted() throws Exception {
    dropped(ITEMS);
  }

  @Test
  @Tag("nightly")
  void f26TheOldestOfAMillionAreDroppedAndCounted() throws Exception {
    dropped(10 * ITEMS);
  }

  private void dropped(int count) throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<Long> items = frontend.subscribe(numbers(LagPolicy.SIGNAL))) {
      flood(count);
      frontend.call(text("net_version"));
      assertThat(items.raw().size()).isEqualTo(100);
      assertThatThrownBy(items::recv)
          .isInstanceOfSatisfying(
              PubSubException.Lagged.class,
              lagged -> assertThat(lagged.missed()).isEqualTo(count - 100));
      assertThat(items.recv()).isEqualTo(count - 100);
      assertThat(fast.count("lagged")).isEqualTo(count - 100);
      assertThat(fast.refused("pubsub_queue")).isEqualTo(count - 100);
    }
  }

  @Test
  void f26OneThatMayNotLagEnds() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<Long> items = frontend.subscribe(numbers(LagPolicy.FAIL))) {
      flood(101);
      await().atMost(SOON).until(() -> !node.asks("eth_unsubscribe").isEmpty());
      assertThatThrownBy(
              () -> {
                while (true) items.recv(SOON);
              })
          .isInstanceOfSatisfying(
              PubSubException.SubscriptionEnded.class,
              ended -> assertThat(ended.reason()).isInstanceOf(EndReason.TooSlow.class));
    }
  }

  @Test
  void f26OneThatBlocksHoldsTheConnectionAndLosesNothing() throws Exception {
    blocked(ITEMS);
  }

  @Test
  @Tag("nightly")
  void f26OneThatBlocksLosesNothingOfAMillion() throws Exception {
    blocked(10 * ITEMS);
  }

  private void blocked(int count) throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<Long> items = frontend.subscribe(numbers(LagPolicy.BLOCK))) {
      Thread flood =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      flood(count);
                    } catch (IOException _) {
                      // the consumer's count tells
                    }
                  });
      for (long i = 0; i < count; i++) {
        assertThat(items.recv(SOON)).isEqualTo(i);
        assertThat(items.raw().size()).isLessThan(20_000);
      }
      flood.join();
    }
  }

  @Test
  void itemsAsTheyComeCannotBeFilledAgain() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.subscribe(numbers(LagPolicy.REFILL)))
          .isInstanceOf(PubSubException.LocalUsage.class);
    }
  }

  @Test
  void streamsAndPublishersTellOfLagAndEnd() throws Exception {
    AtomicLong missed = new AtomicLong();
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      Subscription<Long> items = frontend.subscribe(numbers(LagPolicy.SIGNAL));
      items.onLag(missed::addAndGet);
      flood(150);
      frontend.call(text("net_version"));
      List<Long> first = items.stream().limit(10).toList();
      assertThat(first).startsWith(50L).hasSize(10);
      assertThat(missed.get()).isEqualTo(50);
      List<Long> rest = new ArrayList<>();
      CompletableFuture<Void> done = new CompletableFuture<>();
      items.publisher().subscribe(collector(rest, done));
      node.line()
          .text(
              "{\"params\":{\"subscription\":\"0xa1\",\"error\":{\"code\":1,\"message\":\"e\"}}}");
      assertThatThrownBy(() -> done.get(30, TimeUnit.SECONDS))
          .cause()
          .isInstanceOf(PubSubException.SubscriptionEnded.class);
      assertThat(rest).hasSize(90).endsWith(149L);
    }
  }

  private static Flow.Subscriber<Long> collector(List<Long> into, CompletableFuture<Void> done) {
    return new Flow.Subscriber<>() {
      private Flow.Subscription subscription;

      @Override
      public void onSubscribe(Flow.Subscription next) {
        subscription = next;
        next.request(1);
      }

      @Override
      public void onNext(Long item) {
        into.add(item);
        subscription.request(1);
      }

      @Override
      public void onError(Throwable failure) {
        done.completeExceptionally(failure);
      }

      @Override
      public void onComplete() {
        done.complete(null);
      }
    };
  }

  @Test
  void waitingWithoutAThreadGivesItemsInTurn() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<Long> items = frontend.subscribe(numbers(LagPolicy.SIGNAL))) {
      CompletableFuture<Long> one = items.recvAsync();
      CompletableFuture<Long> two = items.recvAsync();
      CompletableFuture<Long> given = items.recvAsync();
      given.cancel(false);
      CompletableFuture<Long> three = items.recvAsync();
      flood(3);
      assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(0);
      assertThat(two.get(30, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(three.get(30, TimeUnit.SECONDS)).isEqualTo(2);
    }
  }

  @Test
  void f27CallsWithoutEndDoNotStopNotificationsOrPings() throws Exception {
    underCalls(Duration.ZERO);
  }

  @Test
  @Tag("nightly")
  void f27AMinuteOfCallsDoesNotStopNotificationsOrPings() throws Exception {
    underCalls(Duration.ofMinutes(1));
  }

  private void underCalls(Duration least) throws Exception {
    Fast busy =
        new Fast()
            .settings(
                Fast.SETTINGS.keepalive(
                    new ServiceSettings.Keepalive(
                        Duration.ofMillis(200), Duration.ofMillis(400), Duration.ofSeconds(1))));
    try (PubSubFrontend frontend = busy.connect(node.connector());
        Subscription<Long> items = frontend.subscribe(numbers(LagPolicy.SIGNAL))) {
      CompletableFuture<Void> stop = new CompletableFuture<>();
      Thread caller =
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!stop.isDone()) {
                      List<CompletableFuture<String>> calls = new ArrayList<>();
                      for (int i = 0; i < 500; i++)
                        calls.add(frontend.callAsync(text("net_version")));
                      calls.forEach(CompletableFuture::join);
                    }
                  });
      long begun = System.nanoTime();
      for (long i = 0; i < 20 || System.nanoTime() - begun < least.toNanos(); i++) {
        node.line().notify("\"0xa1\"", Long.toString(i));
        assertThat(items.recv(SOON)).isEqualTo(i);
      }
      stop.complete(null);
      caller.join();
      assertThat(node.connections()).isEqualTo(1);
    }
  }

  @Test
  void f27CallsThatNobodyAnswersDoNotHoldPingsBack() throws Exception {
    Duration idle = Duration.ofMillis(200);
    Fast busy =
        new Fast()
            .settings(
                Fast.SETTINGS.keepalive(
                    new ServiceSettings.Keepalive(
                        idle, Duration.ofSeconds(30), Duration.ofSeconds(30))));
    node.on((_, ask) -> ask.method().equals("eth_call"));
    try (PubSubFrontend frontend = busy.connect(node.connector())) {
      FakeNode.Line line = node.line();
      // Only pings are answered, and they go out among thousands of calls.
      while (line.pings.get() < 4) {
        List<CompletableFuture<String>> calls = new ArrayList<>();
        for (int i = 0; i < 500; i++)
          calls.add(frontend.callAsync(text("eth_call").timeout(Duration.ofMillis(20))));
        for (CompletableFuture<String> each : calls)
          assertThatThrownBy(each::join).hasCauseInstanceOf(PubSubException.Timeout.class);
      }
      assertThat(node.asks("eth_call")).hasSizeGreaterThan(1_000);
      assertThat(node.connections()).isEqualTo(1);
    }
  }

  @Test
  void closingTheLastHolderEndsTheService() throws Exception {
    PubSubFrontend frontend = fast.connect(node.connector());
    PubSubFrontend second = frontend.share();
    Subscription<String> items = frontend.subscribe(custom("eth_subscribe"));
    frontend.close();
    second.close();
    node.line().notify("\"0xa1\"", "\"still\"");
    assertThat(items.recv(SOON)).isEqualTo("still");
    items.close();
    await().atMost(SOON).until(() -> frontend.state() == ServiceState.CLOSED);
    await().atMost(SOON).until(() -> node.line().closeCodes.contains(1000));
    assertThat(node.asks("x_unsubscribe")).hasSize(1);
  }
}
