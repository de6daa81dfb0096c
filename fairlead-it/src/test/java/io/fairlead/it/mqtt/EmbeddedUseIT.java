package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.extension.BrokerServices;
import io.fairlead.mqtt.extension.MqttExtension;
import io.fairlead.mqtt.extension.PublishInterceptor;
import io.fairlead.mqtt.extension.PublishReviewer;
import io.fairlead.mqtt.extension.Sender;
import io.fairlead.mqtt.store.Message;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker within a program: what docs/book/mqtt.md shows between its words is this source,
 * between its marks.
 */
class EmbeddedUseIT {
  private static final int SECONDS_MAX = 60;

  // Shown: an interceptor
  /** Keeps a topic to itself and writes all others in small letters. */
  static final class Quiet implements MqttExtension {
    @Override
    public String name() {
      return "quiet";
    }

    @Override
    public Optional<PublishInterceptor> publishes() {
      return Optional.of(
          new PublishInterceptor() {
            @Override
            public Optional<Message> incoming(Sender from, Message message, boolean will) {
              if (Arrays.equals(message.topic(), "secret".getBytes(UTF_8))) return Optional.empty();
              String text = new String(message.payload(), UTF_8).toLowerCase(Locale.ROOT);
              return Optional.of(message("said", text));
            }
          });
    }
  }

  // Shown until here

  // Shown: an extension
  /** Raises an alarm for high readings, and lets only devices of an inventory publish. */
  public static final class Alarm implements MqttExtension {
    private final ExecutorService lookups = Executors.newVirtualThreadPerTaskExecutor();
    private volatile Path inventory = Path.of("");

    @Override
    public String name() {
      return "alarm";
    }

    @Override
    public void start(BrokerServices broker) {
      inventory = Path.of(broker.settings().getOrDefault("inventory", "devices.txt"));
      int above = Integer.parseInt(broker.settings().getOrDefault("above", "100"));
      var _ =
          broker.subscribe(
              "readings/+",
              1,
              message -> {
                int value = Integer.parseInt(new String(message.payload(), UTF_8));
                if (value <= above) return;
                broker.logger().atInfo().addKeyValue("value", value).log("reading is high");
                var _ = broker.publish(message.withTopic("alarms".getBytes(UTF_8)));
              });
    }

    @Override
    public void stop() {
      lookups.close();
    }

    /** Reads a file, which takes its time. */
    @Override
    public Optional<PublishReviewer> reviewsPublishes() {
      return Optional.of(
          (from, message, will) ->
              CompletableFuture.supplyAsync(
                  () -> knows(from.clientId()) ? Optional.of(message) : Optional.empty(), lookups));
    }

    private boolean knows(String device) {
      try {
        return Files.readAllLines(inventory).contains(device);
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable); // counts as no, see onFailure
      }
    }

