package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.QueueStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

class RocksDbStoreTest extends BrokerStoreContract {
  @TempDir private Path dir;

  @Override
  protected BrokerStore make() {
    return Stores.at(dir.resolve("store"));
  }

  @Override
  protected BrokerStore again(BrokerStore before) throws Exception {
    before.close();
    BrokerStore next = make();
    next.open();
    return next;
  }

  @Override
  protected int sharedMessages(BrokerStore of) {
    return ((RocksDbStore) of).rows(Family.MSG);
  }

  @Test
  void whatIsOnItsWayToTheDiskIsWaitedForByWhoReadsIt() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch mayWrite = new CountDownLatch(1);
    try (RocksDbStore store =
        Stores.at(
            dir.resolve("slow"),
            disk ->
                new DiskAround(disk) {
                  @Override
                  public void write(boolean force) throws RocksDBException {
                    writing.countDown();
                    try {
                      mayWrite.await();
                    } catch (InterruptedException stopped) {
                      throw new IllegalStateException(stopped);
                    }
                    super.write(force);
                  }
                })) {
      store.open();
      BrokerStore.Batch batch = store.begin();
      store.sessions().put(batch, session(1));
      for (long i = 1; i <= 3; i++) store.queues().put(batch, 1, entry(i));
      store.commit(batch);
      assertThat(writing.await(30, TimeUnit.SECONDS)).isTrue();
      BlockingQueue<Runnable> home = new LinkedBlockingQueue<>();
      List<Long> found = new ArrayList<>();
      CountDownLatch answered = new CountDownLatch(1);
      store
          .queues()
          .fetch(
              1,
              new long[] {1, 2, 3, 4},
              home::add,
              entries -> {
                for (QueueStore.Entry each : entries) found.add(each.sequence());
                answered.countDown();
              });
      next(home).run(); // the first look: nothing is there yet
      assertThat(home).isEmpty();
      assertThat(answered.getCount()).isOne();
      mayWrite.countDown();
      while (answered.getCount() > 0) next(home).run();
      assertThat(found).containsExactly(1L, 2L, 3L);
    }
  }

  private static Runnable next(BlockingQueue<Runnable> home) throws InterruptedException {
    Runnable next = home.poll(30, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }
}
