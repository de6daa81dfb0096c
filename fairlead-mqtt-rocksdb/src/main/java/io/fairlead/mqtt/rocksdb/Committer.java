package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.store.BrokerStore.Condition;
import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes everything that waits, writes it as one batch, forces it if
 * somebody waits for it, and hands the completions back as one task for each executor; the next
 * group forms meanwhile.
 *
 * <pre>
 * SOUND --little room on the disk--> FULL    (commits go on: they remove, too)
 * FULL  --rows were removed-->       FULL    (their room is asked back from the database)
 * FULL  --room again-->              SOUND
 * any   --a write failed-->          FAILED  (nothing completes any more; never tried again)
 * </pre>
 *
 * <p>What waits is bounded by those who publish: they pause at {@value #CONGESTED_BYTES} bytes and
 * are refused at {@value #FULL_BYTES}.
 */
final class Committer implements AutoCloseable {
  static final long CONGESTED_BYTES = 64L << 20;
  static final long FULL_BYTES = 256L << 20;

  private static final Logger log = LoggerFactory.getLogger(Committer.class);
  private static final String ROOM = "make room, or lower mqtt.persistence.min_free";
  private static final String FIX = "mend the disk and start again";
  private static final int GROUP_CHANGES_MAX = 20_000;
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final long SWEEP_NANOS = 5 * LOOK_NANOS;

  /** What happens to the rows of one group. Replaced by tests of failing disks. */
  interface Disk extends Ledger.Sink, AutoCloseable {
    /** Makes the rows put since the last call, all or none. */
    void write(boolean force) throws RocksDBException;

    /** Forces everything written so far. */
    void force() throws RocksDBException;

    /** Rows put since the last write. */
    int count();

    /** Begins to give back the room of what was removed; returns at once. */
    void sweep();

    @Override
    void close();
  }

  /** Makes the disk when the first change comes. */
  interface DiskOpening {
    Disk open() throws StoreException;
  }

  /** Whether there is room on the disk. */
  interface Room {
    boolean enough() throws IOException;

    /** Bytes written after which it is to be asked again, before its time has come. */
    default long pace() {
      return Long.MAX_VALUE;
    }
  }

  private record Commit(
      Changes changes, int bytes, long sinceNanos, Executor executor, @Nullable Runnable done) {}

  private final Queue<Commit> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final DiskOpening opening;
  private final Ledger ledger;
  private final Counters counters;
  private final Marks floor;
  private final Marks written; // when
  private final Durability durability;
  private final Pace pace;
  private final long groupBytesMax;
  private final Room room;
  private final Clock clock;
  private final StoreMeters meters;
  private final Thread thread;
  private final Map<Executor, List<Runnable>> completions = new IdentityHashMap<>();
  private @Nullable Disk disk; // the writing thread's
  private long forcedGroup;
  private long markedGroup;
  private long lookedNanos;
  private long unseenBytes; // written since
  private long sweptNanos;
  private boolean changed; // since
  private volatile Condition condition = Condition.SOUND;
  private volatile String trouble = "";
  private volatile boolean asleep;
  private volatile boolean lingering;
  private volatile boolean closing;

  /**
   * What a committer stands on.
   *
   * @param floor gets the number of the last group forced
   * @param written gets the time of it
   * @param groupBytesMax of changes that are written as one; a larger one goes alone
   */
  record Ground(
      Ledger ledger,
      Counters counters,
      Marks floor,
      Marks written,
      Durability how,
      Pace pace,
      long groupBytesMax) {}

  Committer(
      Ground ground,
      @Nullable Disk disk,
      DiskOpening opening,
      Room room,
      Clock clock,
      StoreMeters meters) {
    this.ledger = ground.ledger();
    this.counters = ground.counters();
    this.floor = ground.floor();
    this.written = ground.written();
    this.durability = ground.how();
    this.pace = ground.pace();
    this.groupBytesMax = ground.groupBytesMax();
    this.disk = disk;
    this.opening = opening;
    this.room = room;
    this.clock = clock;
    this.meters = meters;
    this.forcedGroup = counters.group();
    this.thread = Thread.ofPlatform().name("mqtt-store").daemon(true).unstarted(this::run);
  }

  void start() {
    lookedNanos = clock.nanos() - LOOK_NANOS;
    sweptNanos = clock.nanos() - SWEEP_NANOS;
    thread.start();
  }

  /**
   * Takes a sealed batch; an empty one completes behind those before it. Any thread.
   *
   * @param done null: nobody waits
   */
  void submit(Changes changes, Executor executor, @Nullable Runnable done) {
    int bytes = changes.bytes();
    long all = queuedBytes.addAndGet(bytes);
    queue.add(new Commit(changes, bytes, clock.nanos(), executor, done));
    if (asleep || lingering && all >= Pace.ENOUGH_BYTES) LockSupport.unpark(thread);
  }

  long queuedBytes() {
    return queuedBytes.get();
  }

  boolean congested() {
    return queuedBytes.get() > CONGESTED_BYTES && condition != Condition.FAILED;
  }

  Condition condition() {
    Condition now = condition;
    return now == Condition.SOUND && queuedBytes.get() > FULL_BYTES ? Condition.FULL : now;
  }

  String trouble() {
    return trouble;
  }

  /** Something that was written cannot be read. Any thread. */
  void cannotRead(RuntimeException why) {
    fail(String.valueOf(why.getMessage()), why);
  }

  /** Writes what waits, forces it and ends the thread. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true; // what was acknowledged is written before we go
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  private void run() {
    List<Commit> group = new ArrayList<>();
    try {
      while (true) {
        boolean last = closing; // read before the queue: what came before it is written
        linger();
        collect(group);
        if (!group.isEmpty()) {
          make(group);
          group.clear();
        } else if (last) {
          break;
        } else {
          rest();
        }
        if (clock.nanos() - lookedNanos >= LOOK_NANOS) look();
        else if (unseenBytes >= room.pace()) lookForRoom();
      }
      finish();
    } catch (RuntimeException | Error bug) {
      fail("internal error: " + bug, bug);
      throw bug;
    } finally {
      Disk open = disk;
      if (open != null) open.close();
      floor.close();
      written.close();
    }
  }

  /** For others to come, if one waits. */
  private void linger() {
    Commit first = queue.peek();
    if (first == null) return;
    lingering = true;
    while (!closing && condition != Condition.FAILED) {
      long left = pace.leftNanos(first.sinceNanos(), queuedBytes.get(), clock.nanos());
      if (left == 0) break;
      LockSupport.parkNanos(this, left);
    }
    lingering = false;
  }

  private void collect(List<Commit> group) {
    int changes = 0;
    long bytes = 0;
    while (changes < GROUP_CHANGES_MAX && bytes < groupBytesMax) {
      Commit next = queue.poll();
      if (next == null) break;
      group.add(next);
      changes += next.changes().list().size();
      bytes += next.bytes();
    }
    if (bytes > 0) queuedBytes.addAndGet(-bytes);
    unseenBytes += bytes;
  }

  private void rest() {
    asleep = true;
    if (queue.isEmpty() && !closing) LockSupport.parkNanos(this, LOOK_NANOS);
    asleep = false;
  }

  private void make(List<Commit> group) {
    if (condition == Condition.FAILED) return;
    long began = clock.nanos();
    boolean awaited = false;
    int changes = 0;
    boolean force;
    try {
      Disk open = disk;
      if (open == null) {
        open = opening.open();
        disk = open;
      }
      GroupRows rows = new GroupRows(open);
      for (int i = 0; i < group.size(); i++) {
        Commit commit = group.get(i);
        List<Change> list = commit.changes().list();
        awaited |= commit.done() != null && !list.isEmpty();
        changes += list.size();
        for (int j = 0; j < list.size(); j++) ledger.apply(list.get(j), rows);
      }
      rows.end();
      force = awaited && durability == Durability.FSYNC;
      changed |= open.count() > 0;
      if (open.count() > 0 || force) {
        long number = counters.nextGroup();
        open.put(Family.META, Counters.KEY, counters.row());
        open.write(force);
        if (force) forcedGroup = number;
      }
    } catch (RocksDBException | StoreException failure) {
      fail(String.valueOf(failure.getMessage()), failure);
      return;
    }
    long now = clock.nanos();
    long longest = awaited ? now - group.getFirst().sinceNanos() : 0;
    meters.written(changes, force, now - began, longest);
    complete(group);
  }

  private void complete(List<Commit> group) {
    for (int i = 0; i < group.size(); i++) {
      Commit commit = group.get(i);
      if (commit.done() == null) continue;
      completions.computeIfAbsent(commit.executor(), _ -> new ArrayList<>()).add(commit.done());
    }
    completions.forEach(Committer::hand);
    completions.clear();
  }

  private static void hand(Executor executor, List<Runnable> done) {
    try {
      executor.execute(
          () -> {
            for (int i = 0; i < done.size(); i++) done.get(i).run();
          });
    } catch (RejectedExecutionException _) {
      // Its thread is gone, and with it whoever waited.
    }
  }

  /** Once a second. */
  private void look() {
    lookedNanos = clock.nanos();
    mark();
    lookForRoom();
  }

  private void lookForRoom() {
    unseenBytes = 0;
    try {
      boolean enough = room.enough();
      if (condition == Condition.SOUND && !enough) {
        trouble =
            "the disk of the MQTT store is full: messages that must be kept are refused; " + ROOM;
        condition = Condition.FULL;
        log.atWarn().addKeyValue("fix", ROOM).log("disk of the mqtt store is nearly full");
      } else if (condition == Condition.FULL && enough) {
        condition = Condition.SOUND;
        trouble = "";
        log.atInfo().log("disk of the mqtt store has room again");
      }
      if (condition == Condition.FULL) sweep();
    } catch (IOException failure) {
      log.atDebug().setCause(failure).log("free disk space is unknown");
    }
  }

  private void sweep() {
    Disk open = disk;
    if (open == null || !changed || lookedNanos - sweptNanos < SWEEP_NANOS) return;
    changed = false;
    sweptNanos = lookedNanos;
    open.sweep();
  }

  private void mark() {
    if (forcedGroup == markedGroup || condition == Condition.FAILED) return;
    try {
      floor.write(forcedGroup);
      written.write(clock.wall().toEpochMilli());
      markedGroup = forcedGroup;
    } catch (IOException failure) {
      log.atDebug().setCause(failure).log("mark of the mqtt store not written");
    }
  }

  private void finish() {
    Disk open = disk;
    if (open == null || condition == Condition.FAILED) return;
    try {
      open.force();
      forcedGroup = counters.group();
      mark();
    } catch (RocksDBException failure) {
      fail(String.valueOf(failure.getMessage()), failure);
    }
  }

  private synchronized void fail(String why, Throwable cause) {
    if (condition == Condition.FAILED) return;
    trouble = "the MQTT store failed (" + why + "): nothing is acknowledged any more; " + FIX;
    condition = Condition.FAILED;
    log.atError()
        .addKeyValue("why", why)
        .addKeyValue("fix", FIX)
        .setCause(cause)
        .log("mqtt store failed");
  }
}
