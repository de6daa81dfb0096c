package io.fairlead.http;

import static io.fairlead.http.GatewayFixture.route;
import static io.fairlead.http.GatewayFixture.upstream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.balance.Method;
import io.fairlead.http.exchange.TimeoutOverrides;
import io.fairlead.http.health.CheckConfig;
import io.fairlead.http.health.HealthState;
import io.fairlead.http.health.OutlierConfig;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.http.upstream.BreakerConfig;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.http.upstream.Dials;
import io.fairlead.http.upstream.DiscoveryConfig;
import io.fairlead.http.upstream.Endpoint;
import io.fairlead.http.upstream.RetryConfig;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.fairlead.http.upstream.UpstreamMembers;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Balancing, health, retries, bounds and members, with real sockets. */
@Timeout(60)
class UpstreamsAtWorkTest {
  private static final CheckConfig EVERY_50_MS = check(CheckConfig.Type.HTTP, "/health");

  private final GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void close() {
    gateway.close();
  }

  private static CheckConfig check(CheckConfig.Type type, String path) {
    CheckConfig d = CheckConfig.DEFAULTS;
    return new CheckConfig(
        type,
        path,
        d.expect(),
        Optional.empty(),
        Optional.empty(),
        "",
        Duration.ofMillis(50),
        Duration.ofMillis(500),
        2,
        2,
        HealthState.UNKNOWN);
  }

  private static SiteConfig everythingTo(String upstream) {
    return SiteConfig.of(List.of(route("/*", new ActionConfig.ToUpstream(upstream, false))));
  }

  private static String answer(int status, String body) {
    return RecordingServer.response(status, body);
  }

  private static RecordingServer says(String body) throws IOException {
    return RecordingServer.http(_ -> answer(200, body));
  }

  private static Response send(RawClient client, String request) throws IOException {
    return client.send(request).readResponse();
  }

  private static Response get(RawClient client, String path) throws IOException {
    return send(client, "GET " + path + " HTTP/1.1\r\nHost: app.test\r\n\r\n");
  }

  private static int deadPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private Cluster app() {
    return gateway.service.upstreams().find("app").orElseThrow();
  }

  private Endpoint endpoint(int index) {
    return app().endpoints().get(index);
  }

  private static RetryConfig retry(int attempts, RetryConfig.On... on) {
    RetryConfig d = RetryConfig.DEFAULTS;
    return new RetryConfig(
        attempts,
        Set.of(on),
        List.of(),
        d.budgetShare(),
        1000,
        Optional.empty(),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        d.bodyBytes());
  }

  private static OutlierConfig hasty(Duration base) {
    return new OutlierConfig(
        Limit.atMost(5),
        Limit.atMost(3),
        Limit.atMost(3),
        Duration.ofSeconds(10),
        base,
        Duration.ofSeconds(300),
        0.5,
        Optional.empty());
  }

