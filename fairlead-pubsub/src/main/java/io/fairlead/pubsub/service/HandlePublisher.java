package io.fairlead.pubsub.service;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.PubSubException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Items of a handle for one subscriber, in a thread of their own, no faster than they are asked
 * for.
 *
 * @param <T> items
 */
final class HandlePublisher<T> implements Flow.Publisher<T> {
  /** Waits for items. */
  @FunctionalInterface
  interface Source<T> {
    T next() throws InterruptedException;
  }

  private final Source<T> source;
  private final LongConsumer onLag;
  private final Runnable cancel;
  private final Executor executor;
  private final AtomicBoolean taken = new AtomicBoolean();

  HandlePublisher(Source<T> source, LongConsumer onLag, Runnable cancel, Executor executor) {
    this.source = source;
    this.onLag = onLag;
    this.cancel = cancel;
    this.executor = executor;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    if (!taken.compareAndSet(false, true)) {
      subscriber.onSubscribe(new Nothing());
      subscriber.onError(new IllegalStateException("one subscriber only"));
      return;
    }
    Pump pump = new Pump(subscriber);
    subscriber.onSubscribe(pump);
    executor.execute(pump);
  }

  /** For those who come too late. */
  private static final class Nothing implements Flow.Subscription {
    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
  }

  private final class Pump implements Flow.Subscription, Runnable {
    private final Flow.Subscriber<? super T> subscriber;
    private final Semaphore demand = new Semaphore(0);
    private volatile boolean cancelled;
    private volatile boolean wrong;

    Pump(Flow.Subscriber<? super T> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      if (count <= 0) {
        wrong = true;
        demand.release();
        return;
      }
      int room = Integer.MAX_VALUE - demand.availablePermits();
      demand.release((int) Math.min(count, room));
    }

    @Override
    public void cancel() {
      cancelled = true;
      cancel.run();
      demand.release();
    }

    @Override
    public void run() {
      try {
        while (!cancelled) {
          demand.acquire();
          if (cancelled) return;
          if (wrong) {
            cancel.run();
            subscriber.onError(new IllegalArgumentException("request: <= 0 (expected: > 0)"));
            return;
          }
          T item = next();
          if (item == null) return;
          subscriber.onNext(item);
        }
      } catch (InterruptedException _) {
        cancel.run();
      }
    }

    private @Nullable T next() throws InterruptedException {
      while (true) {
        try {
          return source.next();
        } catch (PubSubException.Lagged lagged) {
          onLag.accept(lagged.missed());
        } catch (PubSubException.SubscriptionEnded ended) {
          if (cancelled) return null;
          switch (ended.reason()) {
            case EndReason.Closed _ -> subscriber.onComplete();
            default -> subscriber.onError(ended);
          }
          return null;
        }
      }
    }
  }
}
