package io.fairlead.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.re2j.Pattern;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.login.RouteLogin;
import io.fairlead.http.route.Rewrite;
import io.fairlead.http.route.Template;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Request;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RewriteAndMirrorTest {
  private final GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void theUpstreamIsAskedForTheOtherPath() throws Exception {
    try (RecordingServer app = RecordingServer.http(_ -> RecordingServer.response(200, "x"))) {
      int port =
          gateway
              .configure(
                  SiteConfig.of(
                      List.of(
                          rewriting("/api/*", new Rewrite.Prefix("/api", "")),
                          rewriting("/v1/*", new Rewrite.Prefix("/v1", "/v2")),
                          rewriting("/all/*", new Rewrite.Whole(Template.parse("/one?p={path}"))),
                          rewriting(
                              "/u/*",
                              new Rewrite.Replace(Pattern.compile("^/u/([0-9]+)$"), "/user/$1")),
                          rewriting("/*", Rewrite.NONE))),
                  Map.of("app", GatewayFixture.upstream(app.port())))
              .listen();
      try (RawClient client = RawClient.connect(port)) {
        for (String path :
            List.of("/api/a?q=1", "/api", "/apis", "/v1/x", "/all/y?lost=1", "/u/42", "/u/word")) {
          assertThat(get(client, path).status()).isEqualTo(200);
        }
      }
      assertThat(app.requests().stream().map(Request::target))
          .containsExactly(
              "/a?q=1", "/api", "/apis", "/v2/x", "/one?p=/all/y", "/user/42", "/u/word");
    }
  }

  @Test
  void aCopyGoesToTheOtherUpstreamAndItsAnswerNowhere() throws Exception {
    try (RecordingServer app = RecordingServer.http(_ -> RecordingServer.response(200, "real"));
        RecordingServer shadow =
            RecordingServer.http(_ -> RecordingServer.response(500, "never seen"))) {
      int port = mirrored(app, shadow, 1024, 100);
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/a?q=1").text()).isEqualTo("real");
        client.send("POST /b HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody");
        assertThat(client.readResponse().text()).isEqualTo("real");
        client.send(
            "PUT /c HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        assertThat(client.readResponse().text()).isEqualTo("real");
      }
      await().untilAsserted(() -> assertThat(shadow.requests()).hasSize(3));
      assertThat(shadow.requests().stream().map(r -> r.method() + " " + r.target()))
          .containsExactlyInAnyOrder("GET /a?q=1", "POST /b", "PUT /c");
      assertThat(shadow.requests().stream().map(r -> new String(r.body())))
          .containsExactlyInAnyOrder("", "body", "abcde");
      assertThat(shadow.requests().getFirst().field("host")).contains("app.test");
      assertThat(outcomes("sent")).isEqualTo(3);
    }
  }

  @Test
  void alongBodyIsNotCopiedAndStillArrives() throws Exception {
    try (RecordingServer app = RecordingServer.http(_ -> RecordingServer.response(200, "real"));
        RecordingServer shadow = RecordingServer.http(_ -> RecordingServer.response(200, ""))) {
      int port = mirrored(app, shadow, 8, 100);
      try (RawClient client = RawClient.connect(port)) {
        client.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789");
        assertThat(client.readResponse().text()).isEqualTo("real");
        client.send(
            "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "6\r\n123456\r\n3\r\n789\r\n0\r\n\r\n");
        assertThat(client.readResponse().text()).isEqualTo("real");
      }
      assertThat(app.requests().stream().map(r -> new String(r.body())))
          .containsExactly("123456789", "123456789");
      assertThat(outcomes("too_long")).isEqualTo(2);
      assertThat(outcomes("sent")).isZero();
      assertThat(shadow.requests()).isEmpty();
    }
  }

  @Test
  void aMirrorThatHangsCostsNobodyAnything() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (RecordingServer app = RecordingServer.http(_ -> RecordingServer.response(200, "real"));
        RecordingServer shadow =
            RecordingServer.http(
                _ -> {
                  over.await();
                  return "";
                })) {
      int port = mirrored(app, shadow, 1024, 2);
      try (RawClient client = RawClient.connect(port)) {
        for (int i = 0; i < 10; i++) assertThat(get(client, "/" + i).text()).isEqualTo("real");
      }
      assertThat(outcomes("sent")).isEqualTo(2);
      assertThat(outcomes("too_many")).isEqualTo(8);
      over.countDown();
    }
  }

  @Test
  void aCopyGoesOnWhenItsClientHasGone() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (RecordingServer app = RecordingServer.http(_ -> RecordingServer.response(200, "real"));
        RecordingServer shadow =
            RecordingServer.http(
                _ -> {
                  gone.await();
                  return RecordingServer.response(200, "late");
                })) {
      int port = mirrored(app, shadow, 1024, 1);
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client, "/first").text()).isEqualTo("real");
      }
      gone.countDown();
      // Its place is free again, which it is only after an answer.
      await()
          .untilAsserted(
              () -> {
                try (RawClient client = RawClient.connect(port)) {
                  assertThat(get(client, "/again").text()).isEqualTo("real");
                }
                assertThat(outcomes("sent")).isGreaterThan(1);
              });
    }
  }

  private double outcomes(String outcome) {
    return gateway
        .meters()
        .registry()
        .get("fairlead.http.mirrored")
        .tag("outcome", outcome)
        .counter()
        .count();
  }

  private int mirrored(RecordingServer app, RecordingServer shadow, int body, int atOnce)
      throws Exception {
    RouteConfig route =
        new RouteConfig(
            "r",
            GatewayFixture.match("/*"),
            new ActionConfig.ToUpstream("app", false),
            Headers.NONE,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Rewrite.NONE,
            Optional.of(new MirrorConfig("shadow", 100, new ByteSize(body), atOnce)),
            RouteLogin.AS_SITE);
    return gateway
        .configure(
            SiteConfig.of(List.of(route)),
            Map.of(
                "app",
                GatewayFixture.upstream(app.port()),
                "shadow",
                GatewayFixture.upstream(shadow.port())))
        .listen();
  }

  private static RouteConfig rewriting(String match, Rewrite rewrite) {
    return new RouteConfig(
        match,
        GatewayFixture.match(match),
        new ActionConfig.ToUpstream("app", false),
        Headers.NONE,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        rewrite,
        Optional.empty(),
        RouteLogin.AS_SITE);
  }

  private static Response get(RawClient client, String path) throws IOException {
    return client.send("GET " + path + " HTTP/1.1\r\nHost: app.test\r\n\r\n").readResponse();
  }
}
