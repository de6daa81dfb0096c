package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.http.ScriptedUpstream.Connection;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PooledForwarderTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String GET = "GET /p?q HTTP/1.1\r\nHost: front\r\n\r\n";

  @Test
  void rebuildsTheRequestFromItsParts() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send(
          "GET /p?q HTTP/1.1\r\nA: 1\r\nHost: front\r\nConnection: keep-alive, X-Hop\r\n"
              + "X-Hop: 1\r\nB:  2 \r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\n"
              + "Upgrade: h2c\r\nTrailer: t\r\nProxy-Authorization: Basic x\r\nX-Secret: s\r\n"
              + "X_Alias: a\r\nC: 3\r\nx-forwarded-for: forged\r\n\r\n");
      assertThat(client.readResponse())
          .isEqualTo("HTTP/1.1 200 OK\r\nX-Passed: yes\r\nContent-Length: 2\r\n\r\nok");
      assertThat(upstream.connections.getFirst().bytesRead())
          .isEqualTo(
              "GET /p?q HTTP/1.1\r\nHost: upstream.example\r\nA: 1\r\nB:  2 \r\nC: 3\r\n"
                  + "X-Forwarded-For: client\r\n\r\n");
      assertThat(gateway.result().failure()).isEmpty();
    }
  }

  @Test
  void reusesTheNewestIdleConnection() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      for (int i = 0; i < 20; i++) assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(upstream.connections).hasSize(1);
      assertThat(gateway.pool.stats()).isEqualTo(new UpstreamPool.Stats(1, 1, 19));
    }
  }

  @Test
  void pipelinedRequestsGoUpstreamOneByOne() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send(GET.repeat(30));
      for (int i = 0; i < 30; i++) assertThat(client.readResponse()).endsWith("ok");
      assertThat(upstream.connections).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde",
        "HTTP/1.0 200 OK\r\n\r\nabcde",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
      })
  void passesEveryFramingOn(String response) throws Exception {
    boolean ends = response.contains("close") || response.contains("HTTP/1.0");
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(
                connection -> {
                  while (!connection.head().isEmpty()) {
                    connection.say(response);
                    if (ends) return;
                  }
                });
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      for (int i = 0; i < 3; i++) {
        client.send(GET);
        String head = client.readHead();
        if (response.contains(" 103 ")) {
          assertThat(head).startsWith("HTTP/1.1 103 Early Hints\r\nLink: x\r\n");
          head = client.readHead();
        }
        assertThat(head).startsWith("HTTP/1.1 200 OK\r\n").doesNotContain("Connection");
        assertThat(body(client, head)).isEqualTo("abcde");
      }
    }
  }

  @Test
  void http10ClientsGetABodyThatEndsWithTheConnection() throws Exception {
    String response =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(response));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send("GET / HTTP/1.0\r\n\r\n").readAll())
          .contains("Connection: close")
          .doesNotContain("chunked")
          .endsWith("\r\n\r\nabcde");
    }
  }

  @Test
  void headAnswersKeepTheirLengthAndHaveNoBody() throws Exception {
    String response = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(response));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      for (int i = 0; i < 2; i++) {
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readHead()).contains("Content-Length: 500");
      }
      assertThat(upstream.connections).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 8_192, 8_193, 70_000, 3_000_000})
  void passesBodiesBothWays(int size) throws Exception {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    String body = new String(bytes, StandardCharsets.ISO_8859_1);
    ScriptedUpstream.Script echo =
        connection -> {
          while (true) {
            String head = connection.head();
            if (head.isEmpty()) return;
            String data = head.contains("chunked") ? chunks(connection) : fixed(connection, size);
            connection.say("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n" + data);
          }
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(echo);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n" + body);
      assertThat(client.readResponse().endsWith("\r\n\r\n" + body)).isTrue();
      String chunk = size == 0 ? "" : Integer.toHexString(size) + "\r\n" + body + "\r\n";
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n");
      assertThat(client.readResponse().endsWith("\r\n\r\n" + body)).isTrue();
      assertThat(upstream.connections).hasSize(1);
      assertThat(gateway.result().receivedBytes()).isEqualTo(size);
      assertThat(gateway.result().sentBytes()).isEqualTo(size);
    }
  }

  @Test
  void aStalePooledConnectionIsReplacedOnceForIdempotentRequests() throws Exception {
    ScriptedUpstream.Script once =
        connection -> {
          connection.head();
          connection.say(OK);
          if (connection.number == 0) connection.head(); // takes the second request, then leaves
          else ScriptedUpstream.always(OK).run(connection);
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(once);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(upstream.connections).hasSize(2);
      assertThat(gateway.asked).isEmpty();
    }
  }

  @Test
  void aRequestThatIsNotIdempotentIsNeverSentTwice() throws Exception {
    ScriptedUpstream.Script leaving =
        connection -> {
          connection.head();
          if (connection.number == 0) connection.say(OK).until("\r\n\r\n");
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(leaving);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.retry = (_, _) -> true;
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 502 ").contains("closed_before_head");
      assertThat(upstream.connections).hasSize(1);
      assertThat(gateway.asked).isEmpty();
    }
  }

  @Test
  void theOwnerDecidesAboutFurtherAttempts() throws Exception {
    ScriptedUpstream.Script flaky =
        connection -> {
          if (connection.number < 2) connection.head();
          else ScriptedUpstream.always(OK).run(connection);
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(flaky);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.retry = (attempt, _) -> attempt < 3;
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(gateway.asked)
          .extracting(ForwardFailure::kind)
          .containsExactly(
              ForwardFailure.Kind.CLOSED_BEFORE_HEAD, ForwardFailure.Kind.CLOSED_BEFORE_HEAD);
    }
  }

  @Test
  void aFailedDialIsAnsweredOrTriedAgainEvenForPosts() throws Exception {
    int closedPort;
    try (ServerSocket socket = new ServerSocket(0)) {
      closedPort = socket.getLocalPort();
    }
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(c -> c.until("abc").say(OK).until("never"));
        ForwardingGateway gateway = new ForwardingGateway(closedPort);
        RawClient client = gateway.client()) {
      String post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
      assertThat(client.send(post).readResponse()).startsWith("HTTP/1.1 502 ").contains("dial");
      gateway.retry =
          (_, _) -> {
            gateway.port = upstream.port();
            return true;
          };
      assertThat(client.send(post).readResponse()).endsWith("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
      })
  void malformedResponsesAre502(String response) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(response));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send(GET).readResponse())
          .startsWith("HTTP/1.1 502 ")
          .contains("X-Fairlead-Error: bad_response");
      assertThat(gateway.pool.stats().idle()).isZero();
    }
  }

  @Test
  void tooManyInformationalResponsesAre502() throws Exception {
    String many = "HTTP/1.1 102 Processing\r\n\r\n".repeat(17) + OK;
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(many));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send(GET);
      for (int i = 0; i < 16; i++) {
        assertThat(client.readHead()).startsWith("HTTP/1.1 102 Processing\r\n");
      }
      assertThat(client.readResponse()).startsWith("HTTP/1.1 502 ");
    }
  }

  @Test
  void aSlowResponseHeadIs504() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(c -> c.until("never"));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.timeouts =
          new ForwardPlan.Timeouts(
              Duration.ofSeconds(1),
              Duration.ofMillis(100),
              Duration.ofSeconds(1),
              Duration.ofHours(1));
      assertThat(client.send(GET).readResponse())
          .startsWith("HTTP/1.1 504 ")
          .contains("head_timeout");
    }
  }

  @Test
  void aBadChunkFromTheClientNeverCompletesTheUpstreamRequest() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(c -> c.until("never"));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      Awaitility.await()
          .until(
              () -> upstream.connections.stream().anyMatch(c -> c.bytesRead().endsWith("abc\r\n")));
      client.send("0x3\r\nabc\r\n0\r\n\r\n");
      assertThat(client.readAll()).startsWith("HTTP/1.1 400 ").contains("bad_chunk_size");
      ForwardResult result = gateway.result();
      assertThat(result.status()).isEqualTo(400);
      assertThat(upstream.connections.getFirst().bytesRead()).doesNotContain("\r\n0\r\n");
      assertThat(gateway.pool.stats().idle()).isZero();
    }
  }

  @Test
  void anEarlyResponseIsRelayedAndTheConnectionsEnd() throws Exception {
    String early = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(
                c -> {
                  c.head();
                  c.say(early).until("never");
                });
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
      assertThat(client.readAll()).contains("403").contains("Connection: close").endsWith("no");
      assertThat(gateway.pool.stats().idle()).isZero();
    }
  }

  @Test
  void aClientThatLeavesEndsTheUpstreamRequest() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(c -> c.until("never"));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port())) {
      try (RawClient client = gateway.client()) {
        client.send(GET);
        Awaitility.await().until(() -> !upstream.connections.isEmpty());
      }
      ForwardResult result = gateway.result();
      assertThat(result.status()).isEqualTo(499);
      assertThat(result.failure().orElseThrow().kind()).isEqualTo(ForwardFailure.Kind.CLIENT);
    }
  }

  @Test
  void webSocketsBecomeAStream() throws Exception {
    String accept =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: x\r\n\r\nfirst";
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(c -> c.until("\r\n\r\n").say(accept).until("ping").say("pong"));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.websocket = true;
      client.send(
          "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
              + "Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n");
      assertThat(client.readHead()).startsWith("HTTP/1.1 101 ").contains("Sec-WebSocket-Accept: x");
      assertThat(client.readBytes(5)).isEqualTo("first");
      assertThat(client.send("ping").readAll()).isEqualTo("pong");
      assertThat(upstream.connections.getFirst().bytesRead())
          .contains("Connection: Upgrade\r\nUpgrade: websocket\r\n")
          .contains("Sec-WebSocket-Key: k");
      client.close();
      ForwardResult result = gateway.result();
      assertThat(result.status()).isEqualTo(101);
      assertThat(result.sentBytes()).isEqualTo(9);
    }
  }

  @Test
  void aStalledReaderStopsTheUpstream() throws Exception {
    AtomicLong written = new AtomicLong();
    byte[] piece = new byte[64 * 1024];
    long total = 256L * 1024 * 1024;
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(
                c -> {
                  c.head();
                  c.say("HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
                  while (written.get() < total) {
                    c.socket.getOutputStream().write(piece);
                    written.addAndGet(piece.length);
                  }
                });
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send(GET);
      client.readHead();
      // Settled: the same count in two looks half a second apart.
      AtomicLong last = new AtomicLong(-1);
      Awaitility.await()
          .pollInterval(Duration.ofMillis(500))
          .until(() -> last.getAndSet(written.get()) == written.get());
      assertThat(written.get()).isLessThan(total / 4); // socket buffers and water marks, no more
      byte[] rest = client.readBytes((int) total).getBytes(StandardCharsets.ISO_8859_1);
      assertThat(rest).hasSize((int) total); // and nothing was lost
    }
  }

  @Test
  void idleConnectionsThatSpeakOrEndAreDiscarded() throws Exception {
    ScriptedUpstream.Script chatty =
        connection -> {
          connection.head();
          connection.say(OK);
          if (connection.number == 0) connection.until("go on").say("unsolicited");
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(chatty);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(gateway.pool.stats().idle()).isEqualTo(1);
      upstream.connections.getFirst().say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      Awaitility.await().until(() -> gateway.pool.stats().idle() == 0);
      assertThat(client.send(GET).readResponse()).endsWith("ok"); // this one then ends by itself
      Awaitility.await().until(() -> gateway.pool.stats().idle() == 0);
      assertThat(upstream.connections).hasSize(2);
    }
  }

  @Test
  void connectionsEndAfterTheirRequestsAndTheirIdleTime() throws Exception {
    PoolSettings two = new PoolSettings(1, Duration.ofMillis(300), Duration.ofMinutes(1), 2);
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway =
            new ForwardingGateway(upstream.port(), HttpSettings.DEFAULTS, two);
        RawClient client = gateway.client()) {
      for (int i = 0; i < 5; i++) assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(upstream.connections).hasSize(3);
      assertThat(gateway.pool.stats().idle()).isEqualTo(1);
      Awaitility.await().until(() -> gateway.pool.stats().idle() == 0);
    }
  }

  @Test
  void moreIdleConnectionsThanTheBoundAreClosed() throws Exception {
    PoolSettings one = new PoolSettings(1, Duration.ofMinutes(1), Duration.ofMinutes(1), 100);
    CountDownLatch both = new CountDownLatch(2);
    ScriptedUpstream.Script together =
        connection -> {
          connection.head();
          both.countDown();
          try {
            both.await();
          } catch (InterruptedException e) {
            return;
          }
          connection.say(OK).until("never");
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(together);
        ForwardingGateway gateway =
            new ForwardingGateway(upstream.port(), HttpSettings.DEFAULTS, one);
        RawClient first = gateway.client();
        RawClient second = gateway.client()) {
      first.send(GET);
      second.send(GET);
      assertThat(first.readResponse()).endsWith("ok");
      assertThat(second.readResponse()).endsWith("ok");
      gateway.result();
      gateway.result();
      assertThat(gateway.pool.stats()).isEqualTo(new UpstreamPool.Stats(1, 2, 0));
    }
  }

  @Test
  void retiredKeysAreNotUsedAgain() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      gateway.pool.retire(key -> key.partition().equals("test"));
      Awaitility.await().until(() -> gateway.pool.stats().idle() == 0);
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      assertThat(upstream.connections).hasSize(2);
    }
  }

  private static String fixed(Connection connection, int size) throws IOException {
    byte[] bytes = connection.socket.getInputStream().readNBytes(size);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String chunks(Connection connection) throws IOException {
    StringBuilder all = new StringBuilder();
    while (true) {
      StringBuilder line = new StringBuilder();
      while (line.indexOf("\r\n") < 0)
        line.append((char) connection.socket.getInputStream().read());
      int size = Integer.parseInt(line.toString().trim(), 16);
      all.append(fixed(connection, size));
      fixed(connection, 2);
      if (size == 0) return all.toString();
    }
  }

  private static String body(RawClient client, String head) throws IOException {
    if (!head.contains("chunked")) return client.readBytes(5);
    StringBuilder all = new StringBuilder();
    while (true) {
      StringBuilder line = new StringBuilder();
      while (line.indexOf("\r\n") < 0) line.append((char) client.read());
      int size = Integer.parseInt(line.toString().trim(), 16);
      all.append(client.readBytes(size));
      client.readBytes(2);
      if (size == 0) return all.toString();
    }
  }
}
