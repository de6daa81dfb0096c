package io.fairlead.http;

import static io.fairlead.http.GatewayFixture.route;
import static io.fairlead.http.GatewayFixture.upstream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.HostPattern;
import io.fairlead.http.route.Template;
import io.fairlead.http.route.TrustedProxies;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.listen.Face;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Request;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ReverseProxyTest {
  private final GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void close() {
    gateway.close();
  }

  private static ActionConfig to(String upstream) {
    return new ActionConfig.ToUpstream(upstream, false);
  }

  private static SiteConfig everythingTo(String upstream) {
    return SiteConfig.of(List.of(route("/*", to(upstream))));
  }

  private static RecordingServer says(String body) throws IOException {
    return RecordingServer.http(_ -> ok(body));
  }

  private static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static Response get(RawClient client, String path) throws IOException {
    return client.send("GET " + path + " HTTP/1.1\r\nHost: app.test\r\n\r\n").readResponse();
  }

  private static int deadPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  @Test
  void theUpstreamSeesExactlyOneRewrittenRequest() throws Exception {
    try (RecordingServer upstream = says("hello")) {
      int port =
          gateway.configure(everythingTo("app"), Map.of("app", upstream(upstream.port()))).listen();
      try (RawClient client = RawClient.connect(port)) {
        client.send(
            "POST /a/./%62?q=1 HTTP/1.1\r\nHost: App.test:99\r\nConnection: x-drop\r\nX-Drop: 1\r\n"
                + "X-Keep: 2\r\nX-Forwarded-For: 6.6.6.6\r\nVia: 1.1 other\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        Response response = client.readResponse();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.text()).isEqualTo("hello");
        assertThat(response.field("via")).isEmpty();
      }
      assertThat(upstream.requests()).hasSize(1);
      Request request = upstream.requests().getFirst();
      assertThat(request.method()).isEqualTo("POST");
      assertThat(request.target()).isEqualTo("/a/b?q=1");
      assertThat(request.text()).isEqualTo("abcde");
      assertThat(request.fieldsNamed("host")).hasSize(1);
      assertThat(request.field("host").orElseThrow()).isEqualToIgnoringCase("app.test:99");
      assertThat(request.field("x-keep")).contains("2");
      assertThat(request.field("x-drop")).isEmpty();
      assertThat(request.fieldsNamed("x-forwarded-for")).containsExactly("127.0.0.1");
      assertThat(request.fieldsNamed("x-forwarded-proto")).containsExactly("http");
      assertThat(request.field("x-request-id").orElseThrow()).hasSize(36);
      assertThat(request.fieldsNamed("via"))
          .containsExactly("1.1 other", "1.1 " + gateway.service.pseudonym());
      assertThat(upstream.failures()).isEmpty();
    }
  }

  @Test
  void aDeadUpstreamIsABadGateway() throws Exception {
    int port = gateway.configure(everythingTo("app"), Map.of("app", upstream(deadPort()))).listen();
    try (RawClient client = RawClient.connect(port)) {
      Response response = get(client, "/");
      assertThat(response.status()).isEqualTo(502);
      assertThat(response.field("x-fairlead-error")).contains("upstream_connect_refused");
      assertThat(get(client, "/").status()).isEqualTo(502); // the connection lives on
    }
  }

  @Test
  void anEmptyUpstreamIsUnavailable() throws Exception {
    int port = gateway.configure(everythingTo("app"), Map.of("app", upstream())).listen();
    try (RawClient client = RawClient.connect(port)) {
      Response response = get(client, "/");
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.field("x-fairlead-error")).contains("no_endpoint");
      assertThat(response.field("retry-after")).contains("1");
    }
  }

  @Test
  void aSlowUpstreamIsATimeout() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (RecordingServer upstream =
        RecordingServer.http(
            _ -> {
              over.await();
              return "";
            })) {
      UpstreamConfig plain = upstream(upstream.port());
      UpstreamConfig hasty =
          plain.with(
              new ForwardPlan.Timeouts(
                  Duration.ofSeconds(5),
                  Duration.ofMillis(200),
                  Duration.ofSeconds(5),
                  Duration.ofSeconds(5)));
      int port = gateway.configure(everythingTo("app"), Map.of("app", hasty)).listen();
      try (RawClient client = RawClient.connect(port)) {
        Response response = get(client, "/");
        assertThat(response.status()).isEqualTo(504);
        assertThat(response.field("x-fairlead-error")).contains("upstream_timeout");
      } finally {
        over.countDown();
      }
      assertThat(upstream.requests()).hasSize(1); // never sent twice
    }
  }

  @Test
  void aRefusedDialGoesToAnotherEndpoint() throws Exception {
    try (RecordingServer upstream = says("alive")) {
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(deadPort(), upstream.port())))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 6; i++) assertThat(get(client, "/" + i).text()).isEqualTo("alive");
      }
      assertThat(upstream.requests()).hasSize(6);
    }
  }

  @Test
  void endpointsTakeTurns() throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two")) {
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(one.port(), two.port())))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 10; i++) get(client, "/");
      }
      assertThat(one.requests()).hasSize(5);
      assertThat(two.requests()).hasSize(5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/a%2fb, app.test, 400, bad_path",
    "/../x, app.test, 400, bad_path",
    "/a%00, app.test, 400, bad_path",
    "/x, other.test, 404, unknown_host",
    "/x, app.test, 404, no_route",
    "/api/x, APP.TEST:1, 200, ''"
  })
  void whatIsNotRoutedIsRefused(String path, String host, int status, String code)
      throws Exception {
    try (RecordingServer upstream = says("ok")) {
      SiteConfig all = SiteConfig.of(List.of(route("/api/*", to("app"))));
      SiteConfig named =
          new SiteConfig(
              List.of(HostPattern.parse("app.test")),
              false,
              all.routes(),
              all.headers(),
              all.bodyMax(),
              all.trustedProxies(),
              all.settings(),
              Map.of(),
              true,
              List.of());
      int port = gateway.configure(named, Map.of("app", upstream(upstream.port()))).listen();
      try (RawClient client = RawClient.connect(port)) {
        Response response =
            client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").readResponse();
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.field("x-fairlead-error").orElse("")).isEqualTo(code);
      }
      assertThat(upstream.requests()).hasSize(status == 200 ? 1 : 0);
    }
  }

  @Test
  void aRouteBoundsItsBodies() throws Exception {
    try (RecordingServer upstream = says("ok")) {
      RouteConfig small =
          new RouteConfig(
              "small",
              GatewayFixture.match("/*"),
              to("app"),
              Headers.NONE,
              Optional.of(Limit.atMost(4)),
              List.of());
      int port =
          gateway
              .configure(SiteConfig.of(List.of(small)), Map.of("app", upstream(upstream.port())))
              .listen();
      String head = "POST / HTTP/1.1\r\nHost: a\r\n";
      try (RawClient client = RawClient.connect(port)) {
        client.send(head + "Content-Length: 5\r\n\r\nabcde");
        assertThat(client.readResponse().status()).isEqualTo(413);
      }
      assertThat(upstream.conversations()).isEmpty();
      try (RawClient client = RawClient.connect(port)) {
        client.send(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
        assertThat(client.readResponse().status()).isEqualTo(413);
      }
      try (RawClient client = RawClient.connect(port)) {
        client.send(head + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n");
        assertThat(client.readResponse().status()).isEqualTo(200);
      }
      assertThat(upstream.requests()).hasSize(1);
    }
  }

  @Test
  void aRequestFinishesOnTheSnapshotItBeganWith() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (RecordingServer old =
            RecordingServer.http(
                _ -> {
                  arrived.countDown();
                  go.await();
                  return ok("old");
                });
        RecordingServer fresh = says("fresh")) {
      RouteConfig marked =
          new RouteConfig(
              "all",
              GatewayFixture.match("/*"),
              to("app"),
              new Headers(
                  FieldRules.NONE,
                  new FieldRules(
                      List.of(),
                      List.of(new FieldRules.Rule("X-Site", Template.parse("old {up_status}"))),
                      List.of(),
                      List.of())),
              Optional.empty(),
              List.of());
      int port =
          gateway
              .configure(SiteConfig.of(List.of(marked)), Map.of("app", upstream(old.port())))
              .listen();
      Face face = gateway.service.face("site");
      try (RawClient client = RawClient.connect(port)) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        gateway.configure(everythingTo("app"), Map.of("app", upstream(fresh.port())));
        go.countDown();
        Response first = client.readResponse();
        assertThat(first.text()).isEqualTo("old");
        assertThat(first.field("x-site")).contains("old 200");
        Response second = get(client, "/");
        assertThat(second.text()).isEqualTo("fresh");
        assertThat(second.field("x-site")).isEmpty();
      }
      assertThat(gateway.service.face("site")).isSameAs(face);
    }
  }

  @Test
  void anUnchangedEndpointSurvivesAReload() throws Exception {
    try (RecordingServer one = says("one");
        RecordingServer two = says("two")) {
      int port =
          gateway
              .configure(everythingTo("app"), Map.of("app", upstream(one.port(), two.port())))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        get(client, "/");
        get(client, "/");
        var kept = gateway.service.upstreams().find("app").orElseThrow().endpoints().getFirst();
        gateway.configure(everythingTo("app"), Map.of("app", upstream(one.port())));
        var cluster = gateway.service.upstreams().find("app").orElseThrow();
        assertThat(cluster.endpoints()).containsExactly(kept);
        assertThat(kept.requests()).isEqualTo(1);
        assertThat(kept.active()).isZero();
        get(client, "/");
      }
      assertThat(one.conversations()).as("connections to the endpoint that stayed").hasSize(1);
      two.conversation(0).awaitOver(); // the pool of the one that left was closed
    }
  }

  @Test
  void aDiscardedChangeLeavesNoTrace() throws Exception {
    gateway.configure(everythingTo("app"), Map.of("app", upstream()));
    gateway
        .service
        .prepare(
            new HttpService.Config(
                new HttpConfig(Map.of("new", SiteConfig.of(List.of()))), UpstreamsConfig.NONE))
        .discard();
    assertThat(gateway.service.face("site")).isNotNull();
    assertThatThrownBy(() -> gateway.service.face("new"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anUnknownUpstreamIsAProblemWithItsPath() {
    assertThatThrownBy(() -> gateway.configure(everythingTo("nope"), Map.of()))
        .isInstanceOfSatisfying(
            ConfigException.class,
            failure ->
                assertThat(failure.problems().getFirst().path())
                    .isEqualTo("/http/site/routes/0/upstream"));
  }

  @Test
  void aLoopIsCut() throws Exception {
    gateway.configure(everythingTo("app"), Map.of("app", upstream()));
    int port = gateway.listen();
    gateway.configure(everythingTo("app"), Map.of("app", upstream(port)));
    try (RawClient client = RawClient.connect(port)) {
      assertThat(get(client, "/").status()).isEqualTo(508);
    }
  }

  @Test
  void respondsAndRedirectsWithTemplates() throws Exception {
    SiteConfig site =
        SiteConfig.of(
            List.of(
                route(
                    "/hello",
                    new ActionConfig.Respond(
                        201,
                        "text/plain",
                        Optional.of(Template.parse("{method} {path} from {client_ip}")),
                        FieldRules.NONE)),
                route(
                    "/old/*",
                    new ActionConfig.Redirect(
                        307, Template.parse("https://{host}{path}?{query}")))));
    int port = gateway.configure(site, Map.of()).listen();
    try (RawClient client = RawClient.connect(port)) {
      Response hello = get(client, "/hello");
      assertThat(hello.status()).isEqualTo(201);
      assertThat(hello.text()).isEqualTo("GET /hello from 127.0.0.1");
      Response moved = get(client, "/old/x?a=b");
      assertThat(moved.status()).isEqualTo(307);
      assertThat(moved.field("location")).contains("https://app.test/old/x?a=b");
    }
  }

  /** Two slashes at the front of a Location are the name of a host. */
  @ParameterizedTest
  @CsvSource({
    "{path}/, //evil.test, /evil.test/",
    "{request_uri}, //evil.test?a, /evil.test?a",
    "{path}/, /a, /a/",
    "//cdn.test{path}, /a, //cdn.test/a",
  })
  void aRedirectToThePathStaysHere(String to, String asked, String location) throws Exception {
    SiteConfig site =
        SiteConfig.of(List.of(route("/*", new ActionConfig.Redirect(307, Template.parse(to)))));
    int port = gateway.configure(site, Map.of()).listen();
    try (RawClient client = RawClient.connect(port)) {
      assertThat(get(client, asked).field("location")).contains(location);
    }
  }

  @Test
  void hostCanBeReplacedOnTheWay() throws Exception {
    try (RecordingServer upstream = says("ok")) {
      SiteConfig plain = everythingTo("app");
      SiteConfig rehosted =
          new SiteConfig(
              List.of(),
              false,
              plain.routes(),
              new Headers(
                  new FieldRules(
                      List.of("X-Gone"),
                      List.of(new FieldRules.Rule("Host", Template.parse("inner.test"))),
                      List.of(),
                      List.of()),
                  FieldRules.NONE),
              plain.bodyMax(),
              TrustedProxies.NOBODY,
              HttpSettings.DEFAULTS,
              Map.of(),
              true,
              List.of());
      int port = gateway.configure(rehosted, Map.of("app", upstream(upstream.port()))).listen();
      try (RawClient client = RawClient.connect(port)) {
        client.send("GET / HTTP/1.1\r\nHost: outer.test\r\nX-Gone: 1\r\n\r\n").readResponse();
      }
      Request request = upstream.requests().getFirst();
      assertThat(request.fieldsNamed("host")).containsExactly("inner.test");
      assertThat(request.field("x-forwarded-host")).contains("outer.test");
      assertThat(request.field("x-gone")).isEmpty();
    }
  }

  @Test
  void aWebSocketPassesOnlyWhereTheRouteSaysSo() throws Exception {
    try (RecordingServer upstream =
        RecordingServer.start(
            conversation -> {
              Request request = conversation.readRequest().orElseThrow();
              if (request.field("upgrade").isEmpty()) {
                conversation.send(ok("plain"));
                return;
              }
              conversation.send(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                      + "Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nearly");
              conversation.send(conversation.readExactly(4));
              conversation.readAll();
            })) {
      SiteConfig site =
          SiteConfig.of(
              List.of(
                  route("/ws", new ActionConfig.ToUpstream("app", true)), route("/*", to("app"))));
      int port = gateway.configure(site, Map.of("app", upstream(upstream.port()))).listen();
      String upgrade =
          " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      try (RawClient client = RawClient.connect(port)) {
        client.send("GET /ws" + upgrade);
        assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101 ");
        assertThat(new String(client.readExactly(5), StandardCharsets.US_ASCII)).isEqualTo("early");
        client.send("ping");
        assertThat(new String(client.readExactly(4), StandardCharsets.US_ASCII)).isEqualTo("ping");
      }
      try (RawClient client = RawClient.connect(port)) {
        assertThat(client.send("GET /other" + upgrade).readResponse().text()).isEqualTo("plain");
      }
    }
  }
}
