package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.WillStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The end of the machine at any point: of the log, only what was written when a commit completed is
 * certain; the rest is cut off at any byte. The store in memory is the model.
 */
class CrashPointsTest {
  private static final int COMMITS = 60;
  private static final int CUTS = 20;

  /** So few that all of them stay in the log: files are copied one after another. */
  private static final int IN_FLIGHT = 20_000;

  /** What was promised when the log was that long. */
  private record Promise(long logBytes, String state) {}

  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(longs = {1, 20261122})
  void whereverTheLogEndsEveryPromiseBeforeItHoldsAndNothingIsHalf(long seed) throws Exception {
    RandomGenerator random = Randomness.seeded(seed).generator();
    MemoryStore model = new MemoryStore();
    List<Promise> promises = new ArrayList<>();
    Path directory = dir.resolve("store");
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      Story story = new Story(random);
      for (int i = 0; i < COMMITS; i++) {
        BiConsumer<BrokerStore, BrokerStore.Batch> step = story.next();
        commit(model, step);
        commit(store, step);
        promises.add(new Promise(Files.size(log(directory)), Stores.dump(model)));
      }
      for (int i = 0; i < CUTS; i++) {
        int last = random.nextInt(COMMITS - 1);
        long from = promises.get(last).logBytes();
        long to = promises.get(last + 1).logBytes();
        long cut = from + random.nextInt((int) Math.max(1, to - from));
        assertThat(stateOf(directory, cut))
            .as("seed " + seed + ", log cut at byte " + cut + ", after commit " + last)
            .isEqualTo(promises.get(last).state());
      }
    }
  }

  @Test
  void whoeverTakesTheFilesAwayInMidFlightHasAllThatCompleted() throws Exception {
    Path directory = dir.resolve("store");
    AtomicInteger completed = new AtomicInteger();
    Semaphore room = new Semaphore(50);
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 1; i <= IN_FLIGHT; i++) {
                      BrokerStore.Batch batch = store.begin();
                      store.retained().put(batch, Stores.message("t/" + i, "x"));
                      try {
                        room.acquire();
                      } catch (InterruptedException _) {
                        return;
                      }
                      store.commit(
                          batch,
                          Runnable::run,
                          () -> {
                            completed.incrementAndGet();
                            room.release();
                          });
                    }
                  });
      for (int round = 0; round < 4; round++) {
        int target = Math.min(IN_FLIGHT, completed.get() + 300);
        await().atMost(Duration.ofSeconds(60)).until(() -> completed.get() >= target);
        int certain = completed.get();
        Path copy = dir.resolve("copy");
        copyAsCrashed(directory, copy);
        try (RocksDbStore found = Stores.at(copy)) {
          found.open();
          AtomicInteger count = new AtomicInteger();
          AtomicInteger highest = new AtomicInteger();
          found
              .retained()
              .forEach(
                  message -> {
                    int number = Integer.parseInt(new String(message.topic()).substring(2));
                    highest.accumulateAndGet(number, Math::max);
                    count.incrementAndGet();
                  });
          assertThat(highest.get()).isGreaterThanOrEqualTo(certain);
          assertThat(count.get()).as("a beginning without gaps").isEqualTo(highest.get());
        }
        Stores.delete(copy);
      }
      writer.interrupt();
      writer.join();
    }
  }

  private String stateOf(Path directory, long logBytes) throws Exception {
    Path copy = dir.resolve("copy");
    copyAsCrashed(directory, copy);
    try (FileChannel log = FileChannel.open(log(copy), StandardOpenOption.WRITE)) {
      log.truncate(logBytes);
    }
    try (RocksDbStore found = Stores.at(copy)) {
      found.open();
      return Stores.dump(found);
    } finally {
      Stores.delete(copy);
    }
  }

  /** Without what is written about once a second and may be late: it would tell of the cut. */
  private static void copyAsCrashed(Path from, Path to) throws IOException {
    Stores.copy(from, to);
    Files.deleteIfExists(to.resolve("floor"));
  }

  private static Path log(Path directory) throws IOException {
    return Stores.list(directory).stream()
        .filter(each -> each.toString().endsWith(".log"))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  private static void commit(BrokerStore store, BiConsumer<BrokerStore, BrokerStore.Batch> changes)
      throws InterruptedException {
    BrokerStore.Batch batch = store.begin();
    changes.accept(store, batch);
    CountDownLatch done = new CountDownLatch(1);
    store.commit(batch, Runnable::run, done::countDown);
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  /** What a broker does, at random, within the rules of the ports. */
  private static final class Story {
    private final RandomGenerator random;
    private final Map<Long, TreeMap<Long, QueueStore.Entry>> queues = new HashMap<>();
    private long sessions;
    private long messages;
    private long sequence;

    Story(RandomGenerator random) {
      this.random = random;
    }

    BiConsumer<BrokerStore, BrokerStore.Batch> next() {
      int many = 1 + random.nextInt(3);
      BiConsumer<BrokerStore, BrokerStore.Batch> all = (_, _) -> {};
      for (int i = 0; i < many; i++) all = all.andThen(one());
      return all;
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> one() {
      if (queues.isEmpty()) return newSession();
      long session = List.copyOf(queues.keySet()).get(random.nextInt(queues.size()));
      return switch (random.nextInt(12)) {
        case 0 -> newSession();
        case 1 -> endSession(session);
        case 2 -> will(session);
        case 3 -> subscribe(session);
        case 4 -> inbound(session);
        case 5 -> retain();
        case 6, 7 -> advance(session);
        case 8, 9 -> remove(session);
        default -> publish();
      };
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> newSession() {
      long number = ++sessions;
      queues.put(number, new TreeMap<>());
      return (store, batch) -> store.sessions().put(batch, Stores.session(number, number));
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> endSession(long session) {
      queues.remove(session);
      return (store, batch) -> store.sessions().delete(batch, session);
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> will(long session) {
      WillStore.Stored will =
          new WillStore.Stored(Stores.message("will", "w" + ++messages), 1, 1, 1);
      return (store, batch) -> store.wills().put(batch, session, will);
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> subscribe(long session) {
      TopicFilter filter = filter("f/" + random.nextInt(3));
      if (random.nextInt(2) == 0) {
        return (store, batch) -> store.sessions().deleteSubscription(batch, session, filter);
      }
      SubscribeOptions options = SubscribeOptions.ofQos(random.nextInt(3));
      return (store, batch) -> store.sessions().putSubscription(batch, session, filter, options);
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> inbound(long session) {
      int id = 1 + random.nextInt(4);
      if (random.nextInt(2) == 0) {
        return (store, batch) -> store.sessions().deleteInboundId(batch, session, id);
      }
      return (store, batch) -> store.sessions().putInboundId(batch, session, id);
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> retain() {
      Message message = Stores.message("r/" + random.nextInt(4), "r" + ++messages);
      if (random.nextInt(3) == 0) {
        return (store, batch) -> store.retained().delete(batch, message.topic());
      }
      return (store, batch) -> store.retained().put(batch, message);
    }

    /** To one or several. */
    private BiConsumer<BrokerStore, BrokerStore.Batch> publish() {
      Message message = Stores.message("m", "m" + ++messages);
      List<Long> to = new ArrayList<>();
      long number = ++sequence;
      for (long session : queues.keySet()) {
        if (to.isEmpty() || random.nextInt(2) == 0) to.add(session);
      }
      QueueStore.Entry entry =
          new QueueStore.Entry(number, message, 2, false, new int[0], Stage.WAITING, 0);
      for (long session : to) queue(session).put(number, entry);
      return (store, batch) -> to.forEach(session -> store.queues().put(batch, session, entry));
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> advance(long session) {
      for (QueueStore.Entry entry : queue(session).values()) {
        if (entry.stage() == Stage.RELEASED) continue;
        Stage next = entry.stage() == Stage.WAITING ? Stage.SENT : Stage.RELEASED;
        int id = (int) (1 + entry.sequence());
        queue(session).put(entry.sequence(), entry.advanced(next, id));
        return (store, batch) ->
            store.queues().advance(batch, session, session, entry.sequence(), next, id);
      }
      return publish();
    }

    private BiConsumer<BrokerStore, BrokerStore.Batch> remove(long session) {
      Map.Entry<Long, QueueStore.Entry> first = queue(session).pollFirstEntry();
      if (first == null) return publish();
      QueueStore.Entry entry = first.getValue();
      return (store, batch) ->
          store
              .queues()
              .remove(batch, session, session, entry.sequence(), entry.stage(), entry.packetId());
    }

    private TreeMap<Long, QueueStore.Entry> queue(long session) {
      return queues.getOrDefault(session, new TreeMap<>());
    }

    private static TopicFilter filter(String text) {
      try {
        return TopicFilter.of(text, TopicLimits.DEFAULT);
      } catch (io.fairlead.mqtt.topic.BadTopicException impossible) {
        throw new AssertionError(impossible);
      }
    }
  }
}
