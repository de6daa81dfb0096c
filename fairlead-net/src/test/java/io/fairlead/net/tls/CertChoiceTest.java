package io.fairlead.net.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.NetFixture;
import io.fairlead.net.certs.InternalCa;
import io.fairlead.net.listen.ListenerLimits;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.TransportKind;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which certificate a client is shown, and which client is let in, with the JDK's client. */
class CertChoiceTest {
  private static final List<String> ALPN = List.of("h2", "http/1.1");

  private final NetFixture net = new NetFixture(TransportKind.AUTO);
  private final TlsShared shared = TlsShared.create(Randomness.system());
  private final List<Optional<String>> asked = new CopyOnWriteArrayList<>();
  private final List<Optional<String>> introduced = new CopyOnWriteArrayList<>();
  @TempDir private Path directory;

  @AfterEach
  void close() {
    net.close();
  }

  @Test
  void exactNameThenWildcardThenDefault() throws Exception {
    listen(
        TlsPolicy.of(TlsVersion.TLS_1_2, ALPN),
        place("d.test"),
        place("*.w.test"),
        place("a.w.test"));
    assertThat(shown("a.w.test")).isEqualTo("a.w.test");
    assertThat(shown("A.W.test")).isEqualTo("a.w.test");
    assertThat(shown("b.w.test")).isEqualTo("*.w.test");
    assertThat(shown("c.b.w.test")).isEqualTo("d.test"); // one label only (RFC 9525 §6.3)
    assertThat(shown("w.test")).isEqualTo("d.test");
    assertThat(shown("")).isEqualTo("d.test");
    assertThat(asked).contains(Optional.of("a.w.test"), Optional.empty());
  }

  @Test
  void refusesUnknownNamesWhereToldSo() throws Exception {
    TlsPolicy usual = TlsPolicy.of(TlsVersion.TLS_1_2, ALPN);
    listen(
        new TlsPolicy(
            usual.min(),
            usual.ciphers(),
            usual.groups(),
            ALPN,
            Optional.empty(),
            TlsPolicy.UnknownName.REFUSE),
        place("d.test"));
    assertThat(shown("d.test")).isEqualTo("d.test");
    assertThat(shown("")).isEqualTo("d.test");
    assertThatThrownBy(() -> shown("e.test"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("unrecognized_name");
  }

  @Test
  void ofTwoKindsTheClientsAndElseTheCheaper() throws Exception {
    ServedCert rsa = place("k.test", builder -> builder.rsa2048());
    listen(TlsPolicy.of(TlsVersion.TLS_1_2, ALPN), rsa, place("k.test"));
    assertThat(kind("k.test", List.of("ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256")))
        .isEqualTo("EC");
    assertThat(kind("k.test", List.of("rsa_pss_rsae_sha256", "rsa_pkcs1_sha256"))).isEqualTo("RSA");
    assertThat(kind("", List.of("ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"))).isEqualTo("EC");
  }

  @Test
  void anAwaitedCertificateCostsOnlyItsOwnNames() throws Exception {
    ServedCert awaited = ServedCert.awaiting("pub", List.of("pub.test"));
    ServerTls tls =
        listen(TlsPolicy.of(TlsVersion.TLS_1_2, ALPN), place("d.test"), awaited, place("*.test"));
    assertThat(shown("d.test")).isEqualTo("d.test");
    assertThatThrownBy(() -> shown("pub.test")).hasMessageContaining("unrecognized_name");
    awaited.put(certified("pub.test"));
    assertThatThrownBy(() -> shown("pub.test")).hasMessageContaining("unrecognized_name");
    tls.refresh();
    assertThat(shown("pub.test")).isEqualTo("pub.test");
  }

  @Test
  void takesTheNextCertificateAndKeepsWhatIsOpen() throws Exception {
    ServedCert place = place("s.test");
    ServerTls tls = listen(TlsPolicy.of(TlsVersion.TLS_1_2, ALPN), place);
    try (SSLSocket before = connect("s.test", List.of(), Optional.empty())) {
      String first = serial(before);
      place.put(certified("s.test"));
      tls.refresh();
      before.getOutputStream().write('x');
      assertThat(before.getInputStream().read()).isEqualTo('x');
      try (SSLSocket after = connect("s.test", List.of(), Optional.empty())) {
        assertThat(serial(after)).isNotEqualTo(first);
      }
    }
  }

  @Test
  void refusesProtocolsItDoesNotSpeak() throws Exception {
    listen(TlsPolicy.of(TlsVersion.TLS_1_2, ALPN), place("d.test"));
    try (SSLSocket socket = connect("d.test", List.of("foo", "http/1.1"), Optional.empty())) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
    assertThatThrownBy(() -> connect("d.test", List.of("foo"), Optional.empty()).close())
        .hasMessageContaining("no_application_protocol");
  }

  @Test
  void speaksNoVersionBelowItsOldest() throws Exception {
    listen(TlsPolicy.of(TlsVersion.TLS_1_3, ALPN), place("d.test"));
    assertThatThrownBy(
            () -> {
              try (SSLSocket socket = socket("d.test")) {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                socket.startHandshake();
              }
            })
        .hasMessageContaining("protocol_version");
  }

  @Test
  void asksForCertificatesAndTakesOnlyThoseOfItsAuthorityAndNames() throws Exception {
    X509Bundle authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=ca")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    X509Bundle stranger =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=ca")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path ca = Files.writeString(directory.resolve("ca.pem"), authority.getCertificatePathPEM());
    ClientAuthority clients =
        ClientAuthority.read(
            true,
            new ClientAuthority.Rules(
                ca, Optional.empty(), List.of("spiffe://x.test/fleet/*", "dev-*")),
            "/t");
    listen(asking(clients), place("d.test"));
    assertThat(admitted(client(authority, "CN=dev-1"))).isTrue();
    assertThat(admitted(client(authority, "CN=dev-2"))).isTrue(); // not resumed as the one before
    assertThat(introduced).containsExactly(Optional.of("dev-1"), Optional.of("dev-2"));
    assertThat(admitted(client(authority, "CN=other"))).isFalse();
    assertThat(admitted(client(stranger, "CN=dev-1"))).isFalse();
    assertThat(admitted(Optional.empty())).isFalse();
    assertThat(introduced).hasSize(2);
  }

  @Test
  void withoutAuthorityThereIsNoListenerThatAsks() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.pem"), "");
    for (Path file : List.of(empty, directory.resolve("none.pem"))) {
      assertThatThrownBy(
              () ->
                  ClientAuthority.read(
                      false, new ClientAuthority.Rules(file, Optional.empty(), List.of()), "/t"))
          .isInstanceOfSatisfying(
              ConfigException.class,
              refused -> assertThat(refused.problems().getFirst().code()).isIn("F2301", "F2302"));
    }
  }

