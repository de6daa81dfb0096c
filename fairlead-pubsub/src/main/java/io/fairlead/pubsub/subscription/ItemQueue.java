package io.fairlead.pubsub.subscription;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.U256;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of one listener. One thread offers; any number take, and each item goes to one
 * of them. A full queue does as its policy says; {@link LagPolicy#REFILL} refuses what does not fit
 * and leaves it to the owner to ask again.
 *
 * @param <T> items
 */
public final class ItemQueue<T> {
  /** What became of an item. */
  public enum Offer {
    TAKEN,
    /** It was taken, and the queue is full now: nothing more should be read. */
    FULL,
    /** It was taken, an older one was dropped. */
    DROPPED_OLDEST,
    /** It was not taken. */
    REFUSED
  }

  private final U256 localId;
  private final int itemsMax;
  private final int bytesMax;
  private final ToIntFunction<? super T> weight;
  private final LagPolicy policy;
  private final Runnable roomAgain;
  private final Executor wakes;
  private final Runnable wake = this::wake;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<T> items = new ArrayDeque<>(); // guarded by lock
  private final ArrayDeque<CompletableFuture<T>> takers = new ArrayDeque<>(); // guarded by lock
  private long bytes; // guarded by lock
  private long missed; // guarded by lock
  private int waiting; // guarded by lock
  private boolean waking; // guarded by lock; wake is on its way
  private boolean full; // guarded by lock; until a quarter is left
  private @Nullable EndReason end; // guarded by lock

  /**
   * @param weight bytes an item counts for
   * @param roomAgain called by a taker, when a queue that was full is down to a quarter
   * @param wakes runs what wakes takers, soon, on the thread that offers; what comes until then
   *     wakes nobody, so that many items cost one change of threads
   */
  public ItemQueue(
      U256 localId,
      int itemsMax,
      int bytesMax,
      ToIntFunction<? super T> weight,
      LagPolicy policy,
      Runnable roomAgain,
      Executor wakes) {
    this.localId = localId;
    this.itemsMax = itemsMax;
    this.bytesMax = bytesMax;
    this.weight = weight;
    this.policy = policy;
    this.roomAgain = roomAgain;
    this.wakes = wakes;
  }

  /** Puts an item at the end. One thread. */
  public Offer offer(T item) {
    CompletableFuture<T> taker;
    Offer outcome = Offer.TAKEN;
    boolean told = false;
    lock.lock();
    try {
      if (end != null) return Offer.REFUSED;
      taker = items.isEmpty() ? takers.poll() : null;
      if (taker == null) {
        outcome = store(item);
        told = waiting > 0 && !waking;
        if (told) waking = true;
      }
    } finally {
      lock.unlock();
    }
    if (told) wakes.execute(wake);
    if (taker == null) return outcome;
    // Completing runs foreign code: not under the lock.
    return taker.complete(item) ? Offer.TAKEN : offer(item);
  }

  private Offer store(T item) {
    int size = weight.applyAsInt(item);
    Offer outcome = Offer.TAKEN;
    boolean fits = items.size() < itemsMax && (bytes + size <= bytesMax || items.isEmpty());
    if (!fits) {
      switch (policy) {
        case SIGNAL -> {
          while (!items.isEmpty() && (items.size() >= itemsMax || bytes + size > bytesMax)) {
            bytes -= weight.applyAsInt(items.remove());
            missed++;
          }
          outcome = Offer.DROPPED_OLDEST;
        }
        case REFILL -> {
          full = true;
          return Offer.REFUSED;
        }
        case FAIL -> {
          end = new EndReason.TooSlow(1);
          changed.signalAll();
          return Offer.REFUSED;
        }
        case BLOCK -> outcome = Offer.FULL; // what was read already is kept: at most one read
      }
    }
    items.add(item);
    bytes += size;
    if (policy == LagPolicy.BLOCK && items.size() >= itemsMax) {
      full = true;
      outcome = Offer.FULL;
    }
    return outcome;
  }

  private void wake() {
    lock.lock();
    try {
      waking = false;
      for (int i = Math.min(waiting, items.size()); i > 0; i--) changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more comes; what is there can still be taken. Any thread. */
  public void end(EndReason reason) {
    ArrayDeque<CompletableFuture<T>> left;
    lock.lock();
    try {
      if (end != null) return;
      end = reason;
      changed.signalAll();
      left = new ArrayDeque<>(takers);
      takers.clear();
    } finally {
      lock.unlock();
    }
    for (CompletableFuture<T> each : left)
      each.completeExceptionally(new PubSubException.SubscriptionEnded(localId, reason));
  }

  /** Tells takers that items were dropped elsewhere. */
  public void missed(long count) {
    lock.lock();
    try {
      missed += count;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Drops what waits. */
  public void clear() {
    lock.lock();
    try {
      items.clear();
      bytes = 0;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for an item. */
  public T take() throws InterruptedException {
    T item;
    boolean again;
    lock.lockInterruptibly();
    try {
      for (item = next(); item == null; item = next()) {
        waiting++;
        try {
          changed.await();
        } finally {
          waiting--;
        }
      }
      again = roomy();
    } finally {
      lock.unlock();
    }
    if (again) roomAgain.run();
    return item;
  }

  /** Waits for an item, but not for ever. */
  public T take(Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    T item;
    boolean again;
    lock.lockInterruptibly();
    try {
      for (item = next(); item == null; item = next()) {
        if (left <= 0)
          throw new PubSubException.Timeout(PubSubException.Timeout.Stage.REQUEST, timeout);
        waiting++;
        try {
          left = changed.awaitNanos(left);
        } finally {
          waiting--;
        }
      }
      again = roomy();
    } finally {
      lock.unlock();
    }
    if (again) roomAgain.run();
    return item;
  }

  /** An item that is there. */
  public Optional<T> poll() {
    T item;
    boolean again;
    lock.lock();
    try {
      item = next();
      again = roomy();
    } finally {
      lock.unlock();
    }
    if (again) roomAgain.run();
    return Optional.ofNullable(item);
  }

  /** An item as soon as there is one, in turn. */
  public CompletableFuture<T> takeAsync() {
    CompletableFuture<T> taker = new CompletableFuture<>();
    T item;
    boolean again;
    lock.lock();
    try {
      item = next();
      if (item == null) takers.add(taker);
      again = roomy();
    } catch (PubSubException told) {
      taker.completeExceptionally(told);
      return taker;
    } finally {
      lock.unlock();
    }
    if (item == null) return taker;
    taker.complete(item);
    if (again) roomAgain.run();
    return taker;
  }

  private @Nullable T next() {
    if (missed > 0) {
      long count = missed;
      missed = 0;
      throw new PubSubException.Lagged(count);
    }
    T item = items.poll();
    if (item != null) {
      bytes -= weight.applyAsInt(item);
      return item;
    }
    EndReason reason = end;
    if (reason != null) throw new PubSubException.SubscriptionEnded(localId, reason);
    return null;
  }

  /** Whether a queue that was full has room again; told once. */
  private boolean roomy() {
    if (!full || items.size() > itemsMax / 4) return false;
    full = false;
    return true;
  }

  public int size() {
    lock.lock();
    try {
      return items.size();
    } finally {
      lock.unlock();
    }
  }

  public U256 localId() {
    return localId;
  }

  public Optional<EndReason> ended() {
    lock.lock();
    try {
      return Optional.ofNullable(end);
    } finally {
      lock.unlock();
    }
  }
}
