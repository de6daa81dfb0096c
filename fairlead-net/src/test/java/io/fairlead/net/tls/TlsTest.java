package io.fairlead.net.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.NetFixture;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.ListenerLimits;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.fairlead.testkit.RawClient;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final DestinationGuard ANY = DestinationGuard.operatorChosen(OwnAddresses.NONE);

  private final NetFixture net = new NetFixture(TransportKind.AUTO);
  private final List<String> ends = new CopyOnWriteArrayList<>();
  @TempDir private Path directory;
  private ServerSocket upstream;
  private Path cert;
  private Path key;

  @BeforeEach
  void prepare() throws Exception {
    upstream = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    X509Bundle bundle = bundle(NOW.plus(30, ChronoUnit.DAYS));
    cert = Files.writeString(directory.resolve("cert.pem"), bundle.getCertificatePathPEM());
    key = Files.writeString(directory.resolve("key.pem"), bundle.getPrivateKeyPEM());
  }

  @AfterEach
  void close() throws Exception {
    upstream.close();
    net.close();
  }

  @Test
  void relaysThroughTlsBothWaysAndEndsInOrder() throws Exception {
    listen(splicing());
    ClientTls trusting = ClientTls.trusting(cert, "/ca");
    // A second listener dials the first over TLS, so that both halves of the code meet.
    net.listeners
        .prepare(List.of(tls(splicing()), NetFixture.local("plain", dialling(trusting))))
        .commit();
    try (RawClient client = RawClient.connect(net.port("plain"))) {
      client.send("question");
      try (Socket server = upstream.accept()) {
        assertThat(server.getInputStream().readNBytes(8)).asString().isEqualTo("question");
        server.getOutputStream().write(new byte[3_000_000]);
        assertThat(client.readExactly(3_000_000)).hasSize(3_000_000);
        client.halfClose();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        assertThat(client.readAllText()).isEmpty(); // TLS ends both directions at once
      }
    }
    await().until(() -> ends.size() == 2);
    assertThat(ends).containsOnly("closed");
    assertThat(net.counter("tls.handshakes", "result", "ok", "version", "1.3")).isEqualTo(1);
  }

  @Test
  void refusesCertificatesItDoesNotTrustOrOfAnotherName() throws Exception {
    listen(splicing());
    assertInsecure(ClientTls.systemTrust(), "localhost");
    assertInsecure(ClientTls.trusting(cert, "/ca"), "other.test");
    Channel trusted = dial(ClientTls.insecure(), "other.test");
    trusted.close().sync();
    await()
        .until(
            () ->
                net.registry.find("fairlead.tls.handshakes").counters().stream()
                    .anyMatch(c -> "failed".equals(c.getId().getTag("result"))));
  }

  @Test
  void aPinnedKeyMustBeInTheChainEvenOfAServerOtherwiseTrusted() throws Exception {
    listen(splicing());
    String pin = KeyPins.of(CertifiedKey.read(cert, key, NOW, "/t").certificate());
    String other = "sha256/" + "A".repeat(43) + "=";
    for (boolean verify : List.of(true, false)) {
      Channel pinned = dial(pinning(verify, List.of(other, pin)), "localhost");
      pinned.close().sync();
      assertInsecure(pinning(verify, List.of(other)), "localhost");
    }
    assertInsecure(pinning(true, List.of(pin)), "other.test");
  }

  private ClientTls pinning(boolean verify, List<String> pins) throws ConfigException {
    return ClientTls.of(verify, Optional.of(cert), Optional.empty(), "/tls", pins);
  }

  @Test
  void tellsPlainHttpThatThisPortIsNotForIt() throws Exception {
    listen(splicing());
    try (RawClient client = RawClient.connect(net.port("tls"))) {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.readAllText())
          .startsWith("HTTP/1.1 400 ")
          .contains("speaks HTTPS, not HTTP");
    }
    assertThat(net.counter("tls.handshakes", "result", "plain_http", "version", "none"))
        .isEqualTo(1);
  }

  @Test
  void garbageIsClosedQuietly() throws Exception {
    listen(splicing());
    try (RawClient client = RawClient.connect(net.port("tls"))) {
      client.send(new byte[] {0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7});
      client.drainToEnd();
    }
    await().until(() -> net.connections.size() == 0);
  }

  @Test
  void namesTheFileAndWhatIsWrongWithIt() throws Exception {
    X509Bundle other = bundle(NOW.plus(30, ChronoUnit.DAYS));
    Path otherKey = Files.writeString(directory.resolve("other.pem"), other.getPrivateKeyPEM());
    Path old =
        Files.writeString(
            directory.resolve("old.pem"),
            bundle(NOW.minus(1, ChronoUnit.DAYS)).getCertificatePathPEM());
    Path junk = Files.writeString(directory.resolve("junk.pem"), "hello");
    assertProblem("F2301", directory.resolve("none.pem"), key);
    assertProblem("F2302", junk, key);
    assertProblem("F2302", cert, junk);
    assertProblem("F2303", cert, otherKey);
    assertProblem("F2304", old, key);
    assertThat(ServerTls.fromFiles(cert, key, TlsVersion.TLS_1_3, List.of("h2"), NOW, "/t"))
        .isNotNull();
  }

  private void assertProblem(String code, Path chain, Path keyFile) {
    ConfigException failure =
        catchThrowableOfType(
            ConfigException.class,
            () -> ServerTls.fromFiles(chain, keyFile, TlsVersion.TLS_1_2, List.of(), NOW, "/t"));
    assertThat(failure.problems().getFirst().code()).isEqualTo(code);
    assertThat(failure.problems().getFirst().message()).contains(directory.toString());
  }

  private void assertInsecure(ClientTls tls, String name) {
    assertThatThrownBy(() -> dial(tls, name))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(DialException.Insecure.class);
  }

  private Channel dial(ClientTls tls, String name) {
    return net.dialer
        .secured(net.loops.next(), ANY, tls, name)
        .dial(new Destination.HostPort("127.0.0.1", net.port("tls")), Duration.ofSeconds(5))
        .toCompletableFuture()
        .join();
  }

  private void listen(Face face) throws Exception {
    net.listen(tls(face));
  }

  private ListenerSpec tls(Face face) throws ConfigException {
    return new ListenerSpec(
        "tls",
        new ListenAddress.Host("127.0.0.1", 0),
        face,
        Optional.of(
            ServerTls.fromFiles(cert, key, TlsVersion.TLS_1_2, List.of("http/1.1"), NOW, "/t")),
        ListenerLimits.DEFAULTS);
  }

  private Face splicing() {
    return (channel, _) ->
        net.dialer
            .on(channel.eventLoop(), ANY)
            .dial(
                new Destination.HostPort("127.0.0.1", upstream.getLocalPort()),
                Duration.ofSeconds(5))
            .thenAccept(up -> join(channel, up));
  }

  private Face dialling(ClientTls tls) {
    return (channel, _) ->
        net.dialer
            .secured(channel.eventLoop(), ANY, tls, "localhost")
            .dial(new Destination.HostPort("127.0.0.1", net.port("tls")), Duration.ofSeconds(5))
            .thenAccept(up -> join(channel, up));
  }

  private void join(Channel down, Channel up) {
    Splice.join(
        down,
        up,
        Unpooled.EMPTY_BUFFER,
        Unpooled.EMPTY_BUFFER,
        SpliceSettings.DEFAULTS,
        (_, _, reason) -> ends.add(reason));
  }

  private static X509Bundle bundle(Instant notAfter) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=localhost")
        .addSanDnsName("localhost")
        .setIsCertificateAuthority(true)
        .notBefore(Instant.parse("2020-01-01T00:00:00Z"))
        .notAfter(notAfter)
        .buildSelfSigned();
  }
}
