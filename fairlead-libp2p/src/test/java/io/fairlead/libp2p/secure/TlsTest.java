package io.fairlead.libp2p.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.Vectors;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.testkit.LeakWatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class TlsTest {
  private static final List<String> YAMUX = List.of("/yamux/1.0.0");
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final PrivateKey ALICE = PrivateKey.generate();
  private static final PrivateKey BOB = PrivateKey.generate();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SecureMeters meters = new SecureMeters(new Meters(registry));
  private final ManualClock clock = new ManualClock();
  private final Tls alice = tls(ALICE, clock);
  private final Tls bob = tls(BOB, clock);

  @ParameterizedTest
  @ValueSource(strings = {"tls.valid.ed25519", "tls.valid.ecdsa", "tls.valid.secp256k1"})
  void theCertificatesOfTheVectorsNameTheirPeers(String name) throws Exception {
    List<String> vector = Vectors.all(name).getFirst();
    PublicKey key = TlsIdentity.verify(new X509Certificate[] {certificate(vector.getLast())}, NOW);
    assertThat("peer=" + key.peerId()).isEqualTo(vector.getFirst());
  }

  @Test
  void theWrongSignatureOfTheVectorsIsRefused() throws Exception {
    X509Certificate wrong = certificate(Vectors.all("tls.invalid.signature").getFirst().getLast());
    assertReason(HandshakeException.Reason.BAD_SIGNATURE, NOW, wrong);
  }

  @Test
  void ourOwnCertificateIsOneOfThem() throws Exception {
    TlsIdentity own = TlsIdentity.of(ALICE, NOW, Randomness.system());
    assertThat(TlsIdentity.verify(new X509Certificate[] {own.certificate()}, NOW))
        .isEqualTo(ALICE.publicKey());
    assertThat(Date.from(NOW).after(own.certificate().getNotBefore())).isTrue();
    X509Certificate certificate = own.certificate();
    assertReason(HandshakeException.Reason.MALFORMED, NOW.minus(Duration.ofHours(2)), certificate);
    assertReason(
        HandshakeException.Reason.MALFORMED, NOW.plus(Duration.ofDays(36_526)), certificate);
    assertReason(HandshakeException.Reason.MALFORMED, NOW);
    assertReason(HandshakeException.Reason.MALFORMED, NOW, certificate, certificate);
  }

  @ParameterizedTest
  @CsvSource({
    "good, EC, ''",
    "good, RSA, ''",
    "good, Ed25519, ''",
    "smallRsa, RSA, UNUSABLE_KEY",
    "ed448, Ed448, UNUSABLE_KEY",
    "noExtension, EC, MALFORMED",
    "critical, EC, MALFORMED",
    "otherSigner, EC, BAD_SIGNATURE",
    "otherKey, EC, BAD_SIGNATURE",
    "onePart, EC, MALFORMED",
    "notDer, EC, MALFORMED",
    "unknownKey, EC, UNUSABLE_KEY",
  })
  void certificatesAreLookedAtClosely(String what, String algorithm, String reason)
      throws Exception {
    X509Certificate certificate = made(what, algorithm);
    if (reason.isEmpty()) {
      assertThat(TlsIdentity.verify(new X509Certificate[] {certificate}, NOW))
          .isEqualTo(ALICE.publicKey());
    } else {
      assertReason(HandshakeException.Reason.valueOf(reason), NOW, certificate);
    }
  }

  @Test
  void bothSidesLearnWhoTheOtherIsAndTalk() {
    try (SecurePair pair = new SecurePair(alice, bob, BOB.peerId(), YAMUX).run()) {
      assertThat(pair.client.failures).isEmpty();
      assertThat(pair.server.failures).isEmpty();
      assertThat(pair.client.secured.getFirst().remote()).isEqualTo(BOB.peerId());
      assertThat(pair.server.secured.getFirst().remote()).isEqualTo(ALICE.peerId());
      assertThat(pair.client.secured.getFirst().muxer()).contains("/yamux/1.0.0");
      assertThat(pair.server.secured.getFirst().muxer()).contains("/yamux/1.0.0");
      pair.client.channel.writeOutbound(
          Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8),
          Unpooled.buffer(100_000).writeZero(100_000));
      pair.run();
      assertThat(pair.server.text.toString()).startsWith("hello");
      assertThat(pair.server.received).isEqualTo(100_005);
    }
  }

  @Test
  void withoutAMultiplexerInCommonItIsAgreedLater() {
    try (SecurePair pair =
        new SecurePair(alice.client(null, List.of("/a")), bob.server(YAMUX)).run()) {
      assertThat(pair.client.secured.getFirst().muxer()).isEmpty();
      assertThat(pair.server.secured.getFirst().muxer()).isEmpty();
    }
  }

  @Test
  void anotherPeerThanExpectedIsLeft() {
    try (SecurePair pair = new SecurePair(alice, bob, ALICE.peerId(), YAMUX).run()) {
      assertThat(pair.client.failure())
          .isInstanceOfSatisfying(
              WrongPeerException.class,
              wrong -> assertThat(wrong.actual()).isEqualTo(BOB.peerId()));
      assertThat(pair.client.channel.isActive()).isFalse();
    }
  }

  @Test
  void aClientWhoseCertificateDoesNotHoldIsRefused() {
    ManualClock past = new ManualClock();
    past.jumpWallTo(Instant.parse("2000-01-01T00:00:00Z"));
    try (SecurePair pair =
        new SecurePair(alice.client(null, YAMUX), tls(BOB, past).server(YAMUX)).run()) {
      assertThat(pair.server.failure().reason()).isEqualTo(HandshakeException.Reason.MALFORMED);
      assertThat(pair.server.failure()).hasMessageContaining("does not hold now");
      assertThat(pair.server.secured).isEmpty();
      // It thought itself secure for a moment, or not at all: a failed handshake in both cases.
      assertThat(pair.client.failure().reason()).isEqualTo(HandshakeException.Reason.CLOSED_EARLY);
    }
  }

  @Test
  void aServerThatClosesBeforeItSaidAnythingDidNotAcceptUs() {
    SecurePair pair = new SecurePair(alice, bob, null, YAMUX);
    try (pair) {
      pair.run();
      assertThat(pair.client.secured).hasSize(1);
      pair.client.channel.close();
      assertThat(pair.client.failure().reason()).isEqualTo(HandshakeException.Reason.CLOSED_EARLY);
    }
  }

  @Test
  void aServerThatSpokeMayClose() {
    try (SecurePair pair = new SecurePair(alice, bob, null, YAMUX).run()) {
      pair.server.channel.writeOutbound(Unpooled.copiedBuffer("hi", StandardCharsets.UTF_8));
      pair.run();
      pair.client.channel.close();
      assertThat(pair.client.failures).isEmpty();
    }
  }

  @Test
  void noiseAtTheOtherSideIsNoTls() {
    SecurePair.Side server = new SecurePair.Side(bob.server(YAMUX));
    server.channel.writeInbound(Unpooled.buffer().writeZero(64));
    server.channel.runPendingTasks();
    assertThat(server.failure().reason()).isEqualTo(HandshakeException.Reason.MALFORMED);
    assertThat(server.channel.isActive()).isFalse();
    server.channel.finishAndReleaseAll();
  }

  @Test
  void anotherTlsClientWithoutACertificateIsRefused() throws Exception {
    var plain =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    SecurePair.Side server = new SecurePair.Side(bob.server(YAMUX));
    SecurePair.Side client =
        new SecurePair.Side(plain.newHandler(UnpooledByteBufAllocator.DEFAULT));
    try (SecurePair pair = new SecurePair(client, server).run()) {
      assertThat(pair.server.secured).isEmpty();
      assertThat(pair.server.failure().reason()).isEqualTo(HandshakeException.Reason.MALFORMED);
    }
  }

  @Test
  void noTicketsAreGivenOut() throws Exception {
    TlsIdentity own = TlsIdentity.of(ALICE, NOW, Randomness.system());
    var usual =
        SslContextBuilder.forServer(own.key(), own.certificate())
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3")
            .build()
            .newHandler(UnpooledByteBufAllocator.DEFAULT);
    // The engine counts the session itself, and one for each ticket.
    assertThat(sessionsOf(usual)).as("of a server that does").isEqualTo(2);
    assertThat(sessionsOf(bob.server(YAMUX))).isEqualTo(1);
    assertThat(sessionsOf(platform(BOB).server(YAMUX))).isEqualTo(1);
  }

  @Test
  void theEnginesUnderstandEachOther() {
    for (boolean turned : new boolean[] {false, true}) {
      Tls here = turned ? platform(ALICE) : alice;
      Tls there = turned ? bob : platform(BOB);
      try (SecurePair pair = new SecurePair(here, there, BOB.peerId(), YAMUX).run()) {
        assertThat(pair.client.secured.getFirst().muxer()).contains("/yamux/1.0.0");
        assertThat(pair.server.secured.getFirst().remote()).isEqualTo(ALICE.peerId());
      }
    }
  }

  /** As js-libp2p's are. */
  @Test
  void aCertificateThatNamesNoIssuerIsTaken() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    X500Principal name = new X500Principal("CN=test");
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(NOW.minusSeconds(60)),
            Date.from(NOW.plusSeconds(60)),
            name,
            pair.getPublic());
    byte[] signed =
        ALICE.sign(
            HexFormat.of()
                .parseHex(
                    HexFormat.of()
                            .formatHex("libp2p-tls-handshake:".getBytes(StandardCharsets.UTF_8))
                        + HexFormat.of().formatHex(pair.getPublic().getEncoded())));
    builder.addExtension(
        new ASN1ObjectIdentifier("1.3.6.1.4.1.53594.1.1"),
        false,
        new DERSequence(
            new ASN1Encodable[] {
              new DEROctetString(ALICE.publicKey().toBytes()), new DEROctetString(signed)
            }));
    X509CertificateHolder named =
        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
    ASN1Sequence content = ASN1Sequence.getInstance(named.toASN1Structure().getTBSCertificate());
    ASN1Encodable[] parts = content.toArray();
    parts[3] = new DERSequence(); // issuer
    parts[5] = new DERSequence(); // subject
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate());
    signer.update(new DERSequence(parts).getEncoded());
    byte[] der =
        new DERSequence(
                new ASN1Encodable[] {
                  new DERSequence(parts),
                  named.getSignatureAlgorithm(),
                  new DERBitString(signer.sign())
                })
            .getEncoded();
    Certificate nameless =
        new Certificate("X.509") {
          @Override
          public byte[] getEncoded() {
            return der;
          }

          @Override
          public void verify(java.security.PublicKey key) {
            throw new UnsupportedOperationException();
          }

          @Override
          public void verify(java.security.PublicKey key, String provider) {
            throw new UnsupportedOperationException();
          }

          @Override
          public String toString() {
            return "nameless";
          }

          @Override
          public java.security.PublicKey getPublicKey() {
            throw new UnsupportedOperationException();
          }
        };
    assertThat(TlsIdentity.verify(new Certificate[] {nameless}, NOW)).isEqualTo(ALICE.publicKey());
    assertThat(TlsIdentity.named(nameless)).isEqualTo(ALICE.publicKey());
  }

  private Tls platform(PrivateKey node) {
    return new Tls(
        SslProvider.JDK,
        TlsIdentity.of(node, clock.wall(), Randomness.system()),
        clock,
        Runnable::run,
        meters);
  }

  private static int sessionsOf(ChannelHandler server) throws Exception {
    TlsIdentity own = TlsIdentity.of(ALICE, NOW, Randomness.system());
    var context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3")
            .keyManager(own.key(), own.certificate())
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    "libp2p"))
            .build();
    SecurePair.Side client =
        new SecurePair.Side(context.newHandler(UnpooledByteBufAllocator.DEFAULT, "peer", 1));
    try (SecurePair pair = new SecurePair(client, new SecurePair.Side(server)).run()) {
      pair.server.channel.writeOutbound(Unpooled.copiedBuffer("hi", StandardCharsets.UTF_8));
      pair.run();
      assertThat(pair.client.text).hasToString("hi");
    }
    return Collections.list(context.sessionContext().getIds()).size();
  }

  private Tls tls(PrivateKey node, Clock clock) {
    return new Tls(node, clock, Randomness.system(), Runnable::run, meters);
  }

  private static void assertReason(
      HandshakeException.Reason reason, Instant now, X509Certificate... chain) {
    assertThatThrownBy(() -> TlsIdentity.verify(chain, now))
        .isInstanceOfSatisfying(
            HandshakeException.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  private static X509Certificate certificate(String hex) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(HexFormat.of().parseHex(hex)));
  }

  private static X509Certificate made(String what, String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (what.equals("smallRsa")) generator.initialize(1024);
    else if (algorithm.equals("EC")) generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    KeyPair other = generator.generateKeyPair();
    X500Principal name = new X500Principal("CN=test");
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(NOW.minusSeconds(60)),
            Date.from(NOW.plusSeconds(60)),
            name,
            pair.getPublic());
    byte[] spki = (what.equals("otherKey") ? other : pair).getPublic().getEncoded();
    byte[] signed =
        HexFormat.of()
            .parseHex(
                HexFormat.of().formatHex("libp2p-tls-handshake:".getBytes(StandardCharsets.UTF_8))
                    + HexFormat.of().formatHex(spki));
    byte[] key = what.equals("unknownKey") ? new byte[] {8, 9, 18, 0} : ALICE.publicKey().toBytes();
    DEROctetString word = new DEROctetString(ALICE.sign(signed));
    ASN1ObjectIdentifier extension = new ASN1ObjectIdentifier("1.3.6.1.4.1.53594.1.1");
    switch (what) {
      case "noExtension" -> {}
      case "onePart" -> builder.addExtension(extension, false, new DERSequence(word));
      case "notDer" -> builder.addExtension(extension, false, new byte[] {1, 2, 3});
      default ->
          builder.addExtension(
              extension,
              false,
              new DERSequence(
                  new ASN1Encodable[] {new DEROctetString(key), word}));
    }
    if (what.equals("critical")) {
      builder.addExtension(new ASN1ObjectIdentifier("1.2.3.4"), true, new DEROctetString(key));
    }
    String signature =
        switch (algorithm) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> algorithm;
        };
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder(signature)
                    .build((what.equals("otherSigner") ? other : pair).getPrivate())));
  }
}
