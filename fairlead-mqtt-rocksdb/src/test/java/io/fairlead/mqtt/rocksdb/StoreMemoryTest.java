package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.QueueStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the database takes beside the Java heap, by its own figures. */
class StoreMemoryTest {
  private static final ByteSize LITTLE = ByteSize.ofMebi(16);
  private static final int MESSAGE_BYTES = 16 << 10;
  private static final int MESSAGES = 200; // of a round
  private static final int ROUNDS = 60; // 12 times the bound
  private static final int ROUNDS_MAX = 200;

  @TempDir private Path dir;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void aStoreKeepsToItsMemoryWhateverIsWrittenAndRead() throws Exception {
    try (RocksDbStore store = Stores.at(dir, Optional.of(LITTLE), new Meters(meters))) {
      store.open();
      long most = 0;
      for (int round = 0; round < ROUNDS; round++) most = Math.max(most, write(store, round));
      for (int session = 1; session <= ROUNDS; session++) {
        assertThat(store.queues().read(session)).hasSize(MESSAGES);
        most = Math.max(most, memory());
      }
      assertThat(most).isBetween(LITTLE.bytes() / 4, LITTLE.bytes());
    }
    assertThat(memory()).isZero();
  }

  /** The disk is given less than memory takes. */
  @Test
  void writingWaitsForMemoryThatIsUsedUpAndIsCounted() throws Exception {
    try (RocksDbStore store = Stores.at(dir, Optional.of(LITTLE), new Meters(meters))) {
      store.open();
      long most = 0;
      for (int round = 0; round < ROUNDS_MAX && held() == 0; round++) {
        for (int i = 0; i < 5; i++) put(store, 5 * round + i, () -> {});
        await().atMost(Duration.ofSeconds(60)).until(() -> !store.congested());
        most = Math.max(most, memory());
      }
      assertThat(held()).isPositive();
      assertThat(most).isLessThanOrEqualTo(LITTLE.bytes());
      write(store, 5 * ROUNDS_MAX); // goes on
    }
  }

  @Test
  void withoutABoundItTakesMore() throws Exception {
    try (RocksDbStore store = Stores.at(dir, Optional.empty(), new Meters(meters))) {
      store.open();
      long most = 0;
      for (int round = 0; round < ROUNDS; round++) most = Math.max(most, write(store, round));
      assertThat(most).isGreaterThan(2 * LITTLE.bytes());
      assertThat(held()).isZero();
    }
  }

  /** A session with messages that stay. */
  private long write(RocksDbStore store, int round) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    put(store, round, done::countDown);
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    return memory();
  }

  private static void put(RocksDbStore store, int round, Runnable done) {
    long session = round + 1;
    BrokerStore.Batch batch = store.begin();
    store.sessions().put(batch, Stores.session(session, Long.MAX_VALUE / 2));
    store.commit(batch);
    for (int i = 1; i <= MESSAGES; i++) {
      batch = store.begin();
      store
          .queues()
          .put(
              batch,
              session,
              new QueueStore.Entry(
                  i,
                  Stores.message("t/" + session, "x".repeat(MESSAGE_BYTES)),
                  1,
                  false,
                  new int[0],
                  QueueStore.Stage.WAITING,
                  0));
      if (i < MESSAGES) store.commit(batch);
      else store.commit(batch, Runnable::run, done);
    }
  }

  /** All parts together. */
  private long memory() {
    return meters.find("fairlead.mqtt.store.memory.bytes").gauges().stream()
        .mapToLong(gauge -> (long) gauge.value())
        .sum();
  }

  private double held() {
    return meters
        .get("fairlead.limit.rejections")
        .tag("limit", "mqtt_store_memory")
        .counter()
        .count();
  }
}
