package io.fairlead.core.watch;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The latest value of something, for those who read it. Observers get the newest value and may miss
 * the ones between; they are called on their own executor. One writer ({@link WatchValue}), any
 * number of readers.
 */
public interface Watch<T> {
  /** The latest value; never blocks. */
  T current();

  /**
   * Calls {@code observer} with the current value and then after changes, one call at a time.
   *
   * @return closing it ends the observation
   */
  Observation observe(Executor executor, Consumer<? super T> observer);

  /** A running observation. */
  interface Observation extends AutoCloseable {
    @Override
    void close();
  }

  /** A watch whose value never changes. */
  static <T> Watch<T> of(T value) {
    return new WatchValue<>(value);
  }
}