  @Test
  void anOptionalCertificateMustBeGoodIfItIsShown() throws Exception {
    X509Bundle authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=ca")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path ca = Files.writeString(directory.resolve("ca.pem"), authority.getCertificatePathPEM());
    listen(
        asking(
            ClientAuthority.read(
                false, new ClientAuthority.Rules(ca, Optional.empty(), List.of()), "/t")),
        place("d.test"));
    assertThat(admitted(Optional.empty())).isTrue();
    assertThat(admitted(client(authority, "CN=a"))).isTrue();
    assertThat(introduced).containsExactly(Optional.empty(), Optional.of("a"));
  }

  @Test
  void comesBackWithATicketUntilItsKeyIsGone() throws Exception {
    ServerTls tls = listen(TlsPolicy.of(TlsVersion.TLS_1_2, ALPN), place("d.test"));
    SSLContext client = context(Optional.empty());
    long first = session(client);
    assertThat(session(client)).isEqualTo(first);
    shared.tickets().rotate();
    tls.refresh();
    assertThat(session(client)).isEqualTo(first); // the key before still decrypts
    for (int i = 0; i < TicketKeys.COUNT; i++) shared.tickets().rotate();
    tls.refresh();
    assertThat(session(client)).isNotEqualTo(first);
  }

  @Test
  void ticketsOfOnePolicyAreWorthNothingUnderAnother() {
    assertThat(shared.tickets().derived("a")[0].aesKey())
        .isEqualTo(shared.tickets().derived("a")[0].aesKey())
        .isNotEqualTo(shared.tickets().derived("b")[0].aesKey());
  }

  private TlsPolicy asking(ClientAuthority clients) {
    return new TlsPolicy(
        TlsVersion.TLS_1_2,
        TlsPolicy.CIPHERS,
        TlsPolicy.GROUPS,
        ALPN,
        Optional.of(clients),
        TlsPolicy.UnknownName.DEFAULT);
  }

  private ServedCert place(String name) throws Exception {
    return ServedCert.holding(name, certified(name));
  }

