package io.fairlead.pubsub;

import static io.fairlead.pubsub.Fast.SOON;
import static io.fairlead.pubsub.Fast.custom;
import static io.fairlead.pubsub.Fast.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a service refuses of its own users, and how it says so. */
class BoundsTest {
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

  private PubSubFrontend bounded(int outboundBytes, int subscriptions) throws Exception {
    ServiceSettings.Bounds usual = ServiceSettings.Bounds.DEFAULT;
    return fast.settings(
            Fast.SETTINGS.bounds(
                new ServiceSettings.Bounds(
                    usual.messageBytes(),
                    usual.frameBytes(),
                    usual.inFlight(),
                    outboundBytes,
                    usual.queueItems(),
                    usual.queueBytes(),
                    subscriptions)))
        .connect(node.connector());
  }

  @Test
  void moreSubscriptionsThanAllowedAreRefused() throws Exception {
    try (PubSubFrontend frontend = bounded(8 << 20, 2);
        Subscription<String> one = frontend.subscribe(custom("a_subscribe"))) {
      Subscription<String> two = frontend.subscribe(custom("b_subscribe"));
      assertThatThrownBy(() -> frontend.subscribe(custom("c_subscribe")))
          .isInstanceOfSatisfying(
              PubSubException.Overloaded.class,
              full -> assertThat(full.limit()).isEqualTo("subscriptions"));
      assertThat(fast.refused("pubsub_subscriptions")).isEqualTo(1);
      two.close();
      try (Subscription<String> three = frontend.subscribe(custom("c_subscribe"))) {
        assertThat(three.localId()).isNotEqualTo(one.localId());
      }
    }
  }

  @Test
  void whatWaitsForAConnectionIsBoundedInBytes() throws Exception {
    try (PubSubFrontend frontend = bounded(10_000, 10)) {
      node.upgrade("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
      node.line().drop();
      await().atMost(SOON).until(() -> frontend.state() != ServiceState.LIVE);
      RpcCall<String> large = RpcCall.of("eth_call", List.of("x".repeat(4_000)), Decoders.text());
      List<CompletableFuture<String>> waiting =
          List.of(frontend.callAsync(large), frontend.callAsync(large), frontend.callAsync(large));
      assertThatThrownBy(() -> frontend.call(text("net_version")))
          .isInstanceOfSatisfying(
              PubSubException.Overloaded.class,
              full -> assertThat(full.limit()).isEqualTo("outbound"));
      assertThat(fast.refused("pubsub_outbound")).isEqualTo(1);
      waiting.getFirst().cancel(true);
      CompletableFuture<String> fits = frontend.callAsync(text("net_version"));
      node.upgrade("");
      assertThat(fits.get(30, TimeUnit.SECONDS)).isEqualTo("net_version");
      assertThat(waiting.getLast().get(30, TimeUnit.SECONDS)).isEqualTo("eth_call");
    }
  }

  @Test
  void anArrayIsBoundedInCallsAndBytes() throws Exception {
    try (PubSubFrontend frontend = bounded(8 << 20, 10)) {
      BatchBuilder many = frontend.batch().form(BatchBuilder.Form.ARRAY);
      for (int i = 0; i < 101; i++) many.add(text("net_version"));
      assertThatThrownBy(many::send)
          .isInstanceOf(PubSubException.LocalUsage.class)
          .hasMessageContaining("101 calls");
      BatchBuilder large = frontend.batch().form(BatchBuilder.Form.ARRAY);
      large.add(RpcCall.of("eth_call", List.of("x".repeat(1 << 20)), Decoders.text()));
      assertThatThrownBy(large::send)
          .isInstanceOf(PubSubException.LocalUsage.class)
          .hasMessageContaining("1 MiB");
      assertThat(node.asks()).isEmpty();
    }
  }
}
