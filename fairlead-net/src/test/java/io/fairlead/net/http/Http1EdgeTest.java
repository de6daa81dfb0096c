package io.fairlead.net.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.listen.DrainEvent;
import io.fairlead.testkit.StrictHttpParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Http1EdgeTest {
  private static final RequestHandler PATH =
      exchange -> exchange.respond(Answer.text(200, exchange.head().pathAndQuery()));

  /** Answers with the body it got. */
  private static final RequestHandler ECHO =
      exchange -> {
        exchange.respond(200, new FieldEdits(), BodyLength.CHUNKED);
        exchange.readBody(
            new BodyReceiver() {
              @Override
              public void onData(ByteBuf data) {
                exchange.write(data);
              }

              @Override
              public void onEnd() {
                exchange.finish();
              }

              @Override
              public void onFailed(int status, String code) {}
            });
      };

  /** Reads the body first and answers when it is complete. */
  private static final RequestHandler SWALLOW =
      exchange ->
          exchange.readBody(
              new BodyReceiver() {
                @Override
                public void onData(ByteBuf data) {
                  data.release();
                }

                @Override
                public void onEnd() {
                  exchange.respond(Answer.empty(200));
                }

                @Override
                public void onFailed(int status, String code) {}
              });

  private static HttpSettings settings(Duration timeout, long bodyMax, boolean connect) {
    HttpSettings d = HttpSettings.DEFAULTS;
    return new HttpSettings(
        d.requestLineMax(),
        d.headMax(),
        d.fieldMax(),
        d.fieldsMax(),
        timeout,
        timeout,
        timeout,
        timeout,
        Limit.atMost(bodyMax),
        timeout,
        3,
        d.pace(),
        connect,
        d.underscoreFields(),
        d.strictAuthority(),
        List.of(new FieldEdits.Field("X-Owner", "edge")));
  }

  @Test
  void keepsTheConnectionForTheNextRequest() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, PATH);
        RawClient client = new RawClient(server.port())) {
      for (int i = 0; i < 5; i++) {
        client.send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readResponse())
            .startsWith("HTTP/1.1 200 OK\r\nDate: ")
            .doesNotContain("Connection")
            .endsWith("\r\n\r\n/" + i);
      }
      assertThat(server.count("http.requests", "2xx")).isEqualTo(5);
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, PATH);
        RawClient client = new RawClient(server.port())) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 40; i++) all.append("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
      client.send(all.toString());
      for (int i = 0; i < 40; i++) assertThat(client.readResponse()).endsWith("\r\n\r\n/" + i);
    }
  }

  @Test
  void answersByteByByteInputAlike() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, ECHO);
        RawClient client = new RawClient(server.port())) {
      String request =
          "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nx: y\r\n\r\n";
      for (char c : request.toCharArray()) client.send(String.valueOf(c));
      String answer = client.readAll(); // an early head announces the close
      assertThat(answer).startsWith("HTTP/1.1 200").contains("Connection: close");
      String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
      assertThat(body).endsWith("0\r\n\r\n");
      // Chunk sizes depend on how the bytes arrived; the data does not.
      assertThat(body.replaceAll("[0-9]+\r\n|\r\n", "")).isEqualTo("abcde");
    }
  }

  @Test
  void http10ClosesUnlessAskedToKeep() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, PATH)) {
      try (RawClient client = new RawClient(server.port())) {
        assertThat(client.send("GET /a HTTP/1.0\r\n\r\n").readAll())
            .contains("Connection: close")
            .endsWith("/a");
      }
      try (RawClient client = new RawClient(server.port())) {
        client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertThat(client.readResponse()).contains("Connection: keep-alive").endsWith("/a");
        client.send("GET /b HTTP/1.0\r\n\r\n");
        assertThat(client.readAll()).endsWith("/b");
      }
    }
  }

  @Test
  void headHasTheLengthAndNoBody() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, PATH);
        RawClient client = new RawClient(server.port())) {
      client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readHead()).contains("Content-Length: 4");
      assertThat(client.readResponse()).endsWith("/next");
    }
  }

  @Test
  void sends100ContinueWhenTheBodyIsWanted() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, collecting());
        RawClient client = new RawClient(server.port())) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n");
      assertThat(client.readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      client.send("abc");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 200").endsWith("abc");
    }
  }

  @Test
  void anUnreadBodyThatIsHereIsSteppedOver() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, PATH);
        RawClient client = new RawClient(server.port())) {
      client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(client.readResponse()).doesNotContain("Connection").endsWith("/a");
      client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readResponse()).endsWith("/b");
    }
  }

  @Test
  void anEarlyAnswerDrainsAndCloses() throws IOException {
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, PATH);
        RawClient client = new RawClient(server.port())) {
      client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\nabc");
      String head = client.readHead();
      client.send(new byte[100_000]); // still arriving; must not reset the answer
      assertThat(head).contains("Connection: close");
      assertThat(client.readAll()).isEqualTo("/a");
    }
  }

  @Test
  void aBodyAboveTheLimitIs413() throws IOException {
    HttpSettings small = settings(Duration.ofSeconds(5), 10, false);
    try (EdgeServer server = new EdgeServer(small, collecting())) {
      try (RawClient client = new RawClient(server.port())) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
        assertThat(client.readAll()).startsWith("HTTP/1.1 413 ").contains("body_too_large");
      }
      try (RawClient client = new RawClient(server.port())) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n");
        client.send("12345678901\r\n0\r\n\r\n");
        assertThat(client.readAll()).startsWith("HTTP/1.1 413 ").contains("body_too_large");
      }
    }
  }

  @Test
  void aBodySlowerThanTheLeastRateAfterItsGraceIs408() throws Exception {
    ManualClock clock = new ManualClock();
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, SWALLOW, null, clock)) {
      try (RawClient client = new RawClient(server.port())) {
        postSlowly(server, client, clock, 240);
        client.send("x".repeat(100_000 - 7 * 240));
        assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      }
      try (RawClient client = new RawClient(server.port())) {
        postSlowly(server, client, clock, 200);
        assertThat(client.readAll()).startsWith("HTTP/1.1 408 ").contains("body_timeout");
        assertThat(server.count("http.rejected", "body_timeout")).isEqualTo(1);
      }
    }
  }

  /** Seven seconds, one piece per second. */
  private static void postSlowly(
      EdgeServer server, RawClient client, ManualClock clock, int bytesPerSecond) throws Exception {
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    PlainLive live = Awaitility.await().until(server.lives::poll, Objects::nonNull);
    Awaitility.await().until(() -> live.received.get() > 0);
    long before = live.received.get();
    for (int second = 1; second <= 7; second++) {
      client.send("x".repeat(bytesPerSecond));
      long expected = before + (long) second * bytesPerSecond;
      Awaitility.await().until(() -> live.received.get() >= expected);
      server.onLoop(() -> clock.advance(Duration.ofSeconds(1)));
    }
    server.afterATick();
  }

  @Test
  void answersCarryTheOwnersFieldsAndTheirOwnWin() throws IOException {
    RequestHandler handler =
        exchange -> {
          switch (exchange.head().pathAndQuery()) {
            case "/own" -> exchange.respond(Answer.empty(200).with("x-owner", "handler"));
            case "/stream" -> {
              exchange.respond(200, new FieldEdits(), BodyLength.CHUNKED);
              exchange.finish();
            }
            case "/broken" -> throw new IllegalStateException("as in a bug");
            default -> PATH.handle(exchange);
          }
        };
    HttpSettings settings = settings(Duration.ofSeconds(5), 10, false);
    try (EdgeServer server = new EdgeServer(settings, handler)) {
      List<List<String>> table =
          List.of(
              List.of("GET /a HTTP/1.1\r\nHost: a", "200", "X-Owner: edge"),
              List.of("GET /own HTTP/1.1\r\nHost: a", "200", "x-owner: handler"),
              List.of("GET /broken HTTP/1.1\r\nHost: a", "500", "X-Owner: edge"),
              List.of("GET /a HTTP/1.1\r\nHost : a", "400", "X-Owner: edge"),
              List.of("TRACE /a HTTP/1.1\r\nHost: a", "405", "X-Owner: edge"),
              List.of("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11", "413", "X-Owner: edge"));
      for (List<String> row : table) {
        try (RawClient client = new RawClient(server.port())) {
          String head = client.send(row.get(0) + "\r\n\r\n").readHead();
          assertThat(head).startsWith("HTTP/1.1 " + row.get(1)).containsOnlyOnce(row.get(2));
          assertThat(head.toLowerCase(Locale.ROOT)).containsOnlyOnce("x-owner");
        }
      }
      try (RawClient client = new RawClient(server.port())) {
        client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readHead()).startsWith("HTTP/1.1 200").doesNotContain("X-Owner");
      }
    }
  }

  @Test
  void slowHeadsAndBodiesAre408() throws IOException {
    HttpSettings quick = settings(Duration.ofMillis(200), 1000, false);
    try (EdgeServer server = new EdgeServer(quick, collecting())) {
      try (RawClient client = new RawClient(server.port())) {
        assertThat(client.send("GET / HT").readAll()).startsWith("HTTP/1.1 408 ");
      }
      try (RawClient client = new RawClient(server.port())) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
        assertThat(client.readAll()).startsWith("HTTP/1.1 408 ").contains("body_timeout");
      }
      try (RawClient client = new RawClient(server.port())) {
        assertThat(client.readAll()).isEmpty(); // nothing ever sent: closed without a word
      }
    }
  }

  @Test
  void theLastAllowedRequestAnnouncesTheClose() throws IOException {
    HttpSettings three = settings(Duration.ofSeconds(5), 1000, false);
    try (EdgeServer server = new EdgeServer(three, PATH);
        RawClient client = new RawClient(server.port())) {
      for (int i = 0; i < 2; i++) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readResponse()).doesNotContain("Connection");
      }
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readAll()).contains("Connection: close");
    }
  }

  @Test
  void aStalledReaderIsCut() throws Exception {
    HttpSettings quick = settings(Duration.ofMillis(300), 1000, false);
    CompletableFuture<Integer> ended = new CompletableFuture<>();
    RequestHandler endless =
        exchange -> {
          exchange.onEnd(() -> ended.complete(exchange.status()));
          exchange.respond(200, new FieldEdits(), BodyLength.CHUNKED);
          Runnable pump =
              () -> {
                while (exchange.writable()) {
                  exchange.write(exchange.channel().alloc().buffer(65_536).writeZero(65_536));
                  exchange.flush();
                }
              };
          exchange.onWritable(pump);
          pump.run();
        };
    try (EdgeServer server = new EdgeServer(quick, endless);
        RawClient client = new RawClient(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo(200);
    }
  }

  @Test
  void aClientThatLeavesWhileWaitingIs499() throws Exception {
    CompletableFuture<Integer> ended = new CompletableFuture<>();
    CompletableFuture<Boolean> taken = new CompletableFuture<>();
    RequestHandler never =
        exchange -> {
          exchange.onEnd(() -> ended.complete(exchange.status()));
          taken.complete(true);
        };
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, never)) {
      try (RawClient client = new RawClient(server.port())) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(taken.get(5, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(ended.get(5, TimeUnit.SECONDS)).isEqualTo(499);
    }
  }

  @Test
  void aClientThatSendsNoMoreStillGetsTheWholeAnswer() throws Exception {
    byte[] body = new byte[8 * 1024 * 1024];
    RequestHandler big = exchange -> exchange.respond(Answer.of(200, "", body));
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, big)) {
      for (String request :
          List.of(
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /unfinished",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nearly")) {
        try (RawClient client = new RawClient(server.port())) {
          client.send(request);
          assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
          client.socket.shutdownOutput();
          server.afterATick();
          assertThat(client.readAll()).hasSize(body.length);
        }
      }
    }
  }

  @Test
  void aSlowReaderMayTakeLongerThanTheIdleTime() throws Exception {
    ManualClock clock = new ManualClock();
    byte[] body = new byte[16 * 1024 * 1024];
    RequestHandler big = exchange -> exchange.respond(Answer.of(200, "", body));
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, big, null, clock);
        RawClient client = new RawClient(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      int piece = 1024 * 1024;
      for (int i = 0; i < 5; i++) {
        server.onLoop(() -> clock.advance(Duration.ofSeconds(20)));
        server.afterATick();
        assertThat(client.readBytes(piece)).hasSize(piece);
      }
      assertThat(client.readBytes(body.length - 5 * piece)).hasSize(body.length - 5 * piece);
      server.onLoop(() -> clock.advance(Duration.ofSeconds(80))); // now it is idle
      server.afterATick();
      server.onLoop(() -> clock.advance(Duration.ofSeconds(80)));
      assertThat(client.read()).isEqualTo(-1);
    }
  }

  @Test
  void aHandlersSmallerBoundHoldsForBodiesThatSayTheirLength() throws IOException {
    RequestHandler bounded =
        exchange -> {
          exchange.bodyMax(Limit.atMost(4));
          SWALLOW.handle(exchange);
        };
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, bounded);
        RawClient client = new RawClient(server.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd");
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 ");
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde");
      assertThat(client.readAll()).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void aDrainClosesIdleConnectionsAndAnnouncesTheCloseToOthers() throws Exception {
    CompletableFuture<ServerExchange> waiting = new CompletableFuture<>();
    RequestHandler handler =
        exchange -> {
          if (exchange.head().pathAndQuery().equals("/wait")) waiting.complete(exchange);
          else exchange.respond(Answer.text(200, "x"));
        };
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, handler);
        RawClient idle = new RawClient(server.port());
        RawClient busy = new RawClient(server.port())) {
      idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(idle.readResponse()).endsWith("x");
      busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
      ServerExchange exchange = waiting.get(5, TimeUnit.SECONDS);
      long now = io.fairlead.core.time.Clock.system().nanos();
      for (var channel : server.accepted) {
        channel
            .eventLoop()
            .execute(() -> channel.pipeline().fireUserEventTriggered(new DrainEvent(now, now)));
      }
      assertThat(idle.readAll()).isEmpty();
      exchange.channel().eventLoop().execute(() -> exchange.respond(Answer.text(200, "late")));
      assertThat(busy.readAll()).contains("Connection: close").endsWith("late");
    }
  }

  @Test
  void aHandlerThatThrowsIs500() throws IOException {
    RequestHandler broken =
        _ -> {
          throw new IllegalStateException("broken on purpose");
        };
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, broken);
        RawClient client = new RawClient(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n");
      assertThat(client.readAll())
          .startsWith("HTTP/1.1 500 ")
          .contains("X-Fairlead-Error: internal")
          .endsWith("{\"code\":\"internal\",\"message\":\"internal error\"}\n")
          .doesNotContain("on purpose");
    }
  }

  @Test
  void anUpgradeHandsOverTheChannelAndTheEarlyBytes() throws IOException {
    RequestHandler tunnel =
        exchange -> {
          ByteBuf early = exchange.upgrade(200, new FieldEdits());
          exchange.channel().writeAndFlush(early);
          exchange.channel().close();
        };
    HttpSettings proxy = settings(Duration.ofSeconds(5), 1000, true);
    try (EdgeServer server = new EdgeServer(proxy, tunnel);
        RawClient client = new RawClient(server.port())) {
      client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nearly bytes");
      assertThat(client.readAll()).isEqualTo("HTTP/1.1 200 OK\r\n\r\nearly bytes");
    }
  }

  @Test
  void sendsFilesAndPartsOfFiles(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("f");
    byte[] content = new byte[300_000];
    for (int i = 0; i < content.length; i++) content[i] = (byte) (i * 31);
    Files.write(file, content);
    RequestHandler handler =
        exchange -> {
          try {
            exchange.respond(200, new FieldEdits(), new BodyLength.Fixed(200_000));
            exchange.sendFile(FileChannel.open(file), 1000, 200_000);
          } catch (IOException e) {
            exchange.abort();
          }
        };
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, handler);
        RawClient client = new RawClient(server.port())) {
      for (int i = 0; i < 2; i++) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readHead()).contains("Content-Length: 200000");
        byte[] got = client.readBytes(200_000).getBytes(StandardCharsets.ISO_8859_1);
        assertThat(got).isEqualTo(java.util.Arrays.copyOfRange(content, 1000, 201_000));
      }
    }
  }

  @Test
  void sendsFilesOverTls(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("f");
    byte[] content = new byte[1_000_000];
    for (int i = 0; i < content.length; i++) content[i] = (byte) (i * 31);
    Files.write(file, content);
    RequestHandler handler =
        exchange -> {
          try {
            exchange.respond(200, new FieldEdits(), new BodyLength.Fixed(content.length));
            exchange.sendFile(FileChannel.open(file), 0, content.length);
          } catch (IOException e) {
            exchange.abort();
          }
        };
    X509Bundle bundle =
        new CertificateBuilder()
            .subject("CN=localhost")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    SslContext tls = SslContextBuilder.forServer(bundle.toKeyManagerFactory()).build();
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, bundle.toTrustManagerFactory().getTrustManagers(), null);
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, handler, tls);
        Socket socket =
            trusting
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(5_000);
      for (int i = 0; i < 2; i++) {
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
        StrictHttpParser.Response response =
            StrictHttpParser.response(socket.getInputStream(), "GET");
        assertThat(response.body()).isEqualTo(content);
      }
    }
  }

  @Test
  void aFileThatBecameShorterEndsTheConnection(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("f");
    Files.write(file, new byte[100]);
    RequestHandler handler =
        exchange -> {
          try {
            exchange.respond(200, new FieldEdits(), new BodyLength.Fixed(1000));
            exchange.sendFile(FileChannel.open(file), 0, 1000);
          } catch (IOException e) {
            exchange.abort();
          }
        };
    try (EdgeServer server = new EdgeServer(HttpSettings.DEFAULTS, handler);
        RawClient client = new RawClient(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      client.readHead();
      assertThat(client.readAll()).hasSizeLessThanOrEqualTo(100);
    }
  }

  private static RequestHandler collecting() {
    return exchange ->
        exchange.readBody(
            new BodyReceiver() {
              private final ByteBuf all = Unpooled.buffer();

              @Override
              public void onData(ByteBuf data) {
                all.writeBytes(data);
                data.release();
              }

              @Override
              public void onEnd() {
                exchange.respond(Answer.text(200, all.toString(StandardCharsets.UTF_8)));
              }

              @Override
              public void onFailed(int status, String code) {}
            });
  }
}
