package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.BrokerStore.Condition;
import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** A store that is not the one that was left does not open; one that fails promises nothing. */
class RefusalsTest {
  @TempDir private Path dir;

  @Test
  void nothingIsWrittenBeforeThereIsSomethingToKeep() throws Exception {
    try (RocksDbStore store = Stores.at(store())) {
      store.open();
      AtomicBoolean done = new AtomicBoolean();
      store.commit(store.begin(), Runnable::run, () -> done.set(true));
      assertThat(done).isTrue();
    }
    assertThat(Stores.list(store()))
        .extracting(each -> each.getFileName().toString())
        .containsExactly("lock");
  }

  @Test
  void aSecondOwnerIsRefused() throws Exception {
    try (RocksDbStore first = Stores.at(store())) {
      first.open();
      refused("F2260");
    }
    try (RocksDbStore later = Stores.at(store())) {
      later.open();
    }
  }

  @Test
  void aDamagedRecordInTheLogIsRefusedAndATornEndIsNot() throws Exception {
    filled(20);
    Path log = only(".log");
    byte[] whole = Files.readAllBytes(log);
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    Files.write(log, flipped);
    Files.delete(store().resolve("floor"));
    refused("F2261");

    Files.write(log, java.util.Arrays.copyOf(whole, whole.length - 3));
    try (RocksDbStore store = Stores.at(store())) {
      store.open();
      assertThat(retained(store)).isEqualTo(19);
    }
  }

  /** It may have been acknowledged: whether its bytes were ever there nobody can say. */
  @Test
  void aLastRecordThatIsWholeInLengthOnlyIsRefusedAndSalvageLeavesItOut() throws Exception {
    filled(20);
    Path log = only(".log");
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length - 3] ^= 1;
    Files.write(log, bytes);
    Files.delete(store().resolve("floor"));
    refused("F2261");

    Path saved = dir.resolve("saved");
    StoreReport report = StoreSalvage.salvage(store(), saved, dir.resolve("scratch"));
    assertThat(report.sound()).isFalse();
    try (RocksDbStore store = Stores.at(saved)) {
      store.open();
      assertThat(retained(store)).isEqualTo(19);
    }
  }

  @Test
  void aLogThatEndsBeforeWhatWasForcedIsRefused() throws Exception {
    filled(20);
    Path log = only(".log");
    byte[] whole = Files.readAllBytes(log);
    Files.write(log, java.util.Arrays.copyOf(whole, whole.length / 2));
    refused("F2264");
  }

  @Test
  void aDatabaseWithoutItsBeginningIsRefused() throws Exception {
    filled(5);
    Files.delete(store().resolve("CURRENT"));
    refused("F2261");
    for (Path each : Stores.list(store())) {
      if (!each.endsWith("floor") && !each.endsWith("lock")) Files.delete(each);
    }
    refused("F2264");
  }

  @Test
  void anotherFormatIsRefused() throws Exception {
    filled(1);
    try (Database database = Database.open(store());
        org.rocksdb.WriteBatch batch = new org.rocksdb.WriteBatch()) {
      batch.put(database.handle(Family.META), "format".getBytes(), new byte[] {2});
      database.write(batch, true);
    }
    refused("F2262");
  }

  @Test
  void aDirectoryThatCannotBeUsedIsRefused() throws Exception {
    Files.writeString(store(), "a file");
    refused("F2263");
  }

  @Test
  void aClockFarBehindIsRefused() throws Exception {
    filled(1);
    ManualClock past = new ManualClock();
    past.jumpWallTo(java.time.Instant.EPOCH);
    try (RocksDbStore store = Stores.at(store(), Durability.FSYNC, past)) {
      assertThatThrownBy(store::open)
          .isInstanceOfSatisfying(
              StoreException.class, refused -> assertThat(refused.code().id()).isEqualTo("F2265"));
    }
  }

  @Test
  void afterAFailedWriteNothingCompletesAndNothingIsTriedAgain() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    AtomicInteger attempts = new AtomicInteger();
    RocksDbStore store =
        Stores.at(
            store(),
            disk ->
                new DiskAround(disk) {
                  @Override
                  public void write(boolean force) throws RocksDBException {
                    attempts.incrementAndGet();
                    if (broken.get()) throw new RocksDBException("IO error: fdatasync");
                    super.write(force);
                  }
                });
    store.open();
    put(store, 1);
    broken.set(true);
    int before = attempts.get();
    AtomicBoolean completed = new AtomicBoolean();
    for (int i = 0; i < 3; i++) {
      BrokerStore.Batch batch = store.begin();
      store.retained().put(batch, Stores.message("t/lost", "x"));
      store.commit(batch, Runnable::run, () -> completed.set(true));
      await().until(() -> store.condition() == Condition.FAILED);
    }
    assertThat(store.trouble().orElseThrow()).contains("fdatasync");
    store.close();
    assertThat(attempts.get()).isEqualTo(before + 1);
    assertThat(completed).isFalse();
    try (RocksDbStore again = Stores.at(store())) {
      again.open();
      assertThat(retained(again)).isEqualTo(1);
    }
  }

  @Test
  void onlyWhatSomebodyWaitsForIsForced() throws Exception {
    AtomicInteger forced = new AtomicInteger();
    AtomicInteger written = new AtomicInteger();
    try (RocksDbStore store =
        Stores.at(
            store(),
            disk ->
                new DiskAround(disk) {
                  @Override
                  public void write(boolean force) throws RocksDBException {
                    (force ? forced : written).incrementAndGet();
                    super.write(force);
                  }
                })) {
      store.open();
      BrokerStore.Batch batch = store.begin();
      store.retained().put(batch, Stores.message("a", "x"));
      store.commit(batch);
      await().atMost(Duration.ofSeconds(10)).until(() -> written.get() == 1);
      assertThat(forced).hasValue(0);
      put(store, 2);
      assertThat(forced).hasValue(1);
    }
  }

  private Path store() {
    return dir.resolve("store");
  }

  private void filled(int count) throws Exception {
    try (RocksDbStore store = Stores.at(store())) {
      store.open();
      for (int i = 0; i < count; i++) put(store, i);
    }
  }

  private static void put(BrokerStore store, int number) throws InterruptedException {
    BrokerStore.Batch batch = store.begin();
    store.retained().put(batch, Stores.message("t/" + number, "payload of a message"));
    CountDownLatch done = new CountDownLatch(1);
    store.commit(batch, Runnable::run, done::countDown);
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private static int retained(BrokerStore store) {
    AtomicInteger count = new AtomicInteger();
    store.retained().forEach(_ -> count.incrementAndGet());
    return count.get();
  }

  private Path only(String ending) throws IOException {
    return Stores.list(store()).stream()
        .filter(each -> each.toString().endsWith(ending))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  private void refused(String code) {
    try (RocksDbStore store = Stores.at(store())) {
      assertThatThrownBy(store::open)
          .isInstanceOfSatisfying(
              StoreException.class,
              refused -> assertThat(refused.code().id()).as(refused.getMessage()).isEqualTo(code));
    }
  }
}
