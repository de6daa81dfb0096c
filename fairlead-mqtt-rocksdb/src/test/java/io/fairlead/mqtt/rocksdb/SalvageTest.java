package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.StoreException;
import io.fairlead.mqtt.store.WillStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** What can be read of a damaged store is saved, and what is lost is told. */
class SalvageTest {
  private static final int SESSIONS = 40;
  private static final int EACH = 30;

  @TempDir private Path dir;

  @Test
  void aSoundStoreIsCopiedWhole() throws Exception {
    fill(store());
    assertThat(StoreSalvage.check(store(), scratch()).problems()).isEmpty();
    StoreReport report = StoreSalvage.salvage(store(), saved(), scratch());
    assertThat(report.sound()).as(report.toString()).isTrue();
    assertThat(report.kept())
        .containsEntry("session", (long) SESSIONS)
        .containsEntry("queue", (long) SESSIONS * EACH + 3);
    assertThat(dump(saved())).isEqualTo(dump(store())).contains("common");
  }

  @Test
  void aGarbledRecordInTheLogCostsThatRecordOnly() throws Exception {
    fill(store());
    Path log = last(".log");
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 1;
    Files.write(log, bytes);
    refused(store());

    StoreReport report = StoreSalvage.check(store(), scratch());
    assertThat(report.problems()).anySatisfy(each -> assertThat(each).contains("log is damaged"));
    assertThat(StoreSalvage.salvage(store(), saved(), scratch()).sound()).isFalse();
    assertThat(queued(saved())).isBetween(SESSIONS * EACH / 4, SESSIONS * EACH + 3);
    assertThat(Files.readAllBytes(log)).as("the old store is left alone").isEqualTo(bytes);
  }

  @Test
  void aLogThatIsTooShortIsToldByTheGroupsThatAreMissing() throws Exception {
    fill(store());
    Path log = last(".log");
    Files.write(log, Arrays.copyOf(Files.readAllBytes(log), (int) Files.size(log) / 2));
    refused(store());
    assertThat(StoreSalvage.salvage(store(), saved(), scratch()).problems())
        .anySatisfy(each -> assertThat(each).contains("was forced to disk"));
    assertThat(queued(saved())).isPositive();
  }

