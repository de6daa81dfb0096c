package io.fairlead.it.mqtt;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.RetainedStore;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.store.WillStore;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executor;

/** A store in memory whose commits are safe when the test says so. Thread-safe. */
final class SlowCommits implements BrokerStore {
  private final MemoryStore below = new MemoryStore();
  private final Deque<Runnable> held = new ArrayDeque<>(); // guarded by this
  private boolean holding; // guarded by this

  /** Nothing is safe from here on. */
  synchronized void hold() {
    holding = true;
  }

  /** What waited is safe, and so is what comes. */
  synchronized void release() {
    holding = false;
    held.forEach(Runnable::run);
    held.clear();
  }

  @Override
  public void commit(Batch batch, Executor executor, Runnable committed) {
    synchronized (this) {
      if (holding && !batch.isEmpty()) {
        below.commit(batch);
        held.add(() -> executor.execute(committed));
        return;
      }
    }
    below.commit(batch, executor, committed);
  }

  @Override
  public void commit(Batch batch) {
    below.commit(batch);
  }

  @Override
  public void open() {
    below.open();
  }

  @Override
  public SessionStore sessions() {
    return below.sessions();
  }

  @Override
  public QueueStore queues() {
    return below.queues();
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
  public boolean congested() {
    return false;
  }

  @Override
  public Condition condition() {
    return below.condition();
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public void close() {
    below.close();
  }
}
