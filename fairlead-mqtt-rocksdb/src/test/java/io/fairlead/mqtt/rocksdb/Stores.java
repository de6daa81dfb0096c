package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Stores of tests, and their directories. */
final class Stores {
  private static final Path LIBRARY =
      Path.of(System.getProperty("java.io.tmpdir"), "fairlead-test-rocksdb");

  private Stores() {}

  static RocksDbStore at(Path directory) {
    return at(directory, Durability.FSYNC, Clock.system());
  }

  static RocksDbStore at(Path directory, Durability durability, Clock clock) {
    return new RocksDbStore(
        new StoreSettings(
            directory, LIBRARY, durability, new ByteSize(1), Optional.of(StoreSettings.MEMORY)),
        new Meters(new SimpleMeterRegistry()),
        clock);
  }

  /** With so much memory; empty: no bound. */
  static RocksDbStore at(Path directory, Optional<ByteSize> memory, Meters meters) {
    return new RocksDbStore(
        new StoreSettings(directory, LIBRARY, Durability.FSYNC, new ByteSize(1), memory),
        meters,
        Clock.system());
  }

  /** With something around its disk. */
  static RocksDbStore at(Path directory, UnaryOperator<Committer.Disk> around) {
    return new RocksDbStore(
        new StoreSettings(
            directory,
            LIBRARY,
            Durability.FSYNC,
            new ByteSize(1),
            Optional.of(StoreSettings.MEMORY)),
        new Meters(new SimpleMeterRegistry()),
        Clock.system(),
        around);
  }

  /** Everything it holds, in one order. */
  static String dump(BrokerStore store) {
    List<String> lines = new ArrayList<>();
    store
        .sessions()
        .forEach(
            session -> {
              long number = session.number();
              lines.add(
                  "session "
                      + session.clientId()
                      + " "
                      + session.endsAtMillis()
                      + " "
                      + new TreeMap<>(byText(session.subscriptions()))
                      + " "
                      + new TreeSet<>(session.inboundIds()));
              for (QueueStore.Entry entry : store.queues().read(number)) {
                lines.add(
                    "queue "
                        + session.clientId()
                        + " "
                        + entry.sequence()
                        + " "
                        + entry.stage()
                        + " "
                        + entry.packetId()
                        + " "
                        + text(entry.message()));
              }
              store
                  .wills()
                  .read(number)
                  .ifPresent(
                      will -> lines.add("will " + session.clientId() + text(will.message())));
            });
    store.retained().forEach(message -> lines.add("retained " + text(message)));
    lines.sort(null);
    return String.join("\n", lines);
  }

  private static Map<String, SubscribeOptions> byText(Map<TopicFilter, SubscribeOptions> all) {
    return all.entrySet().stream()
        .collect(Collectors.toMap(each -> each.getKey().toString(), Map.Entry::getValue));
  }

  private static String text(Message message) {
    return new String(message.topic(), StandardCharsets.UTF_8)
        + "="
        + new String(message.payload(), StandardCharsets.UTF_8);
  }

  static Message message(String topic, String payload) {
    return new Message(
        topic.getBytes(StandardCharsets.UTF_8),
        payload.getBytes(StandardCharsets.UTF_8),
        1,
        true,
        Properties.EMPTY,
        Message.NEVER,
        "p");
  }

  static SessionStore.Stored session(long number, long endsAt) {
    return new SessionStore.Stored(
        number, "c" + number, "anonymous", true, 60, endsAt, Map.of(), Set.of());
  }

  /** As if everything written so far were all there is. */
  static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path each : list(from)) {
      if (Files.isRegularFile(each)) Files.copy(each, to.resolve(each.getFileName()));
    }
  }

  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) return;
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
    }
  }

  static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }
}
