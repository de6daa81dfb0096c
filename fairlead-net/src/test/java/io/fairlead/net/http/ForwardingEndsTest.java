package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How exchanges end when a side ends early, late, or otherwise than it said. */
class ForwardingEndsTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String GET = "GET /p HTTP/1.1\r\nHost: front\r\n\r\n";

  @Test
  void anEmptyChunkedBodyIsSentAgainWithItsEnd() throws Exception {
    ScriptedUpstream.Script script =
        connection -> {
          if (connection.number == 0) {
            connection.head();
            connection.say(OK).until("\r\n0\r\n\r\n");
          } else {
            connection.until("\r\n0\r\n\r\n").say(OK).until("never");
          }
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(script);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send(GET).readResponse()).endsWith("ok");
      client.send("PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
      assertThat(client.readResponse()).endsWith("ok");
      assertThat(upstream.connections).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
      })
  void aTruncatedResponseIsNeverCompleted(String truncated) throws Exception {
    ScriptedUpstream.Script script =
        connection -> {
          connection.head();
          connection.say(truncated);
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(script);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port())) {
      try (RawClient client = gateway.client()) {
        assertThat(client.send(GET).readAll()).contains("abc").doesNotContain("0\r\n\r\n");
      }
      assertThat(gateway.result().failure().orElseThrow().kind())
          .isEqualTo(ForwardFailure.Kind.CLOSED_IN_BODY);
      assertThat(gateway.pool.stats().idle()).isZero();
    }
  }

  @Test
  void anHttp10ClientLearnsOfATruncationByAReset() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    ScriptedUpstream.Script script =
        connection -> {
          connection.head();
          connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
          awaited(seen);
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(script);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      assertThat(client.readHead()).contains("Connection: close").doesNotContain("Length");
      assertThat(client.readBytes(3)).isEqualTo("abc");
      seen.countDown();
      // An orderly end would say that the body is complete.
      assertThatThrownBy(client::read).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aTlsUpstreamThatEndsWithoutCloseNotifyTruncatesItsBody() throws Exception {
    X509Bundle certificate =
        new CertificateBuilder()
            .subject("CN=localhost")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    for (boolean proper : new boolean[] {true, false}) {
      try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
          ForwardingGateway gateway = new ForwardingGateway(listening.getLocalPort())) {
        gateway.tls =
            SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build();
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        Thread.startVirtualThread(() -> answerUntilClose(listening, tls, proper));
        try (RawClient client = gateway.client()) {
          String all =
              client.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).readAll();
          assertThat(all).startsWith("HTTP/1.1 200 OK\r\n").contains("abc");
          if (proper) assertThat(all).endsWith("0\r\n\r\n");
          else assertThat(all).doesNotContain("0\r\n\r\n");
        }
      }
    }
  }

  private static void answerUntilClose(ServerSocket listening, SSLContext tls, boolean proper) {
    try (Socket raw = listening.accept();
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(raw, null, true)) {
      int state = 0;
      while (state < 4) {
        int octet = socket.getInputStream().read();
        if (octet < 0) return;
        state = octet == "\r\n\r\n".charAt(state) ? state + 1 : octet == '\r' ? 1 : 0;
      }
      OutputStream out = socket.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\n\r\nabc".getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      if (proper) socket.shutdownOutput();
      else raw.shutdownOutput();
      raw.getInputStream().read(); // until the gateway is done with it
    } catch (IOException e) {
      // the client of the test sees what came of it
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEarlyResponseIsRelayedThoughTheUpstreamResetsTheRest(boolean requestFirst)
      throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch uploading = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    ScriptedUpstream.Script script =
        connection -> {
          connection.head();
          arrived.countDown();
          awaited(uploading);
          connection.say("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
          connection.socket.close(); // with unread bytes: a reset
          closed.countDown();
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(script);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(9_000));
      Awaitility.await()
          .until(
              () ->
                  !gateway.server.lives.isEmpty()
                      && gateway.server.lives.peek().received.get() > 9_000);
      awaited(arrived); // from here on nothing needs the loop
      // Both wait for the same loop: more of the request, and the early end of its upstream.
      CountDownLatch ready = new CountDownLatch(1);
      gateway.server.group.execute(() -> awaited(ready));
      if (requestFirst) client.send("x".repeat(50_000));
      uploading.countDown();
      awaited(closed);
      if (!requestFirst) client.send("x".repeat(50_000));
      ready.countDown();
      assertThat(client.readHead()).startsWith("HTTP/1.1 413 ").contains("Connection: close");
      assertThat(client.readBytes(2)).isEqualTo("no");
      assertThat(gateway.result().status()).isEqualTo(413);
      assertThat(gateway.pool.stats().idle()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok_extra",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nextra",
        "HTTP/1.1 204 No Content\r\n\r\nbody",
        "HTTP/1.1 304 Not Modified\r\n\r\nbody",
      })
  void bytesThatComeWithAResponseThatHasNoneMakeItBad(String response) throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(response));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      assertThat(client.send(GET).readResponse())
          .startsWith("HTTP/1.1 502 ")
          .contains("X-Fairlead-Error: bad_response");
      assertThat(gateway.pool.stats().idle()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.0 200 OK\\r\\nConnection: keep-alive\\r\\nContent-Length: 2\\r\\n\\r\\nok, 1",
    "HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok, 2",
    "HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nok, 2",
    "HTTP/1.1 304 Not Modified\\r\\nContent-Length: 500\\r\\n\\r\\n, 1",
    "HTTP/1.1 204 No Content\\r\\n\\r\\n, 1",
    "HTTP/1.1 204 No Content\\r\\nContent-Length: 5\\r\\n\\r\\n, 2",
    "HTTP/1.1 204 No Content\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n, 2",
  })
  void onlyAConnectionWithoutDoubtServesTheNextRequest(String response, int connections)
      throws Exception {
    String bytes = response.replace("\\r\\n", "\r\n");
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(bytes));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      for (int i = 0; i < 2; i++) {
        String head = client.send(GET).readHead();
        assertThat(head).startsWith("HTTP/1.1" + bytes.substring(8, 12));
        if (bytes.contains(" 204 ")) assertThat(head).doesNotContain("Length", "Encoding");
        if (bytes.contains(" 304 ")) assertThat(head).contains("Content-Length: 500");
        if (bytes.endsWith("ok")) assertThat(client.readBytes(2)).isEqualTo("ok");
      }
      assertThat(upstream.connections).hasSize(connections);
    }
  }

  @Test
  void whatFollowsARefusedUpgradeIsTheNextRequest() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.websocket = true;
      client.send(upgrade("HTTP/1.1") + GET);
      for (int i = 0; i < 2; i++) assertThat(client.readResponse()).endsWith("ok");
      assertThat(upstream.connections.getFirst().bytesRead())
          .containsOnlyOnce("Upgrade: websocket");
    }
  }

  @Test
  void whatFollowsAnUpgradeBelongsToTheStream() throws Exception {
    ScriptedUpstream.Script script =
        connection -> {
          connection.head();
          connection
              .say(
                  "HTTP/1.1 101 Switching Protocols\r\n"
                      + "Connection: Upgrade\r\n"
                      + "Upgrade: websocket\r\n"
                      + "Sec-WebSocket-Accept: x\r\n\r\n"
                      + "hello")
              .until(GET)
              .say("bye")
              .until("never");
        };
    try (ScriptedUpstream upstream = new ScriptedUpstream(script);
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.websocket = true;
      client.send(upgrade("HTTP/1.1") + GET);
      assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
      assertThat(client.readBytes(8)).isEqualTo("hellobye");
      assertThat(upstream.connections).hasSize(1);
    }
  }

  @Test
  void http10CannotUpgrade() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.websocket = true;
      assertThat(client.send(upgrade("HTTP/1.0")).readAll()).endsWith("ok");
      assertThat(upstream.connections.getFirst().bytesRead()).doesNotContain("Upgrade:");
    }
  }

  @Test
  void aPlanThatCannotBeSentIs500() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream.always(OK));
        ForwardingGateway gateway = new ForwardingGateway(upstream.port());
        RawClient client = gateway.client()) {
      gateway.host = "two words";
      assertThat(client.send(GET).readResponse())
          .startsWith("HTTP/1.1 500 ")
          .contains("Connection: close");
      assertThat(gateway.result().status()).isEqualTo(500);
    }
  }

  private static String upgrade(String version) {
    return "GET /ws "
        + version
        + "\r\n"
        + "Host: a\r\n"
        + "Connection: Upgrade\r\n"
        + "Upgrade: websocket\r\n"
        + "Sec-WebSocket-Key: x\r\n\r\n";
  }

  private static void awaited(CountDownLatch latch) {
    try {
      assertThat(latch.await(5, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
