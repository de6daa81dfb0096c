package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command-line clients of Mosquitto against the broker, in every version and QoS. */
class MosquittoClientsIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path dir;
  private final EmbeddedBroker broker = EmbeddedBroker.start("", builder -> builder);
  private Path publisher = Path.of("");
  private Path subscriber = Path.of("");

  @BeforeEach
  void find() {
    publisher = Peers.require("mosquitto_pub");
    subscriber = Peers.require("mosquitto_sub");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @ParameterizedTest
  @CsvSource({
    "mqttv31, 0",
    "mqttv31, 1",
    "mqttv31, 2",
    "mqttv311, 0",
    "mqttv311, 1",
    "mqttv311, 2",
    "mqttv5, 0",
    "mqttv5, 1",
    "mqttv5, 2"
  })
  void whatIsPublishedArrives(String version, String qos) throws Exception {
    try (Proc receiver =
        run(subscriber, version, "-t", "a/+", "-q", qos, "-C", "2", "-F", "%t %q %p")) {
      awaitSubscription();
      succeed(run(publisher, version, "-t", "a/b", "-q", qos, "-m", "first"));
      succeed(run(publisher, version, "-t", "a/c", "-q", qos, "-m", "second"));

      assertThat(receiver.awaitExit(LIMIT)).isZero();
      assertThat(receiver.stdout().lines())
          .containsExactly("a/b " + qos + " first", "a/c " + qos + " second");
    }
  }

  @Test
  void aRetainedMessageGreetsAndAWillIsSent() throws Exception {
    succeed(run(publisher, "mqttv5", "-t", "kept", "-r", "-m", "here"));
    try (Proc receiver = run(subscriber, "mqttv311", "-t", "kept", "-C", "1", "-F", "%r %p")) {
      assertThat(receiver.awaitExit(LIMIT)).isZero();
      assertThat(receiver.stdout().strip()).isEqualTo("1 here");
    }
    try (Proc watcher = run(subscriber, "mqttv5", "-t", "will", "-C", "1")) {
      awaitSubscription();
      try (Proc dying =
          run(
              subscriber,
              "mqttv5",
              "-t",
              "other",
              "--will-topic",
              "will",
              "--will-payload",
              "gone")) {
        await().atMost(LIMIT).until(() -> broker.broker().connected() == 2);
        dying.signal("KILL");
      }
      assertThat(watcher.awaitExit(LIMIT)).isZero();
      assertThat(watcher.stdout().strip()).isEqualTo("gone");
    }
  }

  @Test
  void propertiesOfVersion5GoThrough() throws Exception {
    try (Proc receiver = run(subscriber, "mqttv5", "-t", "p", "-C", "1", "-F", "%C|%R|%P|%p")) {
      awaitSubscription();
      succeed(
          run(
              publisher,
              "mqttv5",
              "-t",
              "p",
              "-m",
              "x",
              "-D",
              "publish",
              "content-type",
              "text/plain",
              "-D",
              "publish",
              "response-topic",
              "answer",
              "-D",
              "publish",
              "user-property",
              "name",
              "value"));

      assertThat(receiver.awaitExit(LIMIT)).isZero();
      assertThat(receiver.stdout().strip()).isEqualTo("text/plain|answer|name:value|x");
    }
  }

  @Test
  void anOfflineSessionGetsWhatItMissed() throws Exception {
    String[] session = {"-i", "away", "-c", "-q", "1", "-t", "missed"};
    succeed(run(subscriber, "mqttv311", with(session, "-E")));
    for (int i = 0; i < 3; i++)
      succeed(run(publisher, "mqttv5", "-t", "missed", "-q", "1", "-m", "n" + i));

    try (Proc receiver = run(subscriber, "mqttv311", with(session, "-C", "3"))) {
      assertThat(receiver.awaitExit(LIMIT)).isZero();
      assertThat(receiver.stdout().lines()).containsExactly("n0", "n1", "n2");
    }
  }

  private void awaitSubscription() {
    await().atMost(LIMIT).until(() -> broker.gauge("mqtt.subscriptions") > 0);
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private Proc run(Path program, String version, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString(), "-V", version));
    command.addAll(List.of("-h", "127.0.0.1", "-p", "" + broker.port(Transport.TCP)));
    command.addAll(List.of(arguments));
    return Proc.start(command, Files.createTempDirectory(dir, "run"), Map.of());
  }

  private static void succeed(Proc process) throws Exception {
    try (process) {
      assertThat(process.awaitExit(LIMIT)).as("%s", process.stderr()).isZero();
    }
  }
}
