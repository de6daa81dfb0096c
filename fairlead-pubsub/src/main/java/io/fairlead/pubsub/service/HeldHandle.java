package io.fairlead.pubsub.service;

import io.fairlead.pubsub.Decoder;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.U256;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a user holds of a handle. Nothing of the service leads to it: forgotten without being
 * closed, it is found by the collector, told of, and the handle given back. Thread-safe.
 */
final class HeldHandle implements RawSubscription {
  private static final Logger log = LoggerFactory.getLogger(HeldHandle.class);

  private final Handle handle;
  private final Cleaner.Cleanable cleanable;

  HeldHandle(Handle handle) {
    this.handle = handle;
    this.cleanable =
        handle.service().cleaner().register(this, () -> forgotten(handle, handle.service()));
  }

  private static void forgotten(Handle handle, ChainService service) {
    if (handle.over()) return;
    log.atWarn()
        .addKeyValue("chain", service.name())
        .addKeyValue("subscription", handle.localId())
        .log("a subscription was never closed");
    handle.close();
  }

  Handle handle() {
    return handle;
  }

  @Override
  public U256 localId() {
    return handle.localId();
  }

  @Override
  public JsonSlice recv() throws InterruptedException {
    try {
      return handle.recv();
    } finally {
      Reference.reachabilityFence(this); // who waits has not forgotten it
    }
  }

  @Override
  public JsonSlice recv(Duration timeout) throws InterruptedException {
    try {
      return handle.recv(timeout);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Optional<JsonSlice> tryRecv() {
    return handle.tryRecv();
  }

  @Override
  public CompletableFuture<JsonSlice> recvAsync() {
    CompletableFuture<JsonSlice> next = handle.recvAsync();
    // The queue knows the future, and through it this: who waits has not forgotten it.
    if (!next.isDone()) {
      var _ = next.whenComplete((_, _) -> Reference.reachabilityFence(this));
    }
    return next;
  }

  @Override
  public int size() {
    return handle.size();
  }

  @Override
  public boolean isEmpty() {
    return handle.size() == 0;
  }

  @Override
  public RawSubscription fork() {
    return handle.fork();
  }

  @Override
  public <T> Subscription<T> typed(Decoder<T> decoder) {
    return new Typed<>(this, decoder);
  }

  @Override
  public RawSubscription onLag(LongConsumer listener) {
    handle.onLag(listener);
    return this;
  }

  @Override
  public Flow.Publisher<JsonSlice> publisher() {
    return new HandlePublisher<>(
        this::recv, handle::lagged, this::close, handle.service().consumers());
  }

  @Override
  public void close() {
    handle.close();
    cleanable.clean(); // finds it over
  }
}
