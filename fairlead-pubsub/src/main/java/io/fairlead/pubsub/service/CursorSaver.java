package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.CursorStore;
import io.fairlead.pubsub.log.Cursor;
import io.fairlead.pubsub.log.CursorCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the newest checkpoint that a consumer reached, at most once a second. A failure to save is
 * told and tried again with the next checkpoint: the consumer then repeats, it does not lose.
 * Thread-safe.
 */
final class CursorSaver {
  private static final Logger log = LoggerFactory.getLogger(CursorSaver.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final CursorStore store;
  private final CursorStore.Key key;
  private final Clock clock;
  private final Timers timers;
  private final Executor loop;
  private final Executor writers;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Cursor newest; // guarded by lock
  private boolean scheduled; // guarded by lock
  private long savedNanos; // guarded by lock

  /**
   * @param timers of the loop
   * @param writers runs what may block
   */
  CursorSaver(
      CursorStore store,
      CursorStore.Key key,
      Clock clock,
      Timers timers,
      Executor loop,
      Executor writers) {
    this.store = store;
    this.key = key;
    this.clock = clock;
    this.timers = timers;
    this.loop = loop;
    this.writers = writers;
    this.savedNanos = clock.nanos() - PAUSE.toNanos();
  }

  /** The consumer has everything up to here. */
  void reached(Cursor cursor) {
    Duration wait;
    lock.lock();
    try {
      newest = cursor;
      if (scheduled) return;
      scheduled = true;
      wait = PAUSE.minusNanos(clock.nanos() - savedNanos);
    } finally {
      lock.unlock();
    }
    loop.execute(() -> timers.after(wait, () -> writers.execute(this::save)));
  }

  /** Saves what is left, in the calling thread. */
  void finish() {
    save();
    store.finished(key);
  }

  private void save() {
    writing.lock();
    try {
      Cursor cursor;
      lock.lock();
      try {
        cursor = newest;
        newest = null;
        scheduled = false;
        savedNanos = clock.nanos();
      } finally {
        lock.unlock();
      }
      if (cursor != null) store.save(key, CursorCodec.encode(cursor));
    } catch (IOException failure) {
      log.atWarn()
          .addKeyValue("chain", key.chainId())
          .addKeyValue("reason", failure.getMessage())
          .log("cursor not saved");
    } finally {
      writing.unlock();
    }
  }
}
