package io.fairlead.pubsub;

import static io.fairlead.pubsub.Fast.SOON;
import static io.fairlead.pubsub.Fast.custom;
import static io.fairlead.pubsub.Fast.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.net.tls.ClientTls;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that break, refuse, fall silent or lie. */
class ConnectionFaultsTest {
  private static final ServiceSettings IMPATIENT =
      Fast.SETTINGS
          .timeouts(Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofSeconds(20))
          .keepalive(
              new ServiceSettings.Keepalive(
                  Duration.ofMillis(150), Duration.ofMillis(500), Duration.ofMillis(150)));

  private final Fast fast = new Fast();
  private FakeNode node;
  @TempDir Path folder;

  @BeforeEach
  void open() throws IOException {
    node = FakeNode.ws();
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fin", "rst", "half", "1000", "1001", "1006", "1008", "1011", "1013"})
  void f10AConnectionThatBreaksIsMadeAgain(String how) throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector());
        Subscription<String> x = frontend.subscribe(custom("eth_subscribe"))) {
      FakeNode.Line line = node.line();
      switch (how) {
        case "fin" -> line.drop();
        case "rst" -> line.reset();
        case "half" -> {
          line.raw(new byte[] {(byte) 0x81, 126, 3, 0, '{', '"'});
          line.drop();
        }
        default -> line.closing(Integer.parseInt(how));
      }
      await().atMost(SOON).until(() -> node.asks("eth_subscribe").size() == 2);
      node.line().notify("\"0xa2\"", "\"on\"");
      assertThat(x.recv(SOON)).isEqualTo("on");
      assertThat(fast.count("reconnects")).isEqualTo(1);
      assertThat(fast.events).anyMatch(ServiceEvent.Disconnected.class::isInstance);
    }
  }

  @Test
  void f10AConnectionThatBreaksInItsHandshakeIsMadeAgain() throws Exception {
    node.upgrade("HTTP/1.1 1");
    CompletableFuture<PubSubFrontend> connecting =
        fast.settings(Fast.SETTINGS.waitFirst(true)).builder(node.connector()).connectAsync();
    await().atMost(SOON).until(() -> node.connections() >= 3);
    node.upgrade("");
    try (PubSubFrontend frontend = connecting.get(30, TimeUnit.SECONDS)) {
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
    }
  }

  @Test
  void theFirstConnectionIsNotWaitedForUnlessAsked() throws Exception {
    Connector nowhere = node.connector();
    node.close();
    assertThatThrownBy(() -> fast.connect(nowhere))
        .isInstanceOf(PubSubException.TransportError.class);
  }

  @Test
  void attemptsEndWhereTheyAreCounted() throws Exception {
    Fast few =
        new Fast().settings(Fast.SETTINGS.reconnect(Fast.SETTINGS.reconnect().maxAttempts(3)));
    try (PubSubFrontend frontend = few.connect(node.connector())) {
      CompletableFuture<String> waiting = frontend.callAsync(text("net_version"));
      waiting.get(30, TimeUnit.SECONDS);
      node.close();
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.FAILED);
      assertThat(few.events.stream().filter(ServiceEvent.Connecting.class::isInstance)).hasSize(3);
      assertThatThrownBy(() -> frontend.call(text("net_version")))
          .isInstanceOf(PubSubException.BackendGone.class);
    }
  }

  @Test
  void whatIsAskedWhileThereIsNoConnectionWaitsForOne() throws Exception {
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      node.upgrade("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
      node.line().drop();
      await().atMost(SOON).until(() -> frontend.state() != ServiceState.LIVE);
      CompletableFuture<String> waiting = frontend.callAsync(text("eth_sendTransaction"));
      await().atMost(SOON).until(() -> node.connections() >= 3);
      assertThat(waiting).isNotDone();
      node.upgrade("");
      assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo("eth_sendTransaction");
    }
  }

  @Test
  void f16SilenceIsNoticedAndEnds() throws Exception {
    Fast impatient = new Fast().settings(IMPATIENT);
    try (PubSubFrontend frontend = impatient.connect(node.connector())) {
      FakeNode.Line first = node.line();
      await().atMost(SOON).until(() -> first.pings.get() >= 2); // answered: alive
      assertThat(node.connections()).isEqualTo(1);
      node.mute(true);
      await()
          .atMost(SOON)
          .until(
              () ->
                  impatient.events.stream()
                      .anyMatch(
                          event ->
                              event
                                      instanceof
                                      ServiceEvent.Disconnected(String _, TerminalCause cause)
                                  && cause.kind() == TerminalCause.Kind.SILENT));
      node.mute(false);
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      assertThat(impatient.registry.find("fairlead.pubsub.ping.rtt").timer().count()).isPositive();
    }
  }

  @Test
  void f16WithoutPingsARequestIsTheQuestion() throws Exception {
    Path socket = folder.resolve("n.sock");
    try (FakeNode local = FakeNode.unix(socket)) {
      Fast impatient = new Fast().settings(IMPATIENT);
      try (PubSubFrontend frontend = impatient.connect(local.connector())) {
        await().atMost(SOON).until(() -> local.asks("eth_chainId").size() >= 3);
        assertThat(local.connections()).isEqualTo(1);
        local.mute(true);
        await().atMost(SOON).until(() -> local.connections() > 1);
        local.mute(false);
        assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400 Bad Request, FORBIDDEN",
    "401 Unauthorized, FORBIDDEN",
    "403 Forbidden, FORBIDDEN",
    "404 Not Found, FORBIDDEN",
    "429 Too Many Requests, REFUSED",
    "503 Unavailable, REFUSED",
    "302 Found, PROTOCOL",
    "200 OK, PROTOCOL"
  })
  void f17AStatusInsteadOfAnUpgradeSaysWhetherToTryAgain(String status, TerminalCause.Kind kind)
      throws Exception {
    node.upgrade(
        "HTTP/1.1 "
            + status
            + "\r\nRetry-After: 7\r\nLocation: http://127.0.0.2/\r\nContent-Length: 0\r\n\r\n");
    boolean fatal = kind == TerminalCause.Kind.FORBIDDEN;
    assertThatThrownBy(() -> fast.connect(node.connector()))
        .satisfies(
            failure -> {
              TerminalCause cause =
                  switch (failure) {
                    case PubSubException.NonRetryable e -> e.reason();
                    case PubSubException.TransportError e -> e.reason();
                    default -> throw new AssertionError(failure);
                  };
              assertThat(failure instanceof PubSubException.NonRetryable).isEqualTo(fatal);
              assertThat(cause.kind()).isEqualTo(kind);
              assertThat(cause.code()).isEqualTo(Integer.parseInt(status.substring(0, 3)));
              assertThat(cause.retryAfter()).contains(Duration.ofSeconds(7));
            });
  }

  @Test
  void f17AnAcceptKeyThatIsNotOursIsRefused() {
    node.upgrade(
        "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
    assertThatThrownBy(() -> fast.connect(node.connector()))
        .isInstanceOf(PubSubException.TransportError.class)
        .hasMessageContaining("not for our key");
  }

  @Test
  void f17ACertificateNobodyTrustsOrOfAnotherHostIsFinal() throws Exception {
    X509Bundle authority =
        new CertificateBuilder()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .notBefore(Instant.now().minusSeconds(3600))
            .notAfter(Instant.now().plusSeconds(3600))
            .buildSelfSigned();
    X509Bundle other =
        new CertificateBuilder()
            .subject("CN=other.example")
            .addSanDnsName("other.example")
            .notBefore(Instant.now().minusSeconds(3600))
            .notAfter(Instant.now().plusSeconds(3600))
            .buildIssuedBy(authority);
    Path ca = folder.resolve("ca.pem");
    Files.writeString(ca, authority.getCertificatePEM());
    try (SSLServerSocket server = serve(other)) {
      WsConnector stranger = WsConnector.of("wss://127.0.0.1:" + server.getLocalPort());
      assertThatThrownBy(() -> fast.connect(stranger))
          .isInstanceOfSatisfying(
              PubSubException.NonRetryable.class,
              fatal -> assertThat(fatal.kind()).isEqualTo(TerminalCause.Kind.TLS));
      WsConnector trusted = stranger.tls(ClientTls.of(true, Optional.of(ca), Optional.empty(), ""));
      assertThatThrownBy(() -> fast.connect(trusted))
          .isInstanceOfSatisfying(
              PubSubException.NonRetryable.class,
              fatal -> assertThat(fatal.kind()).isEqualTo(TerminalCause.Kind.TLS));
    }
  }

  private static SSLServerSocket serve(X509Bundle bundle) throws Exception {
    KeyStore store = bundle.toKeyStore(new char[0]);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    SSLServerSocket server =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                  socket.startHandshake();
                  socket.getInputStream().read();
                } catch (IOException _) {
                  // the client's refusal is what the test is about
                }
              }
            });
    return server;
  }

  @Test
  void f18AMessageTooLargeFailsItsRequestAndNotTheService() throws Exception {
    Fast small =
        new Fast()
            .settings(
                Fast.SETTINGS.bounds(ServiceSettings.Bounds.DEFAULT.message(64 * 1024, 64 * 1024)));
    node.on(
        (line, ask) -> {
          switch (ask.method()) {
            case "eth_getLogs" -> line.result(ask, "\"" + "x".repeat(65 * 1024) + "\"");
            // A gibibyte is declared: nothing may be reserved for it.
            case "eth_call" ->
                line.raw(new byte[] {(byte) 0x81, 127, 0, 0, 0, 0, 0x40, 0, 0, 0, '{'});
            case "eth_getProof" ->
                line.text(
                    "{\"id\":" + ask.id() + ",\"result\":" + deep(ask.params().get(0).intValue()));
            default -> {
              return false;
            }
          }
          return true;
        });
    try (PubSubFrontend frontend = small.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_getLogs")))
          .isInstanceOf(PubSubException.FrameTooLarge.class);
      assertThatThrownBy(() -> frontend.call(text("eth_call")))
          .isInstanceOf(PubSubException.FrameTooLarge.class);
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      int connections = node.connections();
      for (int levels : List.of(600, 20_000)) {
        RpcCall<String> deep = RpcCall.of("eth_getProof", List.of(levels), Decoders.text());
        assertThatThrownBy(() -> frontend.call(deep.timeout(Duration.ofMillis(200))))
            .isInstanceOf(PubSubException.Timeout.class);
      }
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      assertThat(node.connections()).isEqualTo(connections);
    }
  }

  @Test
  void f18ThirtyThreeMebibytesAreTooMuchByDefault() throws Exception {
    byte[] part = FakeNode.frame(0, false, new byte[1 << 20]);
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_getLogs")) return false;
          line.raw(FakeNode.frame(1, false, ("{\"id\":" + ask.id()).getBytes()));
          for (int i = 0; i < 33; i++) line.raw(part);
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_getLogs")))
          .isInstanceOf(PubSubException.FrameTooLarge.class);
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      assertThat(node.connections()).isEqualTo(2);
    }
  }

  @Test
  void f18AHundredThousandLevelsCostTheirRequestOnly() throws Exception {
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_getProof")) return false;
          line.text("{\"id\":" + ask.id() + ",\"result\":" + deep(100_000));
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThatThrownBy(() -> frontend.call(text("eth_getProof").timeout(Duration.ofMillis(200))))
          .isInstanceOf(PubSubException.Timeout.class);
      await().atMost(SOON).until(() -> fast.count("frames.rejected", "reason", "not_json") == 1);
      assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
      assertThat(node.connections()).isEqualTo(1);
    }
  }

  @Test
  void f18FiftyThousandFragmentsAreOneMessage() throws Exception {
    fragments(50_000);
  }

  @Test
  @Tag("nightly")
  void f18AMillionFragmentsAreOneMessage() throws Exception {
    fragments(1_000_000);
  }

  private void fragments(int count) throws Exception {
    byte[] piece = FakeNode.frame(0, false, new byte[0]);
    byte[] pieces = new byte[piece.length * 10_000];
    for (int i = 0; i < 10_000; i++) System.arraycopy(piece, 0, pieces, i * piece.length, 2);
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_call")) return false;
          line.raw(FakeNode.frame(1, false, ("{\"id\":" + ask.id()).getBytes()));
          for (int i = 0; i < count / 10_000; i++) line.raw(pieces);
          line.raw(FakeNode.frame(0, true, ",\"result\":\"whole\"}".getBytes()));
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      assertThat(frontend.call(text("eth_call").timeout(Duration.ofMinutes(2)))).isEqualTo("whole");
    }
  }

  private static String deep(int levels) {
    return "[".repeat(levels) + "]".repeat(levels) + "}";
  }

  @Test
  void f21AnotherChainOnTheSameAddressIsRefused() throws Exception {
    AtomicInteger chain = new AtomicInteger(31_337);
    node.on(
        (line, ask) -> {
          if (!ask.method().equals("eth_chainId")) return false;
          line.result(ask, "\"0x" + Integer.toHexString(chain.get()) + "\"");
          return true;
        });
    try (PubSubFrontend frontend = fast.connect(node.connector())) {
      chain.set(1);
      node.line().drop();
      await().atMost(SOON).until(() -> frontend.state() == ServiceState.FAILED);
      assertThatThrownBy(() -> frontend.call(text("net_version")))
          .isInstanceOfSatisfying(
              PubSubException.NonRetryable.class,
              fatal -> assertThat(fatal.kind()).isEqualTo(TerminalCause.Kind.WRONG_CHAIN));
    }
  }

  @Test
  void f21AnEndpointWithAnotherGenesisIsLeftOut() throws Exception {
    try (FakeNode good = FakeNode.ws();
        FakeNode forked = FakeNode.ws()) {
      forked.on(
          (line, ask) -> {
            if (!ask.method().equals("eth_getBlockByNumber")) return false;
            line.result(ask, FakeNode.block(0, FakeNode.hash(66), FakeNode.hash(66)));
            return true;
          });
      Connector both =
          MultiConnector.failover(
              List.of(
                  Endpoint.of("good", good.connector()).priority(1),
                  Endpoint.of("forked", forked.connector()).priority(2)));
      try (PubSubFrontend frontend = fast.connect(both)) {
        good.upgrade("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        good.line().drop();
        await().atMost(SOON).until(() -> forked.connections() == 1);
        good.upgrade("");
        assertThat(frontend.call(text("net_version"))).isEqualTo("net_version");
        assertThat(good.asks("net_version")).hasSize(1);
        assertThat(forked.asks()).isEmpty();
        assertThat(forked.connections()).isEqualTo(1);
      }
    }
  }

  @Test
  void aSecondEndpointTakesOver() throws Exception {
    try (FakeNode second = FakeNode.ws()) {
      Connector both =
          MultiConnector.failover(
              List.of(
                  Endpoint.of("first", node.connector()).priority(1),
                  Endpoint.of("second", second.connector()).priority(2)));
      try (PubSubFrontend frontend = fast.connect(both);
          Subscription<Head> heads = frontend.newHeads(HeadOptions.RAW)) {
        node.close();
        await().atMost(Duration.ofSeconds(2)).until(() -> second.asks("eth_subscribe").size() == 1);
        second.line().notify("\"0xa1\"", FakeNode.block(5, FakeNode.hash(5), FakeNode.hash(4)));
        assertThat(heads.recv(SOON).number()).isEqualTo(5);
      }
    }
  }
}
