package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.app.convert.ConfigConversion;
import io.fairlead.app.convert.ConfigConversion.Format;
import io.fairlead.app.convert.Conversion;
import io.fairlead.app.convert.Includes;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The converted configuration does what Mosquitto does with the original, file by file. */
class MosquittoConvertIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofMillis(250);
  private static final String ACL =
      """
      # before the first user: anonymous clients
      topic read public/#
      user ann
      topic readwrite house/#
      topic deny house/safe
      topic write log/ann
      user bob
      topic read house/+
      topic read with space/+
      pattern readwrite own/%u/#
      pattern read seen/%c
      """;

  private static Proc mosquitto;
  private static GatewayFixture gateway;
  private static int theirs;

  @BeforeAll
  static void start() throws Exception {
    Path program = Peers.require("mosquitto");
    String passwd = Peers.require("mosquitto_passwd").toString();
    // Mosquitto run by root reads its files as another user.
    Path dir =
        Files.createTempDirectory(
            "fairlead-it",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path users = dir.resolve("users");
    run(passwd, "-b", "-c", users.toString(), "ann", "pw");
    run(passwd, "-b", users.toString(), "bob", "pw");
    Files.writeString(dir.resolve("list.acl"), ACL);
    for (Path file : List.of(users, dir.resolve("list.acl"))) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
    theirs = NginxOrigin.freePort();
    String text =
        """
        listener %d 127.0.0.1
        allow_anonymous true
        password_file %s
        acl_file %s
        max_packet_size 2000
        max_inflight_messages 5
        retain_available false
        """
            .formatted(theirs, users, dir.resolve("list.acl"));
    Path conf = dir.resolve("mosquitto.conf");
    Files.writeString(conf, text);
    Conversion conversion =
        ConfigConversion.convert(
            Format.MOSQUITTO, new ConfigSource("mosquitto.conf", text, dir), new Includes.Follow());
    assertThat(conversion.remarks()).isEmpty();
    String ours =
        conversion
            .yaml()
            .replaceFirst("(?m)^version: 1\n", "")
            .replace("127.0.0.1:" + theirs, "127.0.0.1:0");
    gateway = GatewayFixture.start(dir, ours);
    mosquitto = Proc.start(program.toString(), "-c", conf.toString());
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(
            () -> {
              try (MqttLink link = open(theirs, "probe", "ann", "pw")) {
                return link.take(SOON).isPresent();
              }
            });
  }

  @AfterAll
  static void stop() throws Exception {
    if (mosquitto != null) mosquitto.close();
    if (gateway != null) gateway.close();
  }

  @ParameterizedTest
  @CsvSource({
    "ann, pw",
    "ann, wrong",
    "bob, pw",
    "eve, pw",
    "'', ''",
    "ann, ''",
  })
  void letsInWhomItLetsIn(String user, String password) throws Exception {
    boolean letIn = answer(theirs, user, password) == ReasonCode.SUCCESS;
    assertThat(answer(ours(), user, password) == ReasonCode.SUCCESS).isEqualTo(letIn);
  }

  @ParameterizedTest
  @CsvSource({
    "ann, bob, house/light, house/+",
    "ann, bob, house/light, #",
    "ann, bob, house/a/b, house/#",
    "ann, bob, house/safe, house/+",
    "ann, ann, house/safe, house/safe",
    "bob, ann, house/light, house/#",
    "ann, ann, log/ann, log/#",
    "ann, ann, own/ann/x, own/#",
    "bob, ann, own/bob/x, own/#",
    "bob, bob, own/bob/x, own/bob/x",
    "ann, '', public/x, public/#",
    "ann, bob, with space/x, with space/+",
    "'', '', public/x, public/x",
  })
  void deliversWhatItDelivers(String from, String to, String topic, String filter)
      throws Exception {
    assertThat(delivered(ours(), from, to, topic, filter))
        .as("Mosquitto does so")
        .isEqualTo(delivered(theirs, from, to, topic, filter));
  }

  @Test
  void packetsBeyondTheBoundEndTheConnectionOfBoth() throws Exception {
    for (int port : new int[] {theirs, ours()}) {
      try (MqttLink link = joined(port, "big", "ann")) {
        link.send(publish("house/light", new byte[3000], 1));
        boolean ended = false;
        try {
          Packet answer = link.take(SOON).orElseThrow();
          ended = answer.type() == PacketType.DISCONNECT;
        } catch (IOException closed) {
          ended = true;
        }
        assertThat(ended).as("port %d", port).isTrue();
      }
    }
  }

  private static int ours() {
    return gateway.port("mqtt_" + theirs);
  }

  private static ReasonCode answer(int port, String user, String password) throws Exception {
    try (MqttLink link = open(port, "who", user, password)) {
      return ((Packet.ConnAck) link.take(SOON).orElseThrow()).reason();
    }
  }

  private static boolean delivered(int port, String from, String to, String topic, String filter)
      throws Exception {
    try (MqttLink reader = joined(port, "reader", to);
        MqttLink writer = joined(port, "writer", from)) {
      reader.send(new Packet.Subscribe(1, List.of(new Packet.Wish(filter, 1)), Properties.EMPTY));
      assertThat(reader.take(SOON).orElseThrow().type()).isEqualTo(PacketType.SUBACK);
      writer.send(publish(topic, "x".getBytes(UTF_8), 1));
      return reader.take(SILENCE).isPresent();
    }
  }

  private static Packet.Publish publish(String topic, byte[] payload, int qos) {
    return new Packet.Publish(
        topic.getBytes(UTF_8), payload, qos, false, false, 1, Properties.EMPTY);
  }

  private static MqttLink joined(int port, String id, String user) throws Exception {
    MqttLink link = open(port, id, user, user.isEmpty() ? "" : "pw");
    assertThat(((Packet.ConnAck) link.take(SOON).orElseThrow()).reason())
        .isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static MqttLink open(int port, String id, String user, String password)
      throws IOException {
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", port),
        false,
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            id,
            Optional.empty(),
            user.isEmpty() ? Optional.empty() : Optional.of(user),
            password.isEmpty() ? null : password.getBytes(UTF_8),
            Properties.EMPTY),
        SOON);
  }

  private static void run(String... words) throws Exception {
    try (Proc program = Proc.start(words)) {
      assertThat(program.awaitExit(SOON)).isZero();
    }
  }
}