  /** Rows behind a damaged block are found again, to the last. */
  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.3, 0.8})
  void aGarbledBlockOfAFileCostsWhatStandsInIt(double where) throws Exception {
    fill(store());
    Path file = flushedQueue();
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) (bytes.length * where)] ^= 1;
    Files.write(file, bytes);

    StoreReport report = StoreSalvage.salvage(store(), saved(), scratch());
    assertThat(report.problems())
        .anySatisfy(each -> assertThat(each).contains("queue", "passed over"));
    int whole = SESSIONS * EACH + 3;
    assertThat(queued(saved())).isBetween(whole - 4 * EACH, whole - 1);
    assertThat(report.kept()).containsEntry("session", (long) SESSIONS);
  }

  @Test
  void rowsOfSessionsAndMessagesThatAreNotThereAreOfNoUse() throws Exception {
    fill(store());
    try (Database database = Database.open(store());
        WriteBatch batch = new WriteBatch()) {
      batch.put(database.handle(Family.SESSION), Rows.key(3), new byte[] {1, 2, 3});
      batch.put(database.handle(Family.RETAINED), new byte[] {'x'}, new byte[] {1});
      batch.put(
          database.handle(Family.QUEUE), Rows.key(4, 999), Rows.queued(1, false, new int[0], 77));
      database.write(batch, true);
    }
    refused(store());
    StoreReport report = StoreSalvage.salvage(store(), saved(), scratch());
    assertThat(report.lost())
        .containsEntry("session", 1L)
        .containsEntry("retained", 1L)
        .containsEntry("queue", EACH + 2L); // session 3 had a shared one, too
    assertThat(queued(saved())).isEqualTo(SESSIONS * EACH + 3 - EACH - 1);
  }

  @Test
  void aStoreWithoutItsBeginningIsReadByItsListOfFiles() throws Exception {
    fill(store());
    String whole = dump(store());
    Files.delete(store().resolve("CURRENT"));
    refused(store());
    StoreReport report = StoreSalvage.salvage(store(), saved(), scratch());
    assertThat(report.problems()).containsExactly("the file CURRENT is missing");
    assertThat(dump(saved())).isEqualTo(whole);
  }

  @Test
  void nothingIsWrittenOverAndNothingInUseIsRead() throws Exception {
    fill(store());
    Files.createDirectories(saved());
    Files.writeString(saved().resolve("mine"), "x");
    assertThatThrownBy(() -> StoreSalvage.salvage(store(), saved(), scratch()))
        .hasMessageContaining("not empty");
    try (RocksDbStore open = Stores.at(store())) {
      open.open();
      assertThatThrownBy(() -> StoreSalvage.check(store(), scratch()))
          .isInstanceOfSatisfying(
              StoreException.class, refused -> assertThat(refused.code().id()).isEqualTo("F2260"));
    }
    Files.delete(last("MANIFEST-\\d+"));
    assertThatThrownBy(() -> StoreSalvage.check(store(), scratch()))
        .isInstanceOfSatisfying(
            StoreException.class, refused -> assertThat(refused.code().id()).isEqualTo("F2261"));
  }

  private static void fill(Path directory) throws Exception {
    TopicFilter group = TopicFilter.of("$share/g/a", TopicLimits.DEFAULT);
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      commit(store, (to, batch) -> to.retained().put(batch, Stores.message("kept", "kept")));
      commit(store, (to, batch) -> to.groups().put(batch, new GroupStore.Stored(1000, group)));
      for (int i = 1; i <= SESSIONS; i++) {
        int number = i;
        commit(
            store,
            (to, batch) -> {
              to.sessions().put(batch, Stores.session(number, 1));
              to.sessions()
                  .putSubscription(batch, number, filter("f/" + number), SubscribeOptions.ofQos(1));
              to.wills()
                  .put(batch, number, new WillStore.Stored(Stores.message("w", "w"), 1, 1, 1));
              for (int j = 1; j <= EACH; j++)
                put(to, batch, number, j, Stores.message("t", "x".repeat(200)));
              to.queues().advance(batch, number, number, 1, Stage.SENT, 7);
            });
      }
      Message common = Stores.message("common", "common");
      commit(
          store,
          (to, batch) -> {
            for (int number = 1; number <= 3; number++) put(to, batch, number, EACH + 1, common);
          });
    }
  }

  private static void put(
      BrokerStore store, BrokerStore.Batch batch, long session, long sequence, Message message) {
    store
        .queues()
        .put(
            batch,
            session,
            new QueueStore.Entry(sequence, message, 1, false, new int[0], Stage.WAITING, 0));
  }

  private static TopicFilter filter(String text) {
    try {
      return TopicFilter.of(text, TopicLimits.DEFAULT);
    } catch (io.fairlead.mqtt.topic.BadTopicException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /** The file that holds the queues, the log being written out. */
  private Path flushedQueue() throws StoreException, RocksDBException, IOException {
    List<Path> before = sst();
    try (Database database = Database.open(store())) {
      database.flush(Family.QUEUE);
    }
    List<Path> after = new ArrayList<>(sst());
    after.removeAll(before);
    return after.stream()
        .max(java.util.Comparator.comparingLong(each -> each.toFile().length()))
        .orElseThrow();
  }

  private List<Path> sst() throws IOException {
    return Stores.list(store()).stream().filter(each -> each.toString().endsWith(".sst")).toList();
  }

  private static void commit(BrokerStore store, BiConsumer<BrokerStore, BrokerStore.Batch> changes)
      throws InterruptedException {
    BrokerStore.Batch batch = store.begin();
    changes.accept(store, batch);
    CountDownLatch done = new CountDownLatch(1);
    store.commit(batch, Runnable::run, done::countDown);
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static String dump(Path directory) throws Exception {
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      return Stores.dump(store);
    }
  }

  /** It opens, and so much waits in it. */
  private static int queued(Path directory) throws Exception {
    try (RocksDbStore store = Stores.at(directory)) {
      store.open();
      return store.rows(Family.QUEUE);
    }
  }

  private static void refused(Path directory) {
    try (RocksDbStore store = Stores.at(directory)) {
      assertThatThrownBy(store::open).isInstanceOf(StoreException.class);
    }
  }

  private Path last(String ending) throws IOException {
    return Stores.list(store()).stream()
        .filter(each -> each.getFileName().toString().matches(".*" + ending))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  private Path store() {
    return dir.resolve("store");
  }

  private Path saved() {
    return dir.resolve("saved");
  }

  @Test
  void aPacketIdThatAClientMayHoldIsNoDamageAndIsKept() throws Exception {
    try (RocksDbStore store = Stores.at(store())) {
      store.open();
      GroupStore.Stored group = new GroupStore.Stored(1000, filter("$share/g/t"));
      commit(store, (to, batch) -> to.groups().put(batch, group));
      commit(store, (to, batch) -> to.sessions().put(batch, Stores.session(1, 1)));
      commit(store, (to, batch) -> put(to, batch, 1000, 1, Stores.message("t", "x")));
      commit(store, (to, batch) -> to.queues().advance(batch, 1, 1000, 1, Stage.SENT, 7));
      commit(store, (to, batch) -> to.groups().delete(batch, 1000));
    }
    assertThat(StoreSalvage.check(store(), scratch()).problems()).isEmpty();
    assertThat(StoreSalvage.salvage(store(), saved(), scratch()).sound()).isTrue();
    try (RocksDbStore store = Stores.at(saved())) {
      store.open();
      assertThat(store.queues().loans(1).ended())
          .containsExactly(new QueueStore.Ended(Stage.SENT, 7));
    }
  }

  private Path scratch() throws IOException {
    return Files.createTempDirectory(dir, "scratch");
  }
}
