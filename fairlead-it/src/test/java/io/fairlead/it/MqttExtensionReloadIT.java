package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An extension in a jar of its own, and its exchange while the gateway runs. */
class MqttExtensionReloadIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  /**
   * Answers each message with what it is. It keeps {@code hold} until somebody publishes to {@code
   * go}, and notes when it starts and stops.
   */
  private static final String SOURCE =
      """
      package sample;

      import io.fairlead.mqtt.extension.*;
      import java.nio.file.*;
      import java.util.*;
      import java.util.concurrent.CompletableFuture;

      public final class Echo implements MqttExtension {
        private static int made; // of this loader
        private final CompletableFuture<Void> gate = new CompletableFuture<>();
        private volatile Path log;
        private volatile String word;

        public String name() { return "echo"; }

        public void start(BrokerServices services) throws Exception {
          Map<String, String> settings = services.settings();
          log = Path.of(settings.get("log"));
          String library = new String(
              Echo.class.getResourceAsStream("/sample/word.txt").readAllBytes());
          word = "VERSION " + settings.get("word") + " " + ++made + " " + library + seen();
          if (Thread.currentThread().getContextClassLoader() != Echo.class.getClassLoader()) {
            word = "looks elsewhere";
          }
          if (settings.containsKey("fails")) throw new IllegalStateException("not in the mood");
          note("start " + word);
          services.subscribe("go", 1, message -> gate.complete(null));
        }

        public void stop() {
          note("stop " + word);
        }

        public Optional<PublishReviewer> reviewsPublishes() {
          return Optional.of((from, message, will) -> {
            String text = new String(message.payload());
            var said = Optional.of(message.withPayload(word.getBytes()));
            return text.equals("hold") ? gate.thenApply(_ -> said)
                : CompletableFuture.completedFuture(said);
          });
        }

        private static String seen() {
          try {
            Class.forName("io.netty.buffer.ByteBuf");
            return " sees too much";
          } catch (ClassNotFoundException right) {
            return "";
          }
        }

        private void note(String line) {
          try {
            Files.writeString(log, line + "\\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
          } catch (java.io.IOException failure) {
            throw new IllegalStateException(failure);
          }
        }
      }
      """;

  @TempDir Path dir;
  private Path jar;
  private Path log;

  @BeforeEach
  void place() {
    jar = dir.resolve("echo.jar");
    log = dir.resolve("echo.log");
  }

  private void jar(String version) throws IOException {
    Path source = Files.createDirectories(dir.resolve("src/sample")).resolve("Echo.java");
    Files.writeString(source, SOURCE.replace("VERSION", version));
    Path classes = Files.createDirectories(dir.resolve("classes"));
    int failures =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                source.toString());
    assertThat(failures).isZero();
    Path next = dir.resolve("next.jar");
    try (var out = new JarOutputStream(Files.newOutputStream(next));
        Stream<Path> all = Files.walk(classes)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        entry(out, classes.relativize(each).toString(), Files.readAllBytes(each));
      }
      entry(out, "sample/word.txt", "of its own".getBytes(UTF_8));
      entry(
          out,
          "META-INF/services/io.fairlead.mqtt.extension.MqttExtension",
          "sample.Echo\n".getBytes(UTF_8));
    }
    // In place, as a careless copy does: what is loaded must not depend on the file.
    Files.copy(next, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void entry(JarOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new JarEntry(name));
    out.write(bytes);
  }

  private String config(String settings) {
    return """
    listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
    mqtt:
      persistence: { durability: memory }
      extensions:
        %s
    """
        .formatted(settings);
  }

  private String echo(String more) {
    return config("echo: { jar: " + jar + ", log: " + log + ", " + more + " }");
  }

  private static StrictHttpParser.Response reload(GatewayFixture gateway, String yaml)
      throws Exception {
    gateway.replaceConfig(yaml);
    return gateway.control("/reload");
  }

  private static void reloaded(GatewayFixture gateway, String yaml) throws Exception {
    StrictHttpParser.Response answer = reload(gateway, yaml);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private List<String> log() throws IOException {
    return Files.readAllLines(log);
  }

  @Test
  void whatChangedIsStartedThenExchangedThenStopped() throws Exception {
    jar("v1");
    try (GatewayFixture gateway = GatewayFixture.start(echo("word: one"));
        MqttLink s = MqttClients.of(gateway, SOON).join("s");
        MqttLink p = MqttClients.of(gateway, SOON).join("p")) {
      s.send(
          new Packet.Subscribe(s.nextId(), List.of(new Packet.Wish("said", 1)), Properties.EMPTY));
      assertThat(s.take(SOON)).isPresent();
      publish(p, "said", "x");
      assertThat(heard(s)).isEqualTo("v1 one 1 of its own");

      reloaded(gateway, echo("word: two"));
      publish(p, "said", "x");
      assertThat(heard(s)).isEqualTo("v1 two 1 of its own");
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(log())
                      .containsExactly(
                          "start v1 one 1 of its own",
                          "start v1 two 1 of its own",
                          "stop v1 one 1 of its own"));

      publish(p, "said", "hold"); // the one that is about to be replaced keeps it
      jar("v2");
      reloaded(gateway, echo("word: two"));
      try (MqttLink q = MqttClients.of(gateway, SOON).join("q")) {
        publish(q, "said", "x");
        assertThat(heard(s)).isEqualTo("v2 two 1 of its own");
        assertThat(log()).doesNotContain("stop v1 two 1 of its own");
        publish(q, "go", "x");
        assertThat(heard(s)).isEqualTo("v1 two 1 of its own");
        await()
            .atMost(SOON)
            .untilAsserted(() -> assertThat(log()).contains("stop v1 two 1 of its own"));

        reloaded(gateway, echo("word: two").replace("memory }", "memory, linger: 1ms }"));
        assertThat(log()).as("the same is not exchanged").hasSize(5);

        reloaded(gateway, config("{}"));
        publish(q, "said", "x");
        assertThat(heard(s)).isEqualTo("x");
        await()
            .atMost(SOON)
            .untilAsserted(() -> assertThat(log()).contains("stop v2 two 1 of its own"));
      }
    }
  }

  @Test
  void anAnswerThatDoesNotComeIsNotWaitedForForEver() throws Exception {
    jar("v1");
    try (GatewayFixture gateway = GatewayFixture.start(echo("word: one"));
        MqttLink p = MqttClients.of(gateway, SOON).join("p")) {
      publish(p, "said", "hold");
      reloaded(gateway, echo("word: two"));
      assertThat(p.take(SOON))
          .containsInstanceOf(Packet.Ack.class)
          .map(packet -> ((Packet.Ack) packet).reason())
          .contains(ReasonCode.IMPLEMENTATION_SPECIFIC);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(log()).contains("stop v1 one 1 of its own"));
    }
  }

  @Test
  void oneThatDoesNotStartLeavesTheOneThatWas() throws Exception {
    jar("v1");
    try (GatewayFixture gateway = GatewayFixture.start(echo("word: one"));
        MqttLink p = MqttClients.of(gateway, SOON).join("p")) {
      p.send(
          new Packet.Subscribe(p.nextId(), List.of(new Packet.Wish("said", 1)), Properties.EMPTY));
      assertThat(p.take(SOON)).isPresent();
      assertRefused(reload(gateway, echo("word: two, fails: \"yes\"")), "F1245", "not in the mood");
      assertRefused(
          reload(gateway, echo("word: one").replace("echo.jar", "gone.jar")), "F2242", "gone.jar");
      assertRefused(
          reload(gateway, echo("word: one").replace("echo: {", "other: {")), "F1243", "holds echo");
      Files.writeString(jar, "this is no jar");
      assertRefused(reload(gateway, echo("word: one")), "F2242", "echo.jar");
      publish(p, "said", "x");
      assertThat(heard(p)).isEqualTo("v1 one 1 of its own");
      assertThat(log()).containsExactly("start v1 one 1 of its own");
    }
    assertThat(log()).hasSize(2).contains("stop v1 one 1 of its own");
    assertThatThrownBy(() -> GatewayFixture.start(echo("word: one")).close())
        .hasStackTraceContaining("echo.jar");
  }

  @Test
  void oneThatDoesNotStartIsSaidAtTheStartAndWhenTheBrokerIsAddedLater() throws Exception {
    jar("v1");
    String fails = echo("word: one, fails: \"yes\"");
    assertThatThrownBy(() -> GatewayFixture.start(fails).close())
        .isInstanceOf(StartException.class)
        .cause()
        .isInstanceOfSatisfying(
            ConfigException.class,
            refused ->
                assertThat(refused.problems())
                    .singleElement()
                    .satisfies(
                        problem -> {
                          assertThat(problem.code()).isEqualTo("F1245");
                          assertThat(problem.message()).contains("not in the mood");
                          assertThat(problem.place().line()).isEqualTo(8);
                        }));
    String without = "listeners: { web: { bind: \"127.0.0.1:0\", proto: echo } }\n";
    try (GatewayFixture gateway = GatewayFixture.start(without)) {
      assertRefused(reload(gateway, fails), "F1245", "not in the mood");
      reloaded(gateway, echo("word: two"));
      try (MqttLink p = MqttClients.of(gateway, SOON).join("p")) {
        p.send(
            new Packet.Subscribe(
                p.nextId(), List.of(new Packet.Wish("said", 1)), Properties.EMPTY));
        assertThat(p.take(SOON)).isPresent();
        publish(p, "said", "x");
        assertThat(heard(p)).isEqualTo("v1 two 1 of its own");
      }
      assertThat(log()).containsExactly("start v1 two 1 of its own");
    }
  }

  private void assertRefused(StrictHttpParser.Response answer, String code, String... words) {
    assertThat(answer.status()).as(answer.text()).isIn(422, 500);
    assertThat(answer.text()).contains(code).contains(words);
    assertThat(answer.text().replaceAll("\\s", "")).contains("\"line\":8");
  }

  private static void publish(MqttLink link, String topic, String payload) throws Exception {
    link.send(
        new Packet.Publish(
            topic.getBytes(UTF_8),
            payload.getBytes(UTF_8),
            1,
            false,
            false,
            link.nextId(),
            Properties.EMPTY));
  }

  /** The next message, which is acknowledged. */
  private static String heard(MqttLink link) throws Exception {
    while (true) {
      if (!(link.take(SOON).orElseThrow() instanceof Packet.Publish publish)) continue;
      link.send(new Packet.Ack(PacketType.PUBACK, publish.packetId(), ReasonCode.SUCCESS));
      return new String(publish.payload(), UTF_8);
    }
  }
}
