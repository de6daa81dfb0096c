package io.fairlead.mqtt.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Everything the broker remembers beyond a connection. Ports are read at the start; they are
 * written by batches.
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

  /** How far it can be relied upon now. */
  enum Condition {
    SOUND,
    /** What must be kept is to be refused; what is there is safe and may be removed. */
    FULL,
    /** Nothing is kept any more and no commit completes; only a new start mends it. */
    FAILED
  }

  /**
   * Reads what was kept; before anything else. Once, and again after {@link #close}. Blocks.
   *
   * @throws StoreException it cannot be had, or holds less than was promised
   */
  void open() throws StoreException;

  SessionStore sessions();

  QueueStore queues();

  GroupStore groups();

  RetainedStore retained();

  WillStore wills();

  Batch begin();

  /**
   * Makes the changes, all or none, after those of earlier commits.
   *
   * @param executor where {@code committed} runs; an implementation that is done at once may call
   *     it before this method returns, if the caller is on that executor's thread. A batch without
   *     changes is done at once
   * @param committed once the changes are as safe as the store promises; never, if it fails
   */
  void commit(Batch batch, Executor executor, Runnable committed);

  /**
   * Makes the changes likewise, but nobody waits: they are safe with the next commit that somebody
   * waits for, and may be lost until then.
   */
  void commit(Batch batch);

  /**
   * How long a commit may wait for others, so that one forced write serves more of them; from now
   * on. A store that forces nothing has nothing to wait for. Any thread.
   *
   * @param most zero: it does not wait
   */
  default void linger(Duration most) {}

  /** Whether it is given more than it writes; who publishes should pause. Any thread. */
  boolean congested();

  /** Any thread. */
  Condition condition();

  /** What is wrong, in words for the operator, if something is. Any thread. */
  Optional<String> trouble();

  /** Ends it; what was committed is kept as far as the store promises. Idempotent. */
  @Override
  void close();
}
