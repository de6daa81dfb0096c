package io.fairlead.app.pubsub;

import io.fairlead.pubsub.CursorStore;
import io.fairlead.pubsub.log.CursorCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was handed over and is not yet safe: at most {@value #OPEN_MAX} messages, then whoever hands
 * over waits. A cursor is stored behind it only once everything handed over before is safe. Of one
 * attempt: after the first message that was not taken it stays broken, and no cursor passes any
 * more. Thread-safe; one thread hands over.
 */
final class PublishFence {
  /** A message was not taken, or not in time. */
  static final class BrokenException extends Exception {
    private static final long serialVersionUID = 1;

    BrokenException(String why) {
      super(why);
    }
  }

  static final int OPEN_MAX = 256;

  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition fewer = lock.newCondition();
  private final Set<CompletableFuture<Boolean>> open = new LinkedHashSet<>(); // guarded by lock
  private @Nullable String broken; // guarded by lock

  /**
   * @param patience with one message
   */
  PublishFence(Duration patience) {
    this.patience = patience;
  }

  /** Takes note of a message; waits while too many are open. */
  void handOver(CompletionStage<Boolean> published) throws BrokenException, InterruptedException {
    CompletableFuture<Boolean> future = published.toCompletableFuture();
    lock.lock();
    try {
      long left = patience.toNanos();
      while (open.size() >= OPEN_MAX && broken == null) {
        if (left <= 0) broken = "the broker takes nothing";
        else left = fewer.awaitNanos(left);
      }
      check();
      open.add(future);
    } finally {
      lock.unlock();
    }
    future.whenComplete((taken, failure) -> settle(future, failure == null && taken));
  }

  private void settle(CompletableFuture<Boolean> future, boolean taken) {
    lock.lock();
    try {
      open.remove(future);
      if (!taken && broken == null) broken = "the broker refused a message";
      fewer.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void check() throws BrokenException {
    String why = broken;
    if (why != null) throw new BrokenException(why);
  }

  /** Waits until all that was handed over so far is safe. */
  void await() throws BrokenException, InterruptedException {
    List<CompletableFuture<Boolean>> before;
    lock.lock();
    try {
      check();
      before = List.copyOf(open);
    } finally {
      lock.unlock();
    }
    try {
      CompletableFuture.allOf(before.toArray(CompletableFuture[]::new))
          .get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException refused) {
      throw new BrokenException("the broker refused a message");
    } catch (TimeoutException slow) {
      throw new BrokenException("the broker does not say that a message is safe");
    }
    for (CompletableFuture<Boolean> each : before) {
      if (!each.join()) throw new BrokenException("the broker refused a message");
    }
  }

  /** Messages that are not yet safe. */
  int open() {
    lock.lock();
    try {
      return open.size();
    } finally {
      lock.unlock();
    }
  }

  /** Stores cursors behind this fence. Of one subscription. */
  Cursors before(CursorStore store, ToldLogs told) {
    return new Cursors(store, told);
  }

  /** A store that waits for what was told before each cursor. */
  final class Cursors implements CursorStore {
    private final CursorStore store;
    private final ToldLogs told;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    private Cursors(CursorStore store, ToldLogs told) {
      this.store = store;
      this.told = told;
    }

    @Override
    public Optional<byte[]> load(Key key) throws IOException {
      Optional<byte[]> saved = store.load(key);
      told.begin(saved.isPresent() ? Optional.of(block(saved.get())) : Optional.empty());
      return saved;
    }

    private static long block(byte[] state) throws IOException {
      try {
        return CursorCodec.decode(state).upTo().number();
      } catch (CursorCodec.CorruptCursorException damaged) {
        throw new IOException(damaged.getMessage(), damaged);
      }
    }

    @Override
    public void save(Key key, byte[] state) throws IOException {
      try {
        await();
      } catch (BrokenException unsafe) {
        throw new IOException("not moved on: " + unsafe.getMessage(), unsafe);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new IOException("not moved on: interrupted", stopped);
      }
      told.passed(block(state));
      store.save(key, state);
    }

    @Override
    public void finished(Key key) {
      finished.complete(null);
    }

    /** Completes when the subscription has saved for the last time. */
    CompletableFuture<Void> finished() {
      return finished;
    }
  }
}
