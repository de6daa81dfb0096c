package io.fairlead.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.rate.RequestRate;
import io.fairlead.http.rate.ZoneConfig;
import io.fairlead.http.rate.ZoneConfig.Excess;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Template;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ZonesAtWorkTest {
  private static final ZoneConfig STRICT = zone("{h:x-key}", "1/h", 1, Excess.REJECT);

  private final GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void whoIsTooFastIsToldWhenToComeAgainAndOthersAreServed() throws Exception {
    int port = gateway.configure(site(List.of(), "z"), Map.of(), Map.of("z", STRICT)).listen();
    try (RawClient client = RawClient.connect(port)) {
      assertThat(get(client, "/", "one").status()).isEqualTo(200);
      assertThat(get(client, "/", "one").status()).isEqualTo(200);
      Response refused = get(client, "/", "one");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.field("x-fairlead-error")).contains("too_many_requests");
      assertThat(Integer.parseInt(refused.field("retry-after").orElseThrow()))
          .isBetween(3500, 3600);
      assertThat(refused.field("ratelimit-limit")).contains("2");
      assertThat(refused.field("ratelimit-policy")).contains("2;w=7200");
      assertThat(refused.field("ratelimit-remaining")).contains("0");
      assertThat(refused.field("ratelimit-reset")).isPresent();
      assertThat(get(client, "/", "two").status()).isEqualTo(200);
    }
  }

  @Test
  void theZonesOfASiteAndOfARouteBothHold() throws Exception {
    ZoneConfig wide = zone("{h:x-key}", "1/h", 2, Excess.REJECT);
    int port =
        gateway
            .configure(site(List.of("wide"), "z"), Map.of(), Map.of("z", STRICT, "wide", wide))
            .listen();
    try (RawClient client = RawClient.connect(port)) {
      assertThat(get(client, "/free", "one").status()).isEqualTo(200);
      assertThat(get(client, "/", "one").status()).isEqualTo(200);
      assertThat(get(client, "/", "one").status()).isEqualTo(200);
      assertThat(get(client, "/free", "one").status()).as("the site's").isEqualTo(429);
      assertThat(get(client, "/free", "two").status()).isEqualTo(200);
      assertThat(get(client, "/", "two").status()).isEqualTo(200);
    }
  }

  @Test
  void aDelayedRequestIsAnsweredInItsTurn() throws Exception {
    ZoneConfig paced = zone("{host}", "5/s", 2, Excess.DELAY);
    int port = gateway.configure(site(List.of(), "z"), Map.of(), Map.of("z", paced)).listen();
    try (RawClient client = RawClient.connect(port)) {
      long began = System.nanoTime();
      for (int i = 0; i < 3; i++) assertThat(get(client, "/", "k").status()).isEqualTo(200);
      // The second and the third were due after 200 ms each.
      assertThat(System.nanoTime() - began).isGreaterThan(350_000_000L);
    }
  }

  @Test
  void whoLeavesWhileItWaitsIsForgotten() throws Exception {
    ZoneConfig paced = zone("{h:x-key}", "1/s", 5, Excess.DELAY);
    int port = gateway.configure(site(List.of(), "z"), Map.of(), Map.of("z", paced)).listen();
    try (RawClient first = RawClient.connect(port)) {
      assertThat(get(first, "/", "k").status()).isEqualTo(200);
      first.send("GET / HTTP/1.1\r\nHost: a\r\nX-Key: k\r\n\r\n");
      await().until(() -> counted("delayed") == 1);
    }
    try (RawClient second = RawClient.connect(port)) {
      assertThat(get(second, "/", "other").status()).isEqualTo(200);
    }
  }

  @Test
  void otherNumbersHoldAtOnceAndKeepWhatWasUsed() throws Exception {
    int port = gateway.configure(site(List.of(), "z"), Map.of(), Map.of("z", STRICT)).listen();
    try (RawClient client = RawClient.connect(port)) {
      for (int i = 0; i < 2; i++) assertThat(get(client, "/", "k").status()).isEqualTo(200);
      assertThat(get(client, "/", "k").status()).isEqualTo(429);
      ZoneConfig wider = zone("{h:x-key}", "1/h", 2, Excess.REJECT);
      gateway.configure(site(List.of(), "z"), Map.of(), Map.of("z", wider));
      assertThat(get(client, "/", "k").status()).isEqualTo(200);
      assertThat(get(client, "/", "k").status()).isEqualTo(429);
    }
  }

  private double counted(String outcome) {
    return gateway
        .meters()
        .registry()
        .get("fairlead.http.zone.requests")
        .tag("outcome", outcome)
        .counter()
        .count();
  }

  private static Response get(RawClient client, String path, String key) throws IOException {
    return client
        .send("GET " + path + " HTTP/1.1\r\nHost: a\r\nX-Key: " + key + "\r\n\r\n")
        .readResponse();
  }

  private static ZoneConfig zone(String key, String rate, int burst, Excess excess) {
    return new ZoneConfig(Template.parse(key), RequestRate.parse(rate), burst, excess, 1000);
  }

  private static SiteConfig site(List<String> siteZones, String zone) {
    ActionConfig fine =
        new ActionConfig.Respond(
            200, "text/plain", Optional.of(Template.parse("fine")), FieldRules.NONE);
    SiteConfig plain =
        SiteConfig.of(
            List.of(
                GatewayFixture.route("/free", fine),
                new RouteConfig(
                    "zoned",
                    GatewayFixture.match("/*"),
                    fine,
                    Headers.NONE,
                    Optional.empty(),
                    List.of(zone))));
    return new SiteConfig(
        plain.hosts(),
        plain.fallback(),
        plain.routes(),
        plain.headers(),
        plain.bodyMax(),
        plain.trustedProxies(),
        plain.settings(),
        plain.errorPages(),
        plain.logged(),
        siteZones);
  }
}
