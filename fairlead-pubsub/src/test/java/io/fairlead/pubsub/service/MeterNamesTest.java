package io.fairlead.pubsub.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.Exported;
import io.fairlead.pubsub.InMemoryConnector;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.log.FollowerEffect.Tally;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and labels of what a service counts, as they are read from outside. */
class MeterNamesTest {
  private final Exported exported = new Exported();
  private final ServiceMeters meters = new ServiceMeters(exported.meters(), "main");

  private static Endpoint endpoint(String alias) {
    return Endpoint.of(alias, new InMemoryConnector(alias, _ -> _ -> {}));
  }

  @Test
  void everyMeterHasItsNameAndItsLabels() {
    meters.received(1);
    meters.sent(1);
    meters.rejected("not_json");
    meters.orphan();
    meters.early();
    meters.lagged(1);
    meters.undecodable();
    meters.reconnected(TerminalCause.Kind.SILENT);
    meters.connected(Duration.ofMillis(1));
    meters.disconnectedFor(Duration.ofMillis(1));
    meters.pinged(Duration.ofMillis(1));
    meters.rateLimited();
    meters.answered("eth_call", "ok", 1);
    meters.notifications(ItemKind.LOGS).increment();
    FeedMeters feeds = new FeedMeters(meters);
    for (Tally each : Tally.values()) feeds.count(each, 1);
    feeds.gap(Delivery.GapCause.DEEP_REORG);
    EndpointMeters endpoints = new EndpointMeters(meters, List.of(endpoint("one")));
    endpoints.head("one", 7);
    assertThat(new SubscriptionTally(meters)).isNotNull();
    assertThat(exported.names())
        .contains(
            "connected[chain, endpoint]",
            "reconnects_total[chain, reason]",
            "connect_seconds_count[chain]",
            "disconnected_seconds_total[chain]",
            "requests_total[chain, method, result]",
            "request_seconds_count[chain, method]",
            "frames_total[chain, direction]",
            "bytes_total[chain, direction]",
            "frames_rejected_total[chain, reason]",
            "notifications_total[chain, kind]",
            "orphan_notifications_total[chain]",
            "early_buffered_total[chain]",
            "subscriptions[chain, state]",
            "lagged_total[chain]",
            "refills_total[chain]",
            "fill_rounds_total[chain]",
            "fill_logs_total[chain]",
            "duplicates_dropped_total[chain]",
            "removed_total[chain, source]",
            "gaps_total[chain, reason]",
            "bloom_false_positive_total[chain]",
            "head_number[chain, endpoint]",
            "rate_limited_total[chain]",
            "ping_rtt_seconds_count[chain]",
            "decode_failures_total[chain]");
    assertThat(exported.text())
        .contains("source=\"server\"")
        .contains("source=\"synthesised\"")
        .contains("reason=\"deep_reorg\"")
        .contains("reason=\"silent\"");
  }

  @Test
  void methodsThatAreNotListedAreOneLabel() {
    meters.answered("eth_call", "ok", 1);
    meters.answered("evil_" + "x".repeat(100), "ok", 1);
    assertThat(exported.text())
        .contains("method=\"eth_call\"")
        .contains("method=\"other\"")
        .doesNotContain("evil");
  }

  @Test
  void anEndpointThatIsNoLongerConfiguredIsNotShown() {
    EndpointMeters endpoints =
        new EndpointMeters(meters, List.of(endpoint("one"), endpoint("two")));
    endpoints.serves("one");
    endpoints.head("one", 7);
    endpoints.head("nobody", 8);
    assertThat(exported.value("connected{chain=\"main\",endpoint=\"one\"}")).isEqualTo(1);
    assertThat(exported.value("connected{chain=\"main\",endpoint=\"two\"}")).isZero();
    assertThat(exported.value("head_number{chain=\"main\",endpoint=\"one\"}")).isEqualTo(7);
    endpoints.replace(List.of(endpoint("two"), endpoint("three")));
    assertThat(exported.text())
        .doesNotContain("endpoint=\"one\"")
        .doesNotContain("nobody")
        .contains("endpoint=\"three\"");
  }

  @Test
  void whatAServiceHadEndsWithIt() {
    var gauge = meters.gauge("inflight", "Requests.", () -> 1);
    assertThat(gauge.value()).isEqualTo(1);
    ServiceMeters next = new ServiceMeters(exported.meters(), "main");
    next.gauge("inflight", "Requests.", () -> 2);
    meters.close();
    assertThat(exported.value("inflight{chain=\"main\"}")).isEqualTo(2);
    next.received(1);
    meters.received(1);
    assertThat(exported.value("frames_total{chain=\"main\",direction=\"in\"}")).isEqualTo(2);
    next.close();
    assertThat(exported.text()).doesNotContain("inflight");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "eth_subscribe | [\"newHeads\"] | NEW_HEADS",
        "eth_subscribe | [ \"logs\", {\"address\":\"0x1\"}] | LOGS",
        "eth_subscribe | [\"newPendingTransactions\"] | PENDING_TRANSACTIONS",
        "eth_subscribe | [\"syncing\"] | SYNCING",
        "eth_subscribe | [\"news\"] | OTHER",
        "eth_subscribe | {} | OTHER",
        "eth_subscribe | no | OTHER",
        "x_subscribe | [\"logs\"] | OTHER",
      })
  void aSubscriptionIsOfAKind(String method, String params, ItemKind kind) {
    assertThat(ItemKind.of(method, JsonSlice.of(params))).isEqualTo(kind);
  }
}
