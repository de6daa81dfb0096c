package io.fairlead.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.http.balance.Method;
import io.fairlead.http.health.CheckConfig;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.http.upstream.DiscoveryConfig;
import io.fairlead.http.upstream.RetryConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.http.ForwardPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every key of an upstream. */
class UpstreamConfigTest {
  private static UpstreamConfig read(String yaml) {
    var reading = HttpConfigTest.read("upstreams:\n  app:\n" + yaml.indent(4));
    assertThat(reading.problems()).isEmpty();
    return reading.value().orElseThrow().upstreams().clusters().get("app");
  }

  @Test
  void whatIsLeftOutHasItsDefault() {
    assertThat(read("endpoints: []")).isEqualTo(UpstreamConfig.of(List.of()));
  }

  @Test
  void whatIsToldOfAClientFitsIntoItsHeader() {
    String text = "x".repeat(1000);
    String four =
        "custom: { \"0xe0\": %1$s, \"0xe1\": %1$s, \"0xe2\": %1$s, \"0xe3\": %1$s }"
            .formatted(text);
    var reading =
        HttpConfigTest.read(
            "upstreams:\n  app: { endpoints: [], send_proxy_protocol: { version: v2, "
                + four
                + " } }\n");
    assertThat(reading.problems()).hasSize(1);
    assertThat(reading.problems().getFirst().message()).contains("more than 3072 bytes together");
  }

  @Test
  void readsEveryKey() {
    UpstreamConfig app =
        read(
            """
            endpoints:
              - { name: one, url: "https://10.0.0.1", weight: 50, group: 0 }
              - { address: "10.0.0.2:80", group: 1 }
            discover: { name: _http.app.test, type: srv, tls: true, interval: 10s }
            balance: { type: ring_hash, key: "cookie:sid" }
            sticky: { cookie: stay, secret: "${env:STICKY_KEY}" }
            slow_start: 30s
            panic: 0%
            health:
              { type: grpc, path: /up, expect: [200, 300-302], body: fine, host: h, service: s,
                interval: 1s, timeout: 500ms, rise: 1, fall: 5, initial: unhealthy }
            passive:
              { consecutive_5xx: off, consecutive_gateway: 4, connect_fail: 2, sweep: 1s, base: 2s,
                max: 3s, max_percent: 25%,
                success_rate: { endpoints: 3, requests: 10, deviations: 2 } }
            retry:
              { attempts: 3, on: [connect, 502, 503], methods: [GET, HEAD], budget: 10%,
                budget_min: 1, per_try_timeout: 1s, backoff_min: 1ms, backoff_max: 2ms, body: 1KiB }
            breaker:
              { max_connections: 1, max_pending: 2, queue: 100ms, max_requests: 3, max_retries: off,
                error_ratio: { window: 5s, min: 10, threshold: 0.25, open: 1s, half_open: 1 } }
            pool: { idle: 1, idle_timeout: 2s, max_age: 3s, max_requests: 4, warm: 5 }
            tls: { sni: inner, cert: a.pem, key: b.pem }
            protocol: h2
            """);
    assertThat(app.endpoints().getFirst().name()).contains("one");
    assertThat(app.endpoints().get(1).group()).contains(1);
    assertThat(app.discovery())
        .contains(
            new DiscoveryConfig(
                "_http.app.test", DiscoveryConfig.Type.SRV, 0, true, Duration.ofSeconds(10)));
    assertThat(app.balance().method()).isEqualTo(Method.RING_HASH);
    assertThat(app.balance().key()).isEqualTo(new BalanceConfig.HashBy.Cookie("sid"));
    assertThat(app.balance().sticky().orElseThrow().cookie()).isEqualTo("stay");
    assertThat(app.balance().slowStart()).isEqualTo(Duration.ofSeconds(30));
    assertThat(app.balance().panic()).isZero();
    CheckConfig health = app.health().orElseThrow();
    assertThat(health.type()).isEqualTo(CheckConfig.Type.GRPC);
    assertThat(health.expects(200)).isTrue();
    assertThat(health.expects(301)).isTrue();
    assertThat(health.expects(204)).isFalse();
    assertThat(health.fall()).isEqualTo(5);
    assertThat(app.outliers().share()).isEqualTo(0.25);
    assertThat(app.outliers().successRate().orElseThrow().requests()).isEqualTo(10);
    assertThat(app.retry().on())
        .isEqualTo(
            Set.of(RetryConfig.On.CONNECT, RetryConfig.On.STATUS_502, RetryConfig.On.STATUS_503));
    assertThat(app.retry().methods()).containsExactly("GET", "HEAD");
    assertThat(app.retry().perTryTimeout()).contains(Duration.ofSeconds(1));
    assertThat(app.retry().bodyBytes()).isEqualTo(1024);
    assertThat(app.breaker().connections().admits(2)).isFalse();
    assertThat(app.breaker().retries().admits(1_000_000)).isTrue();
    assertThat(app.breaker().errorRatio().orElseThrow().threshold()).isEqualTo(0.25);
    assertThat(app.pool().requestsMax()).isEqualTo(4);
    assertThat(app.warm()).isEqualTo(5);
    assertThat(app.tls().serverName()).contains("inner");
    assertThat(app.wire().protocol()).isEqualTo(ForwardPlan.Protocol.H2);
    assertThat(app.tls().identity().map(UpstreamConfig.TlsConfig.Identity::cert))
        .contains(Path.of("/conf/a.pem"));
    assertThat(app.tls().ca()).isEqualTo(Optional.empty());
  }

  @Test
  void firstIsAnotherWordForFailover() {
    assertThat(read("endpoints: []\nbalance: first").balance().method()).isEqualTo(Method.FAILOVER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "balance: fastest | F1105",
        "balance: { type: maglev, key: body } | F1111",
        "retry: { on: [500] } | F1105",
        "health: { expect: 99 } | F1106",
        "health: { path: up } | F1111",
        "discover: { name: a.test } | F1101",
        "tls: { cert: a.pem } | F1110",
        "endpoints: [ { name: a, url: 'http://a' }, { name: a, url: 'http://b' } ] | F1110"
      })
  void whatIsWrongIsSaid(String key, String code) {
    String endpoints = key.startsWith("endpoints") ? "" : "endpoints: []\n";
    assertThat(HttpConfigTest.read("upstreams:\n  app:\n" + (endpoints + key).indent(4)).problems())
        .extracting(problem -> problem.code())
        .containsExactly(code);
  }

  @Test
  void endpointsOrDiscoveryIsNeeded() {
    assertThat(HttpConfigTest.read("upstreams: { app: { balance: random } }").problems())
        .extracting(problem -> problem.code())
        .containsExactly("F1101");
  }
}