    /** Who has no account does not see properties. */
    @Override
    public Optional<PublishInterceptor> publishes() {
      return Optional.of(
          new PublishInterceptor() {
            @Override
            public Optional<Message> outgoing(Sender to, Message message) {
              return Optional.of(
                  to.account().equals("anonymous")
                      ? message.withProperties(Properties.EMPTY)
                      : message);
            }
          });
    }
  }

  // Shown until here

  // Shown: a message
  static Message message(String topic, String text) {
    byte[] payload = text.getBytes(UTF_8);
    return new Message(
        topic.getBytes(UTF_8), payload, 1, false, Properties.EMPTY, Message.NEVER, "");
  }

  // Shown until here

  @Test
  void aProgramPublishesAndSubscribesWithoutASocket() throws Exception {
    BlockingQueue<String> received = new ArrayBlockingQueue<>(10);
    // Shown: a broker
    try (EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "broker")) {
      Meters meters = new Meters(new SimpleMeterRegistry());
      MqttBroker broker =
          MqttBroker.builder()
              .loops(loops)
              .meters(meters)
              .edge(new Http1Edge(Clock.system(), meters))
              .extension(new Quiet(), Map.of())
              .build();
      broker.prepare(MqttConfig.DEFAULTS).commit();
      broker.open();
      broker.start();
      broker
          .subscribe("#", 1, each -> received.add(new String(each.payload(), UTF_8)))
          .toCompletableFuture()
          .get(SECONDS_MAX, TimeUnit.SECONDS);
      broker.desk().publish(message("hello", "from within"));
      assertThat(received.poll(SECONDS_MAX, TimeUnit.SECONDS)).isEqualTo("from within");
      broker.close();
    }
    // Shown until here
  }

  @Test
  void whatClientsPublishGoesThroughTheInterceptorToTheProgram() throws Exception {
    BlockingQueue<String> received = new ArrayBlockingQueue<>(10);
    try (EmbeddedBroker embedded =
            EmbeddedBroker.start("", builder -> builder.extension(new Quiet(), Map.of()));
        Peer client =
            new Peer(new Link.Plain(RawClient.connect(embedded.port(Transport.TCP))), Version.V5)) {
      var subscribed =
          embedded
              .broker()
              .subscribe(
                  "#",
                  1,
                  each ->
                      received.add(
                          new String(each.topic(), UTF_8)
                              + " "
                              + new String(each.payload(), UTF_8)))
              .toCompletableFuture()
              .get(SECONDS_MAX, TimeUnit.SECONDS);
      client.connect(Connect.of(Version.V5, "c"));
      client.publish("secret", "HUSH", 1).publish("loud", "HELLO", 1);
      assertThat(received.poll(SECONDS_MAX, TimeUnit.SECONDS)).isEqualTo("said hello");

      client.subscribe("from/within", 1);
      embedded.broker().desk().publish(message("from/within", "Word"));
      client.message("Word");
      assertThat(received.poll(SECONDS_MAX, TimeUnit.SECONDS)).isEqualTo("from/within Word");
      assertThat(received).isEmpty();
      assertThat(subscribed).isNotNull();
    }
  }

  @Test
  void theAlarmOfTheBookRings(@TempDir Path dir) throws Exception {
    Path inventory = Files.writeString(dir.resolve("devices.txt"), "meter\n");
    Map<String, String> settings = Map.of("inventory", inventory.toString(), "above", "90");
    try (EmbeddedBroker embedded =
            EmbeddedBroker.start("", builder -> builder.extension(new Alarm(), settings));
        Peer meter = peer(embedded);
        Peer stranger = peer(embedded)) {
      meter.connect(Connect.of(Version.V5, "meter"));
      stranger.connect(Connect.of(Version.V5, "stranger"));
      stranger.subscribe("alarms", 1);
      stranger.publish("readings/1", "99", 1);
      Props by = Props.none().user("by", "meter");
      meter.exchange(Frames.publish("readings/1", "91", 1, 50_000, by), 1);
      meter.exchange(Frames.publish("readings/1", "90", 1, 50_000, by), 1);
      Packet alarm = stranger.message("91");
      assertThat(alarm.topic()).isEqualTo("alarms");
      assertThat(alarm.props().has(Props.USER)).isFalse();
      stranger.ping();
    }
  }

  private static Peer peer(EmbeddedBroker broker) throws IOException {
    return new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), Version.V5);
  }

  @Test
  void theBookShowsThisSource() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docs/limits.md"))) root = root.getParent();
    String source =
        Files.readString(
            root.resolve("fairlead-it/src/test/java/io/fairlead/it/mqtt/EmbeddedUseIT.java"));
    String book = squeezed(Files.readString(root.resolve("docs/book/mqtt.md")));
    for (String part : new String[] {"an interceptor", "an extension", "a message", "a broker"}) {
      int from = source.indexOf("// Shown: " + part);
      int to = source.indexOf("// Shown until here", from);
      assertThat(book)
          .as(part)
          .contains(squeezed(source.substring(source.indexOf('\n', from), to)));
    }
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
