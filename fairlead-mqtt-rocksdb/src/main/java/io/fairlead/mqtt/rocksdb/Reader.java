package io.fairlead.mqtt.rocksdb;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads what event loops ask for, away from them. What waits is bounded by who asks: each session
 * has one question at a time. Thread-safe.
 */
final class Reader implements AutoCloseable {
  private static final int THREADS = 2;

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().name("mqtt-store-read-", 1).daemon(true).factory());
  private final Consumer<RuntimeException> broken;

  /**
   * @param broken told what cannot be read
   */
  Reader(Consumer<RuntimeException> broken) {
    this.broken = broken;
  }

  <T> void read(Supplier<T> reading, Executor executor, Consumer<T> then) {
    try {
      threads.execute(
          () -> {
            try {
              T found = reading.get();
              executor.execute(() -> then.accept(found));
            } catch (RejectedExecutionException | IllegalStateException _) {
              // The event loop or the store is gone, and with it whoever asked.
            } catch (RuntimeException unreadable) {
              broken.accept(unreadable);
            }
          });
    } catch (RejectedExecutionException _) {
      // Likewise.
    }
  }

  /** Nothing is read any more; what is under way ends by itself. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
