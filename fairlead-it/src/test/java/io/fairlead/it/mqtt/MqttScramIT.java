package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import io.fairlead.it.GatewayFixture;
import io.fairlead.net.auth.PasswordForm;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** SCRAM-SHA-256 by the accounts of a users file. */
class MqttScramIT {
  private static final String METHOD = "SCRAM-SHA-256";

  private Path dir = Path.of("");
  private GatewayFixture gateway;

  private static String secret(String password) {
    return PasswordForm.SCRAM.write(Secret.of(password), Randomness.system());
  }

  @BeforeEach
  void start() throws Exception {
    dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(
        dir.resolve("users"),
        "ann:"
            + secret("pencil")
            + ":readers\nbob:"
            + PasswordForm.BCRYPT.write(Secret.of("pencil"), Randomness.system())
            + "\n");
    Files.writeString(dir.resolve("acl"), "group readers\ntopic read news/#\n");
    gateway =
        GatewayFixture.start(
            dir,
            """
            listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
            mqtt:
              anonymous: false
              auth: [ { type: file, path: "@DIR@/users" } ]
              acl: { file: "@DIR@/acl" }
            """);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Peer open() throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(gateway.port("mqtt"))), Version.V5);
    peer.link().tcp().timeout(Duration.ofSeconds(30));
    return peer;
  }

  private static Packet prove(Peer peer, byte[] first, String password) throws Exception {
    Props wish = Props.none().str(Props.AUTH_METHOD, METHOD).bin(Props.AUTH_DATA, first);
    peer.send(Connect.of(Version.V5, "c").props(wish).bytes());
    Packet challenge = peer.next(Packet.AUTH);
    byte[] proof = ScramProof.last(challenge.props().data(Props.AUTH_DATA), password);
    return peer.send(Frames.auth(0x18, METHOD, proof)).next(Packet.CONNACK);
  }

  @Test
  void whoProvesThePasswordIsTheAccountWithItsGroups() throws Exception {
    try (Peer peer = open()) {
      assertThat(prove(peer, ScramProof.first(), "pencil").code()).isZero();
      peer.subscribe("news/today", 1);
      peer.send(Frames.subscribe(Version.V5, 7, "other", 0));
      assertThat(peer.next(Packet.SUBACK).code()).isEqualTo(0x87);
      assertThat(gateway.api().get("/v1/mqtt/clients").text()).contains("\"ann\"");
    }
  }

  @Test
  void aWrongProofAndAnAccountWithoutASecretAreRefusedAlike() throws Exception {
    try (Peer peer = open()) {
      assertThat(prove(peer, ScramProof.first(), "pen").code()).isEqualTo(0x87);
      peer.eof();
    }
    try (Peer peer = open()) {
      assertThat(prove(peer, "n,,n=bob,r=clientnonce".getBytes(UTF_8), "pencil").code())
          .isEqualTo(0x87);
    }
    try (Peer peer = open()) {
      assertThat(prove(peer, "n,,n=nobody,r=clientnonce".getBytes(UTF_8), "x").code())
          .isEqualTo(0x87);
    }
  }

  @Test
  void theSamePasswordMayAlsoBeSent() throws Exception {
    try (Peer peer = open()) {
      peer.connect(Connect.of(Version.V5, "c").user("ann").password("pencil"));
    }
    try (Peer peer = open()) {
      peer.send(Connect.of(Version.V5, "c").user("ann").password("pen").bytes());
      assertThat(peer.next(Packet.CONNACK).code()).isEqualTo(0x86);
    }
  }

  @Test
  void whoseSecretChangesIsCut() throws Exception {
    try (Peer peer = open()) {
      assertThat(prove(peer, ScramProof.first(), "pencil").code()).isZero();
      GatewayFixture.replace(dir.resolve("users"), "ann:" + secret("pencil2") + "\n");
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      peer.dropped(0x87);
    }
    try (Peer peer = open()) {
      assertThat(prove(peer, ScramProof.first(), "pencil2").code()).isZero();
    }
  }

  /** Whoever begins with a secret and waits until it is taken away is not let in by it. */
  @Test
  void whatIsProvedAfterTheSecretWasTakenAwayCountsNothing() throws Exception {
    try (Peer peer = open()) {
      Props wish =
          Props.none().str(Props.AUTH_METHOD, METHOD).bin(Props.AUTH_DATA, ScramProof.first());
      peer.send(Connect.of(Version.V5, "c").props(wish).bytes());
      Packet challenge = peer.next(Packet.AUTH);
      GatewayFixture.replace(dir.resolve("users"), "ann:" + secret("pencil2") + "\n");
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      byte[] proof = ScramProof.last(challenge.props().data(Props.AUTH_DATA), "pencil");
      Packet answer = peer.send(Frames.auth(0x18, METHOD, proof)).next(Packet.CONNACK);
      assertThat(answer.code()).isEqualTo(0x89);
      peer.eof();
    }
  }
}
