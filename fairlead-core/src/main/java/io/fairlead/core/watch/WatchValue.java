package io.fairlead.core.watch;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A {@link Watch} and its writer's handle. {@link #set} belongs to one writer at a time. */
public final class WatchValue<T> implements Watch<T> {
  private final CopyOnWriteArrayList<Observer> observers = new CopyOnWriteArrayList<>();
  private volatile T value;

  public WatchValue(T initial) {
    this.value = initial;
  }

  @Override
  public T current() {
    return value;
  }

  /** Publishes a new value. */
  public void set(T next) {
    value = next;
    for (Observer observer : observers) observer.wake();
  }

  @Override
  public Observation observe(Executor executor, Consumer<? super T> consumer) {
    Observer observer = new Observer(executor, consumer);
    observers.add(observer);
    observer.wake();
    return () -> {
      observer.closed = true;
      observers.remove(observer);
    };
  }

  private final class Observer implements Runnable {
    private final Executor executor;
    private final Consumer<? super T> consumer;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile boolean closed;

    Observer(Executor executor, Consumer<? super T> consumer) {
      this.executor = executor;
      this.consumer = consumer;
    }

    void wake() {
      if (scheduled.compareAndSet(false, true)) executor.execute(this);
    }

    @Override
    public void run() {
      // Cleared before the read: a set() after this line schedules another run, so the newest
      // value is always delivered.
      scheduled.set(false);
      synchronized (this) { // one call at a time even on a pool of threads
        if (!closed) consumer.accept(value);
      }
    }
  }
}
