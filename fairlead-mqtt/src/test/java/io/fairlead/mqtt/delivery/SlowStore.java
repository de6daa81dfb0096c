package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.RetainedStore;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.store.WillStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Commits complete when the test says so, and what waits is read when it says so, if it is said to
 * be read at all. One thread.
 */
final class SlowStore implements BrokerStore {
  final MemoryStore below = new MemoryStore();
  Condition condition = Condition.SOUND;
  Runnable asked = () -> {}; // for the condition
  boolean slow;
  boolean pages;
  int commits;
  Duration linger = Duration.ofDays(1);
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  final Deque<Runnable> readings = new ArrayDeque<>();

  @Override
  public void linger(Duration most) {
    linger = most;
  }

  /** What waited is safe now. */
  void complete() {
    for (Runnable each = waiting.poll(); each != null; each = waiting.poll()) each.run();
  }

  @Override
  public void open() {}

  @Override
  public SessionStore sessions() {
    return below.sessions();
  }

  @Override
  public QueueStore queues() {
    return new PagedQueues(below.queues(), pages, readings::add);
  }

  @Override
  public GroupStore groups() {
    return below.groups();
  }

  @Override
  public RetainedStore retained() {
    return below.retained();
  }

  @Override
  public WillStore wills() {
    return below.wills();
  }

  @Override
  public Batch begin() {
    return below.begin();
  }

  @Override
  public void commit(Batch batch, Executor executor, Runnable committed) {
    if (batch.isEmpty()) {
      committed.run();
      return;
    }
    commits++;
    below.commit(batch);
    if (slow) waiting.add(() -> executor.execute(committed));
    else committed.run();
  }

  @Override
  public void commit(Batch batch) {
    if (batch.isEmpty()) return;
    commits++;
    below.commit(batch);
  }

  @Override
  public boolean congested() {
    return false;
  }

  @Override
  public Condition condition() {
    asked.run();
    return condition;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
