package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
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
        new StoreSettings(directory, LIBRARY, durability, new ByteSize(1)),
        new Meters(new SimpleMeterRegistry()),
        clock);
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
