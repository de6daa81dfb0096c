package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading everything at the start takes time in proportion to what there is, and no more. */
class RestartTimeTest {
  private static final int MESSAGES = 20_000;
  private static final int EACH = 100;

  @TempDir private Path dir;

  @Test
  void twiceAsMuchTakesAboutTwiceAsLong() throws Exception {
    fill(dir.resolve("half"), MESSAGES / 2);
    fill(dir.resolve("whole"), MESSAGES);
    long half = Long.MAX_VALUE;
    long whole = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) { // the best of each: others use this machine, too
      half = Math.min(half, read(dir.resolve("half"), MESSAGES / 2));
      whole = Math.min(whole, read(dir.resolve("whole"), MESSAGES));
    }
    assertThat(TimeUnit.NANOSECONDS.toMillis(whole))
        .as("milliseconds, against %d for half", TimeUnit.NANOSECONDS.toMillis(half))
        .isLessThan(4 * TimeUnit.NANOSECONDS.toMillis(half) + 300);
  }

  /**
   * A million sessions with ten messages each are to fit into two gibibytes. What a broker takes
   * whatever its sessions is not counted: it is the difference of a large store and a small one.
   */
  @Test
  void whatIsRememberedOfASessionThatIsAwayIsSmall() throws Exception {
    heapOf(100); // classes and buffers that stay
    long few = heapOf(1_000);
    long many = heapOf(10_000);
    assertThat((many - few) / 9_000)
        .as("bytes of a session with ten messages: (%d - %d) / 9000", many, few)
        .isBetween(200L, 1700L);
  }

  /** What the heap grows by when so many sessions are read from a store. */
  private long heapOf(int sessions) throws Exception {
    Path place = dir.resolve("sessions-" + sessions);
    try (RocksDbStore store = Stores.at(place)) {
      store.open();
      for (int i = 1; i <= sessions; i++) {
        int number = i;
        BrokerStore.Batch batch = store.begin();
        store.sessions().put(batch, Stores.session(number, Long.MAX_VALUE / 2));
        store
            .sessions()
            .putSubscription(
                batch,
                number,
                TopicFilter.of("t/" + number, TopicLimits.DEFAULT),
                SubscribeOptions.ofQos(1));
        put(store, batch, number, 10);
        store.commit(batch);
      }
    }
    long before = heap();
    try (RocksDbStore store = Stores.at(place)) {
      store.open();
      ManualClock clock = new ManualClock();
      BrokerCore core =
          new BrokerCore(
              List.of(new BrokerCore.Thread(Runnable::run, clock)),
              BrokerCore.Home.CONNECTION,
              store,
              new BrokerMeters(new Meters(new SimpleMeterRegistry())),
              new EventBus(),
              clock,
              Randomness.seeded(1));
      core.restore().toCompletableFuture().get(60, TimeUnit.SECONDS);
      core.wake();
      long grown = heap() - before;
      assertThat(core.sessions()).isEqualTo(sessions);
      assertThat(core.subscriptions()).isEqualTo(sessions);
      return grown;
    }
  }

  private static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 6; i++) { // what waits for its cleaner is gone after some
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static void fill(Path directory, int messages) throws Exception {
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      for (int session = 1; session <= messages / EACH; session++) {
        BrokerStore.Batch batch = store.begin();
        store.sessions().put(batch, Stores.session(session, 1));
        put(store, batch, session, EACH);
        store.commit(batch);
      }
      BrokerStore.Batch last = store.begin();
      store.retained().put(last, Stores.message("last", "x"));
      CountDownLatch done = new CountDownLatch(1);
      store.commit(last, Runnable::run, done::countDown);
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void put(BrokerStore store, BrokerStore.Batch batch, long session, int messages) {
    for (int i = 1; i <= messages; i++) {
      QueueStore.Entry entry =
          new QueueStore.Entry(
              i,
              Stores.message("t/" + session, "x".repeat(64)),
              1,
              false,
              new int[0],
              Stage.WAITING,
              0);
      store.queues().put(batch, session, entry);
    }
  }

  private static long read(Path directory, int messages) throws Exception {
    long begun = Clock.system().nanos();
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      AtomicInteger found = new AtomicInteger();
      store
          .sessions()
          .forEach(
              session -> found.addAndGet(store.queues().left(session.number()).waiting().size()));
      long took = Clock.system().nanos() - begun;
      assertThat(found).hasValue(messages);
      return took;
    }
  }
}
