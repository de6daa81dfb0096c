package io.fairlead.mqtt.store;

import java.util.concurrent.Executor;

/**
 * Everything the broker remembers beyond a connection. Ports are read at the start and by sessions
 * that come back; they are written by batches.
 *
 * <p>Thread-safe: any event loop begins and commits batches; each batch has one owner.
 */
public interface BrokerStore extends AutoCloseable {
  /**
   * Changes that belong together. Made by {@link #begin}, confined to its maker until committed.
   */
  interface Batch {
    /** Whether nothing was put into it. */
    boolean isEmpty();
  }

  SessionStore sessions();

  QueueStore queues();

  RetainedStore retained();

  WillStore wills();

  Batch begin();

  /**
   * Makes the changes, all or none, after those of earlier commits.
   *
   * @param executor where {@code committed} runs; an implementation that is done at once may call
   *     it before this method returns, if the caller is on that executor's thread
   * @param committed once the changes are as safe as the store promises
   */
  void commit(Batch batch, Executor executor, Runnable committed);

  /** Ends it; what was committed is kept as far as the store promises. Idempotent. */
  @Override
  void close();
}
