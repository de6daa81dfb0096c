package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a group waits for more commits. The clock of the writing thread stands. */
class LingerTest {
  private static final Duration LINGER = Duration.ofMillis(5);
  private static final byte[] BYTES = new byte[200];

  /** Counts. */
  private static final class Memory implements Committer.Disk {
    final List<Integer> groups = new CopyOnWriteArrayList<>(); // rows of each
    private int rows;

    @Override
    public void put(Family family, byte[] key, byte[] value) {
      rows++;
    }

    @Override
    public void delete(Family family, byte[] key) {}

    @Override
    public void singleDelete(Family family, byte[] key) {}

    @Override
    public void deleteAll(Family family, long number) {}

    @Override
    public int count() {
      return rows;
    }

    @Override
    public void write(boolean force) {
      groups.add(rows - 1); // without the counters
      rows = 0;
    }

    @Override
    public void force() {}

    @Override
    public void sweep() {}

    @Override
    public void close() {}
  }

  @TempDir private Path dir;
  private final ManualClock clock = new ManualClock();
  private final Pace pace = new Pace();
  private final Memory disk = new Memory();
  private final AtomicInteger done = new AtomicInteger();

  private Committer committer() {
    Committer committer =
        new Committer(
            new Committer.Ground(
                new Ledger(),
                new Counters(),
                new Marks(dir.resolve("floor")),
                new Marks(dir.resolve("clock")),
                Durability.FSYNC,
                pace,
                Long.MAX_VALUE),
            disk,
            () -> disk,
            () -> true,
            clock,
            new StoreMeters(
                new Meters(new SimpleMeterRegistry()), () -> 0, () -> 0, () -> false, _ -> 0));
    committer.start();
    return committer;
  }

  private void commit(Committer to, byte[] value) {
    Changes changes = new Changes();
    changes.add(new Change.Retain(new byte[] {1}, value));
    changes.seal(() -> 1);
    to.submit(changes, Runnable::run, done::incrementAndGet);
  }

  private void doneBy(int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> done.get() == count);
  }

  @Test
  void commitsWithinItsTimeAreOneGroup() {
    pace.linger(LINGER);
    try (Committer committer = committer()) {
      for (int i = 0; i < 10; i++) commit(committer, BYTES);
      clock.advance(LINGER.minusNanos(1));
      for (int i = 0; i < 10; i++) commit(committer, BYTES);
      assertThat(disk.groups).isEmpty();
      clock.advance(Duration.ofNanos(1));
      doneBy(20);
      assertThat(disk.groups).containsExactly(20);
    }
  }

  @Test
  void aGroupThatIsFullIsWrittenAtOnce() {
    pace.linger(LINGER);
    try (Committer committer = committer()) {
      commit(committer, BYTES);
      commit(committer, new byte[(int) Pace.ENOUGH_BYTES]);
      doneBy(2);
      assertThat(disk.groups).containsExactly(2);
    }
  }

  @Test
  void whatWaitsIsWrittenWhenTheStoreIsClosed() {
    pace.linger(LINGER);
    try (Committer committer = committer()) {
      commit(committer, BYTES);
    }
    assertThat(done).hasValue(1);
    assertThat(disk.groups).containsExactly(1);
  }

  @Test
  void withoutItNothingIsWaitedFor() {
    try (Committer committer = committer()) {
      for (int i = 1; i <= 10; i++) {
        commit(committer, BYTES);
        doneBy(i);
      }
      assertThat(disk.groups).hasSize(10);
    }
  }

  @Test
  void theTimeBeginsWithTheFirstCommit() {
    pace.linger(Duration.ofNanos(100));
    assertThat(pace.leftNanos(40, 0, 40)).isEqualTo(100);
    assertThat(pace.leftNanos(40, 0, 139)).isEqualTo(1);
    assertThat(pace.leftNanos(40, 0, 140)).isZero();
    assertThat(pace.leftNanos(40, 0, 9000)).isZero();
    assertThat(pace.leftNanos(Long.MAX_VALUE, 0, Long.MIN_VALUE)).as("nanos wrap").isEqualTo(99);
    assertThat(pace.leftNanos(40, Pace.ENOUGH_BYTES, 40)).isZero();
    pace.linger(Duration.ZERO);
    assertThat(pace.leftNanos(40, 0, 40)).isZero();
    assertThatThrownBy(() -> pace.linger(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
