package io.fairlead.pubsub.service;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.subscription.ItemQueue;
import io.fairlead.pubsub.subscription.ItemSink;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/**
 * A handle on a subscription: a queue, and the way to give it back. What a user holds of it is
 * {@link HeldHandle}. Thread-safe.
 */
final class Handle implements ItemSink {
  private final Served served;
  private final ChainService service;
  private final LagPolicy policy;
  private final ItemQueue<JsonSlice> queue;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean held = new AtomicBoolean();
  private volatile long dropped;
  private volatile LongConsumer lagListener = _ -> {};

  Handle(Served served, ChainService service, LagPolicy policy) {
    this.served = served;
    this.service = service;
    this.policy = policy;
    ServiceSettings.Bounds bounds = service.plan().settings().bounds();
    this.queue =
        new ItemQueue<>(
            served.localId,
            bounds.queueItems(),
            bounds.queueBytes(),
            JsonSlice::length,
            policy,
            () -> service.execute(() -> service.subscriptions().block(this, false)),
            service::later);
  }

  /** Somebody has it now; until then it does not keep the service alive. */
  HeldHandle claimed() {
    held.set(true);
    service.hold();
    return new HeldHandle(this);
  }

  /** Whether it was given back, or nothing more comes. */
  boolean over() {
    return closed.get();
  }

  // What the service tells, on its loop.

  @Override
  public void item(JsonSlice item) {
    switch (queue.offer(item)) {
      case TAKEN -> {}
      case FULL -> service.subscriptions().block(this, true);
      case DROPPED_OLDEST -> lost();
      case REFUSED -> {
        lost();
        if (queue.ended().isPresent()) close();
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  private void lost() {
    dropped++;
    service.meters().lagged(1);
  }

  @Override
  public void ended(EndReason reason) {
    queue.end(reason);
    giveBack(false);
  }

  int waiting() {
    return queue.size();
  }

  long dropped() {
    return dropped;
  }

  ChainService service() {
    return service;
  }

  void lagged(long missed) {
    lagListener.accept(missed);
  }

  // What users ask, from any thread.

  U256 localId() {
    return served.localId;
  }

  JsonSlice recv() throws InterruptedException {
    return queue.take();
  }

  JsonSlice recv(Duration timeout) throws InterruptedException {
    return queue.take(timeout);
  }

  Optional<JsonSlice> tryRecv() {
    return queue.poll();
  }

  CompletableFuture<JsonSlice> recvAsync() {
    // The queue's future completes on the event loop; what users hang on to it must not run there.
    CompletableFuture<JsonSlice> inner = queue.takeAsync();
    if (inner.isDone()) return inner;
    CompletableFuture<JsonSlice> outer = new CompletableFuture<>();
    inner.whenCompleteAsync(
        (item, failure) -> {
          if (failure != null)
            outer.completeExceptionally(
                failure instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : failure);
          else if (!outer.complete(item)) queue.missed(1); // cancelled while the item was under way
        },
        service.consumers());
    outer.whenComplete(
        (_, _) -> {
          if (outer.isCancelled()) inner.cancel(false);
        });
    return outer;
  }

  int size() {
    return queue.size();
  }

  HeldHandle fork() {
    Handle other = new Handle(served, service, policy);
    HeldHandle claimed = other.claimed();
    service.execute(
        () -> {
          EndReason end = served.end;
          if (end == null) served.add(other);
          else other.ended(end);
        });
    return claimed;
  }

  void onLag(LongConsumer listener) {
    lagListener = listener;
  }

  void close() {
    queue.end(new EndReason.Closed());
    queue.clear();
    giveBack(true);
  }

  private void giveBack(boolean tell) {
    if (!closed.compareAndSet(false, true)) return;
    service.execute(
        () -> {
          service.subscriptions().block(this, false);
          if (tell) service.subscriptions().detach(served, this);
          if (held.get()) service.release();
        });
  }
}