  private ServedCert place(String name, UnaryOperator<CertificateBuilder> kind) throws Exception {
    X509Bundle bundle = bundle(name, kind);
    return ServedCert.holding(
        name, CertifiedKey.of(bundle.getKeyPair().getPrivate(), List.of(bundle.getCertificate())));
  }

  private CertifiedKey certified(String name) throws Exception {
    Instant now = Clock.system().wall();
    return InternalCa.open(directory, Randomness.system(), now, "/t").issue(List.of(name), now);
  }

  private static X509Bundle bundle(String name, UnaryOperator<CertificateBuilder> kind)
      throws Exception {
    return kind.apply(new CertificateBuilder())
        .subject("CN=" + name)
        .addSanDnsName(name)
        .setIsCertificateAuthority(true)
        .notBefore(Clock.system().wall().minus(1, ChronoUnit.DAYS))
        .notAfter(Clock.system().wall().plus(30, ChronoUnit.DAYS))
        .buildSelfSigned();
  }

  private static Optional<X509Bundle> client(X509Bundle authority, String subject)
      throws Exception {
    return Optional.of(new CertificateBuilder().ecp256().subject(subject).buildIssuedBy(authority));
  }

  private ServerTls listen(TlsPolicy policy, ServedCert... places) throws Exception {
    ServerTls tls = ServerTls.of(policy, List.of(places), shared, "/t");
    net.listen(
        new ListenerSpec(
            "tls",
            new ListenAddress.Host("127.0.0.1", 0),
            (channel, _) -> channel.pipeline().addLast(new EchoOnce(asked, introduced)),
            Optional.of(tls),
            ListenerLimits.DEFAULTS));
    return tls;
  }

  private String shown(String name) throws Exception {
    try (SSLSocket socket = connect(name, List.of(), Optional.empty())) {
      return name(socket);
    }
  }

  private String kind(String name, List<String> schemes) throws Exception {
    try (SSLSocket socket = socket(name)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setSignatureSchemes(schemes.toArray(String[]::new));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0].getPublicKey().getAlgorithm();
    }
  }

  /** Whether a byte comes back; in TLS 1.3 a refusal comes after the client's own handshake. */
  private boolean admitted(Optional<X509Bundle> own) throws Exception {
    try (SSLSocket socket = connect("d.test", List.of(), own)) {
      socket.getOutputStream().write('x');
      return socket.getInputStream().read() == 'x';
    } catch (IOException refused) {
      return false;
    }
  }

  private long session(SSLContext client) throws Exception {
    try (SSLSocket socket =
        (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", net.port("tls"))) {
      socket.startHandshake();
      socket.getOutputStream().write('x'); // the ticket comes after the handshake
      assertThat(socket.getInputStream().read()).isEqualTo('x');
      return socket.getSession().getCreationTime();
    }
  }

  private SSLSocket connect(String name, List<String> protocols, Optional<X509Bundle> own)
      throws Exception {
    SSLSocket socket = socket(name, own);
    if (!protocols.isEmpty()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(protocols.toArray(String[]::new));
      socket.setSSLParameters(parameters);
    }
    socket.startHandshake();
    return socket;
  }

  private SSLSocket socket(String name) throws Exception {
    return socket(name, Optional.empty());
  }

  private SSLSocket socket(String name, Optional<X509Bundle> own) throws Exception {
    Socket plain = new Socket("127.0.0.1", net.port("tls"));
    SSLSocket socket =
        (SSLSocket)
            context(own).getSocketFactory().createSocket(plain, "127.0.0.1", net.port("tls"), true);
    socket.setSoTimeout(10_000);
    if (!name.isEmpty()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
    }
    return socket;
  }

  private static SSLContext context(Optional<X509Bundle> own) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManagerFactory keys = null;
    if (own.isPresent()) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      List<X509Certificate> chain = new ArrayList<>(List.of(own.get().getCertificate()));
      store.setKeyEntry(
          "own",
          own.get().getKeyPair().getPrivate(),
          new char[0],
          chain.toArray(X509Certificate[]::new));
      keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
    }
    context.init(
        keys == null ? null : keys.getKeyManagers(), new TrustManager[] {new Anybody()}, null);
    return context;
  }

  private static String name(SSLSocket socket) throws Exception {
    X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return ClientName.SAN_DNS.of(shown).orElseThrow();
  }

  private static String serial(SSLSocket socket) throws Exception {
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
        .getSerialNumber()
        .toString();
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
