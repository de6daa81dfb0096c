package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** What of a group gets to the disk, and in which order. */
class GroupRowsTest {
  private static final byte[] KEY = Rows.key(1, 7);
  private static final byte[] OTHER = Rows.key(1, 8);

  @TempDir private Path dir;
  private final List<String> disk = new ArrayList<>();
  private final GroupRows rows = new GroupRows(new Told(disk));

  @Test
  void whatIsPutAndRemovedWithinTheGroupNeverGetsThere() throws Exception {
    rows.put(Family.QUEUE, KEY.clone(), new byte[1]);
    rows.put(Family.QUEUE, OTHER, new byte[1]);
    rows.put(Family.MSG, KEY, new byte[1]);
    rows.singleDelete(Family.QUEUE, KEY.clone());
    rows.end();
    assertThat(disk).containsExactly("put QUEUE 8", "put MSG 7");
  }

  @Test
  void whatWasPutBeforeIsRemovedAndAKeyMayBeUsedAgain() throws Exception {
    rows.singleDelete(Family.INFLIGHT, KEY);
    rows.put(Family.INFLIGHT, KEY, new byte[1]);
    rows.singleDelete(Family.INFLIGHT, KEY);
    rows.put(Family.INFLIGHT, KEY, new byte[1]);
    rows.end();
    rows.singleDelete(Family.INFLIGHT, KEY);
    rows.end();
    assertThat(disk).containsExactly("delete INFLIGHT 7", "put INFLIGHT 7", "delete INFLIGHT 7");
  }

  @Test
  void aSessionThatEndsTakesWhatWasHeldBackWithIt() throws Exception {
    rows.put(Family.QUEUE, KEY, new byte[1]);
    rows.deleteAll(Family.QUEUE, 1);
    rows.put(Family.WILL, KEY, new byte[1]);
    rows.put(Family.QUEUE, OTHER, new byte[1]);
    rows.end();
    assertThat(disk).containsExactly("put QUEUE 7", "delete all 1", "put WILL 7", "put QUEUE 8");
  }

  /** One forced group: it was acknowledged by its reader before it was written. */
  @Test
  void aMessageThatIsDoneWithBeforeItsGroupIsWrittenIsAcknowledgedAndNotKept() throws Exception {
    try (RocksDbStore store = Stores.at(dir, below -> new Noting(below, disk))) {
      store.open();
      BrokerStore.Batch batch = store.begin();
      store.sessions().put(batch, Stores.session(1, Long.MAX_VALUE / 2));
      for (long sequence = 1; sequence <= 2; sequence++) {
        store.queues().put(batch, 1, entry(sequence));
        store.queues().advance(batch, 1, 1, sequence, Stage.SENT, (int) sequence);
      }
      store.queues().remove(batch, 1, 1, 1, Stage.SENT, 1);
      commit(store, batch);
      assertThat(store.queues().read(1)).extracting(QueueStore.Entry::sequence).containsExactly(2L);
      assertThat(disk)
          .filteredOn(row -> row.startsWith("put QUEUE"))
          .containsExactly("put QUEUE 2");
      assertThat(disk).filteredOn(row -> row.startsWith("put INFLIGHT")).hasSize(1);
      assertThat(disk).noneMatch(row -> row.startsWith("delete"));
      disk.clear();
      batch = store.begin();
      store.queues().remove(batch, 1, 1, 2, Stage.SENT, 2);
      commit(store, batch);
      assertThat(disk).contains("delete QUEUE 2");
    }
    try (RocksDbStore store = Stores.at(dir)) {
      store.open();
      assertThat(store.queues().read(1)).isEmpty();
      assertThat(store.rows(Family.QUEUE)).isZero();
      assertThat(store.rows(Family.INFLIGHT)).isZero();
    }
  }

  private static QueueStore.Entry entry(long sequence) {
    return new QueueStore.Entry(
        sequence, Stores.message("t", "x"), 1, false, new int[0], Stage.WAITING, 0);
  }

  private static void commit(RocksDbStore store, BrokerStore.Batch batch)
      throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    store.commit(batch, Runnable::run, done::countDown);
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private static String told(String what, Family family, byte[] key) {
    return what + " " + family + (key.length == 16 ? " " + Rows.second(key) : "");
  }

  /** Tells what comes and forgets it. */
  private record Told(List<String> lines) implements Ledger.Sink {
    @Override
    public void put(Family family, byte[] key, byte[] value) {
      lines.add(told("put", family, key));
    }

    @Override
    public void delete(Family family, byte[] key) {
      lines.add(told("plain delete", family, key));
    }

    @Override
    public void singleDelete(Family family, byte[] key) {
      lines.add(told("delete", family, key));
    }

    @Override
    public void deleteAll(Family family, long number) {
      lines.add("delete all " + number);
    }
  }

  /** Tells what comes, and does it. */
  private static final class Noting extends DiskAround {
    private final Told told;

    Noting(Committer.Disk below, List<String> lines) {
      super(below);
      told = new Told(lines);
    }

    @Override
    public void put(Family family, byte[] key, byte[] value) throws RocksDBException {
      told.put(family, key, value);
      super.put(family, key, value);
    }

    @Override
    public void singleDelete(Family family, byte[] key) throws RocksDBException {
      told.singleDelete(family, key);
      super.singleDelete(family, key);
    }
  }
}