  // ---- retries -----------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "GET, 503, 200",
    "GET, 502, 200",
    "GET, 504, 200",
    "GET, 500, 500",
    "POST, 503, 503",
    "PUT, 503, 200",
    "DELETE, 503, 200"
  })
  void anotherEndpointAnswersForABadGateway(String method, int status, int seen) throws Exception {
    try (RecordingServer bad = RecordingServer.http(_ -> answer(status, "bad"));
        RecordingServer good = says("good")) {
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(bad.port(), good.port())))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        String body = method.equals("GET") || method.equals("DELETE") ? "" : "the body";
        Response response =
            send(
                client,
                method
                    + " / HTTP/1.1\r\nHost: a\r\nContent-Length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body);
        assertThat(response.status()).isEqualTo(seen);
        assertThat(response.text()).isEqualTo(seen == 200 ? "good" : "bad");
        if (seen == 200) {
          assertThat(new String(good.requests().getFirst().body())).isEqualTo(body);
        }
      }
      assertThat(bad.requests()).hasSize(1);
      assertThat(good.requests()).hasSize(seen == 200 ? 1 : 0);
    }
  }

  @Test
  void aChunkedBodyIsSentAgainWholeUpToItsBound() throws Exception {
    try (RecordingServer bad = RecordingServer.http(_ -> answer(503, "bad"));
        RecordingServer good = says("good")) {
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(bad.port(), good.port())))
              .listen();
      String piece = "x".repeat(8000);
      String head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
      try (RawClient client = RawClient.connect(port)) {
        client.send(head);
        for (int i = 0; i < 8; i++) client.send("1f40\r\n" + piece + "\r\n");
        assertThat(send(client, "0\r\n\r\n").text()).isEqualTo("good");
        assertThat(good.requests().getFirst().body()).hasSize(64_000);
      }
      try (RawClient client = RawClient.connect(port)) {
        client.send(head);
        for (int i = 0; i < 9; i++) client.send("1f40\r\n" + piece + "\r\n"); // 72 000
        assertThat(send(client, "0\r\n\r\n").text()).as("too long to be kept").isEqualTo("bad");
      }
    }
  }

  @Test
  void aLoneEndpointsAnswerIsPassedOn() throws Exception {
    try (RecordingServer bad = RecordingServer.http(_ -> answer(503, "mine"))) {
      int port =
          gateway.configure(everythingTo("app"), Map.of("app", upstream(bad.port()))).listen();
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/").text()).isEqualTo("mine");
      }
      assertThat(bad.requests()).hasSize(1);
    }
  }

  @Test
  void aSlowTryIsGivenToAnother() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (RecordingServer slow =
            RecordingServer.http(
                _ -> {
                  over.await();
                  return "";
                });
        RecordingServer good = says("good")) {
      RetryConfig d = RetryConfig.DEFAULTS;
      RetryConfig perTry =
          new RetryConfig(
              2,
              d.on(),
              List.of(),
              0.2,
              100,
              Optional.of(Duration.ofMillis(100)),
              Duration.ofMillis(1),
              Duration.ofMillis(1),
              0);
      int port =
          gateway
              .configure(
                  everythingTo("app"),
                  Map.of("app", upstream(slow.port(), good.port()).with(perTry)))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/").text()).isEqualTo("good");
      } finally {
        over.countDown();
      }
    }
  }

  @Test
  void theBudgetStopsRetries() throws Exception {
    try (RecordingServer one = RecordingServer.http(_ -> answer(503, "bad"));
        RecordingServer two = RecordingServer.http(_ -> answer(503, "bad"))) {
      RetryConfig thrifty =
          new RetryConfig(
              2,
              Set.of(RetryConfig.On.values()),
              List.of(),
              0.2,
              0,
              Optional.empty(),
              Duration.ofMillis(1),
              Duration.ofMillis(1),
              0);
      OutlierConfig d = OutlierConfig.DEFAULTS;
      OutlierConfig nobody =
          new OutlierConfig(
              Limit.OFF,
              Limit.OFF,
              Limit.OFF,
              d.sweep(),
              d.base(),
              d.max(),
              d.share(),
              Optional.empty());
      int port =
          gateway
              .configure(
                  everythingTo("app"),
                  Map.of("app", upstream(one.port(), two.port()).with(thrifty).with(nobody)))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 100; i++) assertThat(get(client, "/").status()).isEqualTo(503);
      }
      assertThat(one.requests().size() + two.requests().size())
          .as("100 requests, amplified 1.2 times at most")
          .isBetween(101, 120);
    }
  }

  @Test
  void aRouteMaySayHowLongItsUpstreamTakes() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (RecordingServer slow =
        RecordingServer.http(
            _ -> {
              over.await();
              return "";
            })) {
      TimeoutOverrides short200 =
          new TimeoutOverrides(
              Optional.empty(),
              Optional.of(Duration.ofMillis(200)),
              Optional.empty(),
              Optional.empty());
      int port =
          gateway
              .configure(
                  SiteConfig.of(
                      List.of(route("/*", new ActionConfig.ToUpstream("app", false, short200)))),
                  Map.of("app", upstream(slow.port())))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/").status()).isEqualTo(504);
      } finally {
        over.countDown();
      }
    }
  }

  // ---- health ------------------------------------------------------------------------------

  @Test
  void whoRefusesConnectionsIsEjectedAndComesBack() throws Exception {
    Queue<String> changes = new ConcurrentLinkedQueue<>();
    gateway.events.subscribe(
        "test",
        100,
        event -> {
          if (event instanceof GatewayEvent.EndpointChanged c) {
            changes.add(c.from() + ">" + c.to() + ":" + c.reason());
          }
        });
    try (RecordingServer good = says("good")) {
      int port =
          gateway
              .configure(
                  everythingTo("app"),
                  Map.of(
                      "app",
                      upstream(deadPort(), good.port())
                          .with(hasty(Duration.ofMillis(1500)))
                          .with(retry(2, RetryConfig.On.CONNECT))))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 10; i++) assertThat(get(client, "/").text()).isEqualTo("good");
        await().until(() -> endpoint(0).state() == HealthState.EJECTED);
        long asked = endpoint(0).requests();
        for (int i = 0; i < 10; i++) assertThat(get(client, "/").text()).isEqualTo("good");
        assertThat(endpoint(0).requests()).as("left alone").isEqualTo(asked);
        await().until(() -> endpoint(0).state() == HealthState.UNKNOWN);
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(changes)
                      .startsWith("unknown>ejected:connect_fail", "ejected>unknown:ejection over"));
    }
  }

  @Test
  void checksTakeAnEndpointOutAndBringItBack() throws Exception {
    AtomicInteger health = new AtomicInteger(200);
    try (RecordingServer one =
            RecordingServer.http(
                r -> r.target().equals("/health") ? answer(health.get(), "") : answer(200, "one"));
        RecordingServer two = says("two")) {
      int port =
          gateway
              .configure(
                  everythingTo("app"),
                  Map.of("app", upstream(one.port(), two.port()).with(EVERY_50_MS)))
              .listen();
      await().until(() -> endpoint(0).state() == HealthState.HEALTHY);
      health.set(500);
      await().until(() -> endpoint(0).state() == HealthState.UNHEALTHY);
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 5; i++) assertThat(get(client, "/").text()).isEqualTo("two");
        health.set(204);
        await().until(() -> endpoint(0).state() == HealthState.HEALTHY);
        Set<String> answers = new HashSet<>();
        for (int i = 0; i < 4; i++) answers.add(get(client, "/").text());
        assertThat(answers).containsExactlyInAnyOrder("one", "two");
      }
      assertThat(gateway.service.upstreams().report().getFirst().endpoints().getFirst().lastCheck())
          .isEqualTo("status 204");
    }
  }

  @Test
  void aReloadForgetsNeitherHealthNorLatency() throws Exception {
    try (RecordingServer one =
            RecordingServer.http(
                r -> r.target().equals("/health") ? answer(500, "") : answer(200, "one"));
        RecordingServer two = says("two")) {
      UpstreamConfig config = upstream(one.port(), two.port()).with(EVERY_50_MS);
      int port = gateway.configure(everythingTo("app"), Map.of("app", config)).listen();
      await().until(() -> endpoint(0).state() == HealthState.UNHEALTHY);
      try (RawClient client = RawClient.connect(port)) {
        get(client, "/");
        Endpoint kept = endpoint(1);
        Duration before =
            gateway.service.upstreams().report().getFirst().endpoints().get(1).latency();
        assertThat(before).isPositive();
        List<EndpointConfig> weighted =
            List.of(
                config.endpoints().get(0),
                new EndpointConfig(config.endpoints().get(1).destination(), false, 7));
        UpstreamConfig next = config.among(weighted);
        gateway.configure(everythingTo("app"), Map.of("app", next));
        assertThat(endpoint(0).state()).isEqualTo(HealthState.UNHEALTHY);
        assertThat(endpoint(1)).isSameAs(kept);
        var report = gateway.service.upstreams().report().getFirst().endpoints().get(1);
        assertThat(report.weight()).isEqualTo(7);
        assertThat(report.latency()).isPositive().isLessThanOrEqualTo(before);
        get(client, "/");
      }
      long used =
          two.conversations().stream()
              .filter(c -> c.requests().stream().anyMatch(r -> r.target().equals("/")))
              .count();
      assertThat(used).as("its connection was kept").isEqualTo(1);
    }
  }

  @Test
  void whenMostAreDownHealthIsIgnored() throws Exception {
    try (RecordingServer one = RecordingServer.http(r -> sick(r.target(), "one"));
        RecordingServer two = RecordingServer.http(r -> sick(r.target(), "two"))) {
      UpstreamConfig config = upstream(one.port(), two.port()).with(EVERY_50_MS);
      int port = gateway.configure(everythingTo("app"), Map.of("app", config)).listen();
      await().until(() -> endpoint(0).state() == HealthState.UNHEALTHY);
      await().until(() -> endpoint(1).state() == HealthState.UNHEALTHY);
      BalanceConfig b = config.balance();
      BalanceConfig calm = new BalanceConfig(b.method(), b.key(), b.sticky(), b.slowStart(), 0);
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/").status()).isEqualTo(200);
        gateway.configure(everythingTo("app"), Map.of("app", config.with(calm)));
        Response none = get(client, "/");
        assertThat(none.status()).isEqualTo(503);
        assertThat(none.field("x-fairlead-error")).contains("no_endpoint");
        assertThat(none.field("retry-after")).contains("1");
      }
    }
  }

  private static String sick(String target, String body) {
    return target.equals("/health") ? answer(500, "") : answer(200, body);
  }

  @ParameterizedTest
  @CsvSource({"1, HEALTHY", "2, UNHEALTHY"})
  void theGrpcHealthServiceIsAsked(int status, HealthState expected) throws Exception {
    try (RecordingServer server =
        RecordingServer.start(
            c -> {
              c.readUntil("SM\r\n\r\n");
              c.send(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0}); // SETTINGS
              c.readUntil("application/grpc");
              // HEADERS with :status 200, then DATA with the message { status }.
              c.send(new byte[] {0, 0, 1, 1, 4, 0, 0, 0, 1, (byte) 0x88});
              c.send(new byte[] {0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 8, (byte) status});
              c.readAll();
            })) {
      gateway.configure(
          everythingTo("app"),
          Map.of("app", upstream(server.port()).with(check(CheckConfig.Type.GRPC, "/"))));
      await().until(() -> endpoint(0).state() == expected);
      assertThat(server.conversation(0).receivedText()).contains("/grpc.health.v1.Health/Check");
    }
  }

  @Test
  void aTcpCheckAsksForAConnectionOnly() throws Exception {
    try (RecordingServer server = says("x")) {
      gateway.configure(
          everythingTo("app"),
          Map.of(
              "app", upstream(server.port(), deadPort()).with(check(CheckConfig.Type.TCP, "/"))));
      await().until(() -> endpoint(0).state() == HealthState.HEALTHY);
      await().until(() -> endpoint(1).state() == HealthState.UNHEALTHY);
      assertThat(server.requests()).isEmpty();
    }
  }

  // ---- bounds ------------------------------------------------------------------------------

  @Test
  void whoFindsAllConnectionsBusyWaitsAWhile() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (RecordingServer server =
        RecordingServer.http(
            _ -> {
              assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
              return answer(200, "done");
            })) {
      BreakerConfig one =
          new BreakerConfig(
              Limit.atMost(1),
              Limit.atMost(1),
              Duration.ofMillis(1500),
              Limit.atMost(100),
              Limit.atMost(3),
              Optional.empty());
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(server.port()).with(one)))
              .listen();
      try (RawClient first = RawClient.connect(port);
          RawClient second = RawClient.connect(port);
          RawClient third = RawClient.connect(port)) {
        first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        await().until(() -> server.requests().size() == 1);
        second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        await().until(() -> report().waiting() == 1);
        Response full = get(third, "/3");
        assertThat(full.status()).isEqualTo(503);
        assertThat(full.field("x-fairlead-error")).contains("overload");
        assertThat(full.field("retry-after")).contains("1");
        assertThat(second.readResponse().status()).as("waited too long").isEqualTo(503);
        second.send("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
        await().until(() -> report().waiting() == 1);
        go.countDown();
        assertThat(first.readResponse().text()).isEqualTo("done");
        assertThat(second.readResponse().text()).as("its turn came").isEqualTo("done");
      }
      await().until(() -> report().active() == 0);
      assertThat(report().refused()).isEqualTo(2);
    }
  }

  private io.fairlead.http.upstream.UpstreamReport report() {
    return gateway.service.upstreams().report().getFirst();
  }

  @Test
  void aClientThatLeavesTheLineIsForgotten() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (RecordingServer server =
        RecordingServer.http(
            _ -> {
              assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
              return answer(200, "done");
            })) {
      BreakerConfig d = BreakerConfig.DEFAULTS;
      BreakerConfig one =
          new BreakerConfig(
              Limit.atMost(1),
              d.pending(),
              Duration.ofSeconds(20),
              d.requests(),
              d.retries(),
              Optional.empty());
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(server.port()).with(one)))
              .listen();
      try (RawClient first = RawClient.connect(port)) {
        first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        await().until(() -> server.requests().size() == 1);
        try (RawClient second = RawClient.connect(port)) {
          second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
          await().until(() -> report().waiting() == 1);
        }
        await().until(() -> report().waiting() == 0);
        go.countDown();
        assertThat(first.readResponse().status()).isEqualTo(200);
        await().until(() -> report().active() == 0);
      }
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void connectionsAreOpenedInAdvance() throws Exception {
    try (RecordingServer server = says("x")) {
      gateway.configure(everythingTo("app"), Map.of("app", upstream(server.port()).warm(2)));
      await().until(() -> server.conversations().size() == 4); // two on each of two loops
    }
  }

  @Test
  void aPoolsBoundsAreTheUpstreams() throws Exception {
    try (RecordingServer server = says("x")) {
      PoolSettings twice = new PoolSettings(64, Duration.ofSeconds(55), Duration.ofMinutes(10), 2);
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(server.port()).with(twice)))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 6; i++) get(client, "/");
      }
      assertThat(server.conversations()).as("two requests each").hasSize(3);
    }
  }

  // ---- balancing ---------------------------------------------------------------------------

  @Test
  void aCookieKeepsAClientWithItsEndpoint() throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two");
        RecordingServer three = says("three")) {
      UpstreamConfig plain = upstream(one.port(), two.port(), three.port());
      BalanceConfig sticky =
          new BalanceConfig(
              Method.ROUND_ROBIN,
              new BalanceConfig.HashBy.ClientIp(),
              Optional.of(new BalanceConfig.Sticky("sid", Optional.empty())),
              Duration.ZERO,
              0.5);
      int port = gateway.configure(everythingTo("app"), Map.of("app", plain.with(sticky))).listen();
      try (RawClient client = RawClient.connect(port)) {
        Response first = get(client, "/");
        String cookie = first.field("set-cookie").orElseThrow();
        assertThat(cookie).matches("sid=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax");
        assertThat(cookie).doesNotContain(Integer.toString(one.port()));
        String request =
            "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b; " + cookie.split(";")[0] + "\r\n\r\n";
        for (int i = 0; i < 6; i++) {
          Response next = send(client, request);
          assertThat(next.text()).isEqualTo(first.text());
          assertThat(next.field("set-cookie")).as("it has it already").isEmpty();
        }
        Response forged = send(client, "GET / HTTP/1.1\r\nHost: a\r\nCookie: sid=1\r\n\r\n");
        assertThat(forged.field("set-cookie")).isPresent();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"RING_HASH", "MAGLEV"})
  void aHeaderKeepsRequestsTogether(Method method) throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two");
        RecordingServer three = says("three")) {
      BalanceConfig byUser =
          new BalanceConfig(
              method,
              BalanceConfig.HashBy.parse("header:X-User"),
              Optional.empty(),
              Duration.ZERO,
              0.5);
      int port =
          gateway
              .configure(
                  everythingTo("app"),
                  Map.of("app", upstream(one.port(), two.port(), three.port()).with(byUser)))
              .listen();
      Set<String> all = new HashSet<>();
      try (RawClient client = RawClient.connect(port)) {
        for (int user = 0; user < 12; user++) {
          Set<String> answers = new HashSet<>();
          for (int i = 0; i < 3; i++) {
            answers.add(
                send(client, "GET / HTTP/1.1\r\nHost: a\r\nX-User: u" + user + "\r\n\r\n").text());
          }
          assertThat(answers).as("user %d", user).hasSize(1);
          all.addAll(answers);
        }
      }
      assertThat(all).hasSizeGreaterThan(1);
    }
  }

  @Test
  void failoverUsesTheFirstHealthyGroup() throws Exception {
    AtomicInteger health = new AtomicInteger(200);
    try (RecordingServer first =
            RecordingServer.http(
                r -> r.target().equals("/health") ? answer(health.get(), "") : answer(200, "1st"));
        RecordingServer second = says("2nd")) {
      int port =
          gateway
              .configure(
                  everythingTo("app"),
                  Map.of(
                      "app",
                      upstream(first.port(), second.port())
                          .with(BalanceConfig.DEFAULTS.by(Method.FAILOVER))
                          .with(EVERY_50_MS)))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 5; i++) assertThat(get(client, "/").text()).isEqualTo("1st");
        health.set(503);
        await().until(() -> endpoint(0).state() == HealthState.UNHEALTHY);
        for (int i = 0; i < 5; i++) assertThat(get(client, "/").text()).isEqualTo("2nd");
        health.set(200);
        await().until(() -> endpoint(0).state() == HealthState.HEALTHY);
        assertThat(get(client, "/").text()).isEqualTo("1st");
      }
    }
  }

  @Test
  void whoComesBackBeginsSlowly() throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two")) {
      BalanceConfig slowly =
          new BalanceConfig(
              Method.ROUND_ROBIN,
              new BalanceConfig.HashBy.ClientIp(),
              Optional.empty(),
              Duration.ofSeconds(30),
              0.5);
      UpstreamConfig config = upstream(one.port(), two.port()).with(slowly);
      int port = gateway.configure(everythingTo("app"), Map.of("app", config)).listen();
      UpstreamMembers members = gateway.service.upstreams();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 10; i++) get(client, "/");
        assertThat(one.requests()).as("all begin alike").hasSize(5);
        members.administer("app", "e1", Optional.of(UpstreamMembers.Admin.DOWN), Optional.empty());
        assertThat(endpoint(0).state()).isEqualTo(HealthState.DOWN);
        members.administer("app", "e1", Optional.of(UpstreamMembers.Admin.UP), Optional.empty());
        for (int i = 0; i < 20; i++) get(client, "/");
        assertThat(one.requests().size()).as("hardly any at first").isBetween(5, 8);
      }
    }
  }

  // ---- members -----------------------------------------------------------------------------

  @Test
  void membersFromOutsideSurviveReloads() throws Exception {
    try (RecordingServer file = says("file");
        RecordingServer chain = says("chain")) {
      UpstreamMembers members = gateway.service.upstreams();
      EndpointConfig added =
          new EndpointConfig(new Destination.HostPort("127.0.0.1", chain.port()), false, 100);
      members.say(
          "registry:main",
          "app",
          UpstreamMembers.Overlay.exactly(List.of(UpstreamMembers.Member.of(added))),
          UpstreamMembers.Leaving.IN_PEACE);
      int port =
          gateway.configure(everythingTo("app"), Map.of("app", upstream(file.port()))).listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 3; i++) assertThat(get(client, "/").text()).isEqualTo("chain");
        gateway.configure(everythingTo("app"), Map.of("app", upstream(file.port())));
        assertThat(get(client, "/").text()).isEqualTo("chain");
        int left =
            members.say(
                "registry:main",
                "app",
                UpstreamMembers.Overlay.NONE,
                UpstreamMembers.Leaving.IN_PEACE);
        assertThat(left).isEqualTo(1);
        assertThat(get(client, "/").text()).isEqualTo("file");
      }
      chain.conversation(0).awaitOver(); // its idle connection was closed
    }
  }

  @Test
  void withheldAndDrainingMembersGetNoNewRequest() throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two")) {
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(one.port(), two.port())))
              .listen();
      UpstreamMembers members = gateway.service.upstreams();
      Destination first = new Destination.HostPort("127.0.0.1", one.port());
      try (RawClient client = RawClient.connect(port)) {
        members.say(
            "r",
            "app",
            new UpstreamMembers.Overlay(List.of(), Set.of(first), false),
            UpstreamMembers.Leaving.IN_PEACE);
        for (int i = 0; i < 3; i++) assertThat(get(client, "/").text()).isEqualTo("two");
        members.say(
            "r",
            "app",
            UpstreamMembers.Overlay.adding(
                List.of(new UpstreamMembers.Member(new EndpointConfig(first, false, 100), true))),
            UpstreamMembers.Leaving.IN_PEACE);
        assertThat(endpoint(0).state()).isEqualTo(HealthState.DRAINING);
        for (int i = 0; i < 3; i++) assertThat(get(client, "/").text()).isEqualTo("two");
      }
      assertThat(one.requests()).isEmpty();
    }
  }

  @Test
  void whoIsRevokedLosesItsRequestsAtOnce() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    try (RecordingServer one =
        RecordingServer.http(
            _ -> {
              arrived.countDown();
              over.await();
              return "";
            })) {
      int port =
          gateway.configure(everythingTo("app"), Map.of("app", upstream(one.port()))).listen();
      try (RawClient client = RawClient.connect(port)) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        gateway
            .service
            .upstreams()
            .say(
                "r",
                "app",
                UpstreamMembers.Overlay.exactly(List.of()),
                UpstreamMembers.Leaving.AT_ONCE);
        assertThat(client.readResponse().status()).isEqualTo(502);
        assertThat(get(client, "/").status()).isEqualTo(503);
      } finally {
        over.countDown();
      }
    }
  }

  @Test
  void aNamesAddressesAreMembersAndTheLastGoodOnesStay() throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two")) {
      AtomicReference<List<Dials.Host>> hosts =
          new AtomicReference<>(List.of(new Dials.Host("127.0.0.1", one.port(), 10, 1)));
      AtomicInteger asked = new AtomicInteger();
      gateway.lookups =
          _ -> {
            asked.incrementAndGet();
            return hosts.get().isEmpty()
                ? CompletableFuture.failedFuture(new java.net.UnknownHostException("gone"))
                : CompletableFuture.completedFuture(
                    new Dials.Found(hosts.get(), Duration.ofMillis(1)));
          };
      UpstreamConfig config =
          upstream()
              .with(
                  new DiscoveryConfig(
                      "app.test", DiscoveryConfig.Type.SRV, 0, false, Duration.ofSeconds(30)));
      int port = gateway.configure(everythingTo("app"), Map.of("app", config)).listen();
      await().until(() -> app().endpoints().size() == 1);
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/").text()).isEqualTo("one");
        Endpoint kept = endpoint(0);
        hosts.set(
            List.of(
                new Dials.Host("127.0.0.1", one.port(), 10, 1),
                new Dials.Host("127.0.0.1", two.port(), 10, 1)));
        await().until(() -> app().endpoints().size() == 2);
        assertThat(app().endpoints()).contains(kept);
        hosts.set(List.of());
        int before = asked.get();
        await().until(() -> asked.get() > before);
        assertThat(app().endpoints()).as("the last good answer holds").hasSize(2);
        assertThat(get(client, "/").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void errorsHaveTheSitesPages() throws Exception {
    SiteConfig plain = everythingTo("app");
    SiteConfig paged =
        new SiteConfig(
            plain.hosts(),
            plain.fallback(),
            plain.routes(),
            plain.headers(),
            plain.bodyMax(),
            plain.trustedProxies(),
            plain.settings(),
            Map.of(
                "5xx",
                new SiteConfig.ErrorPage(
                    Optional.empty(), Optional.of("<p>later</p>"), "text/html")),
            true,
            List.of());
    int port = gateway.configure(paged, Map.of("app", upstream())).listen();
    try (RawClient client = RawClient.connect(port)) {
      Response response = get(client, "/");
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.text()).isEqualTo("<p>later</p>");
      assertThat(response.field("content-type")).contains("text/html");
      assertThat(response.field("x-fairlead-error")).contains("no_endpoint");
      assertThat(response.field("retry-after")).contains("1");
      assertThat(get(client, "/%00").text()).as("400 has no page").contains("bad path");
    }
  }
}
