package io.fairlead.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.unit.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes behind HTTP that are elsewhere. */
class RedirectTest {
  private final Fast fast = new Fast();
  private final List<HttpServer> servers = new ArrayList<>();
  private final List<String> heard = new CopyOnWriteArrayList<>();

  private interface Place {
    void at(HttpExchange exchange) throws IOException;
  }

  private HttpServer server(Place place) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          heard.add(
              exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
          place.at(exchange);
          exchange.close();
        });
    server.start();
    servers.add(server);
    return server;
  }

  private static String url(HttpServer server, String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static void redirect(HttpExchange exchange, int status, String location)
      throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().add("Location", location);
    exchange.sendResponseHeaders(status, -1);
  }

  private static void node(HttpExchange exchange) throws IOException {
    String ask = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String id = Json.tree(JsonSlice.of(ask)).path("id").toString();
    String method = Json.tree(JsonSlice.of(ask)).path("method").asString("");
    String result =
        switch (method) {
          case "eth_chainId" -> "\"0x7a69\"";
          case "eth_getBlockByNumber" -> FakeNode.block(0, FakeNode.GENESIS, FakeNode.GENESIS);
          default -> "\"" + method + "\"";
        };
    byte[] answer =
        ("{\"id\":" + id + ",\"result\":" + result + "}").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
  }

  private PubSubFrontend connect(String url) throws InterruptedException {
    Duration patience = Duration.ofSeconds(30);
    fast.settings(
        Fast.SETTINGS
            .timeouts(patience, patience, patience)
            .reconnect(Fast.SETTINGS.reconnect().maxAttempts(1)));
    return fast.connect(
        HttpPollConnector.of(url).auth(ConnectorAuth.NONE.field("Authorization", SECRET)));
  }

  private static final Secret SECRET = Secret.of("Bearer canary");

  @AfterEach
  void stop() {
    for (HttpServer each : servers) each.stop(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308})
  void aNodeThatIsElsewhereAtItsOriginIsFollowedOnce(int status) throws Exception {
    HttpServer server =
        server(
            exchange -> {
              if (exchange.getRequestURI().getPath().equals("/rpc")) node(exchange);
              else redirect(exchange, status, "/rpc?x=1");
            });
    try (PubSubFrontend frontend = connect(url(server, "/old"))) {
      List<CompletableFuture<String>> many = new ArrayList<>();
      for (int i = 0; i < 20; i++) many.add(frontend.callAsync(Fast.text("eth_call")));
      for (CompletableFuture<String> each : many)
        assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo("eth_call");
    }
    assertThat(heard).contains("/rpc?x=1 [Bearer canary]");
    // Those that were under way to the old place, one for each connection, and no more.
    assertThat(heard.stream().filter(each -> each.startsWith("/old")).count()).isBetween(1L, 4L);
  }

  @Test
  void anotherPortOfTheHostIsNotToldWhatIsSecret() throws Exception {
    HttpServer other = server(RedirectTest::node);
    HttpServer server = server(exchange -> redirect(exchange, 307, url(other, "/there")));
    try (PubSubFrontend frontend = connect(url(server, "/"))) {
      assertThat(frontend.call(Fast.text("eth_call"))).isEqualTo("eth_call");
    }
    assertThat(heard)
        .contains("/ [Bearer canary]", "/there []")
        .doesNotContain("/there [Bearer canary]");
  }

  @Test
  void anotherHostOrATurnInACircleEndsIt() throws Exception {
    HttpServer other = server(RedirectTest::node);
    String elsewhere = "http://localhost:" + other.getAddress().getPort() + "/";
    for (String location :
        List.of(elsewhere, "/again", "ws://127.0.0.1:1/", "http://user@127.0.0.1:1/", "::")) {
      HttpServer server = server(exchange -> redirect(exchange, 308, location));
      assertThatThrownBy(() -> connect(url(server, "/")))
          .as(location)
          .isInstanceOf(PubSubException.class)
          .hasMessageContaining("HTTP status 308");
    }
    // Two questions, over at most two connections.
    assertThat(heard.stream().filter(each -> each.startsWith("/again")).count()).isBetween(3L, 6L);
  }
}
