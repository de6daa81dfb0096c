package io.fairlead.pubsub;

import static io.fairlead.pubsub.Fast.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a service shows of itself while things happen to it. */
class MetersTest {
  private final Exported exported = new Exported();

  @Test
  void endpointsKindsAndStatesAreToldApart() throws Exception {
    try (FakeNode one = FakeNode.ws();
        FakeNode two = FakeNode.ws()) {
      one.on(MetersTest::chain);
      two.on(MetersTest::chain);
      List<Endpoint> endpoints =
          List.of(
              Endpoint.of("one", one.connector()).priority(1),
              Endpoint.of("two", two.connector()).priority(2));
      try (PubSubFrontend frontend =
              new Fast()
                  .settings(Fast.SETTINGS.heads(true))
                  .builder(MultiConnector.failover(endpoints))
                  .name("main")
                  .meters(exported.meters())
                  .connect();
          Subscription<String> items = frontend.subscribe(Fast.custom("x_subscribe"));
          Subscription<Head> heads = frontend.newHeads(HeadOptions.RAW);
          Subscription<Hash> pending = frontend.pendingTransactions()) {
        is("connected{chain=\"main\",endpoint=\"one\"}", 1);
        is("connected{chain=\"main\",endpoint=\"two\"}", 0);
        is("subscriptions{chain=\"main\",state=\"active\"}", 3);
        one.line().notify("\"newHeads\"", FakeNode.block(7, FakeNode.hash(7), FakeNode.hash(6)));
        one.line().notify("\"mine\"", "\"a\"");
        one.line().notify("\"mine\"", "\"b\"");
        one.line().notify("\"newPendingTransactions\"", "\"" + FakeNode.hash(1) + "\"");
        is("head_number{chain=\"main\",endpoint=\"one\"}", 7);
        is("notifications_total{chain=\"main\",kind=\"new_heads\"}", 1);
        is("notifications_total{chain=\"main\",kind=\"other\"}", 2);
        is("notifications_total{chain=\"main\",kind=\"pending_transactions\"}", 1);
        is("queue_items{chain=\"main\"}", 4);
        assertThat(items.recv(SOON)).isEqualTo("a");
        assertThat(heads.recv(SOON).number()).isEqualTo(7);
        assertThat(pending.recv(SOON)).isNotNull();
        is("queue_items{chain=\"main\"}", 1);
        is("inflight{chain=\"main\"}", 0);
        assertThat(exported.names()).contains("head_age_seconds[chain]");

        one.close();
        is("connected{chain=\"main\",endpoint=\"one\"}", 0);
        is("connected{chain=\"main\",endpoint=\"two\"}", 1);
        two.line().notify("\"newHeads\"", FakeNode.block(8, FakeNode.hash(8), FakeNode.hash(7)));
        is("head_number{chain=\"main\",endpoint=\"two\"}", 8);
        is("subscriptions{chain=\"main\",state=\"active\"}", 3);
        is("subscriptions{chain=\"main\",state=\"recovering\"}", 0);
        assertThat(exported.text())
            .contains("fairlead_pubsub_reconnects_total{chain=\"main\",reason=");
      }
      await().atMost(SOON).until(() -> !exported.text().contains("fairlead_pubsub_connected"));
    }
  }

  @Test
  void oneThatAsksForWhatItMissedIsFilling() throws Exception {
    try (FakeNode node = FakeNode.ws()) {
      node.on(MetersTest::chain);
      try (PubSubFrontend frontend =
          new Fast().builder(node.connector()).name("main").meters(exported.meters()).connect()) {
        FakeNode.Line line = node.line(); // questions go over another one
        Subscription<HeadEvent> heads = frontend.headEvents(HeadOptions.DEFAULT);
        is("subscriptions{chain=\"main\",state=\"active\"}", 1);
        // A jump: what is between is asked for, and the node does not answer that.
        line.notify("\"newHeads\"", FakeNode.block(9, FakeNode.hash(9), FakeNode.hash(8)));
        is("subscriptions{chain=\"main\",state=\"filling\"}", 1);
        is("subscriptions{chain=\"main\",state=\"active\"}", 0);
        assertThat(heads.tryRecv()).isEmpty();
        heads.close();
        is("subscriptions{chain=\"main\",state=\"filling\"}", 0);
      }
    }
  }

  private void is(String sample, double value) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(exported.value(sample)).as(sample).isEqualTo(value));
  }

  /** Ids are the names of what is subscribed to; questions about blocks between stay open. */
  private static boolean chain(FakeNode.Line line, FakeNode.Ask ask) throws Exception {
    switch (ask.method()) {
      case "x_subscribe" -> line.result(ask, "\"mine\"");
      case "eth_subscribe" -> line.result(ask, "\"" + ask.param(0) + "\"");
      case "eth_getBlockByNumber" -> {
        if (ask.param(0).equals("0x0")) return false;
        if (ask.param(0).equals("latest"))
          line.result(ask, FakeNode.block(5, FakeNode.hash(5), FakeNode.hash(4)));
      }
      default -> {
        return false;
      }
    }
    return true;
  }
}
