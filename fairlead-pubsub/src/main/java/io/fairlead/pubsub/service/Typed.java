package io.fairlead.pubsub.service;

import io.fairlead.pubsub.DecodeResult;
import io.fairlead.pubsub.Decoder;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.SubscriptionItem;
import io.fairlead.pubsub.U256;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A handle whose items are decoded by whoever takes them. Thread-safe. */
final class Typed<T> implements Subscription<T> {
  private final HeldHandle held;
  private final Handle handle;
  private final Decoder<T> decoder;
  private final AtomicLong skipped = new AtomicLong();

  Typed(HeldHandle held, Decoder<T> decoder) {
    this.held = held;
    this.handle = held.handle();
    this.decoder = decoder;
  }

  private DecodeResult<T> result(JsonSlice item) {
    try {
      return new DecodeResult.Ok<>(item.decode(decoder));
    } catch (PubSubException.DecodeError misfit) {
      handle.service().meters().undecodable();
      return new DecodeResult.Failed<>(item, misfit);
    } catch (PubSubException other) {
      handle.service().meters().undecodable();
      return new DecodeResult.Failed<>(item, new PubSubException.DecodeError(item, "", other));
    }
  }

  private SubscriptionItem<T> item(JsonSlice item) {
    return switch (result(item)) {
      case DecodeResult.Ok<T>(T value) -> new SubscriptionItem.Item<>(value);
      case DecodeResult.Failed<T> failed -> new SubscriptionItem.Other<>(failed.raw());
    };
  }

  private @Nullable T value(JsonSlice item) {
    return switch (result(item)) {
      case DecodeResult.Ok<T>(T value) -> value;
      case DecodeResult.Failed<T> _ -> {
        skipped.incrementAndGet();
        yield null;
      }
    };
  }

  @Override
  public U256 localId() {
    return handle.localId();
  }

  @Override
  public T recv() throws InterruptedException {
    while (true) {
      T value = value(held.recv());
      if (value != null) return value;
    }
  }

  @Override
  public T recv(Duration timeout) throws InterruptedException {
    long untilNanos = now() + timeout.toNanos();
    while (true) {
      T value = value(held.recv(Duration.ofNanos(untilNanos - now())));
      if (value != null) return value;
    }
  }

  private long now() {
    return handle.service().plan().surroundings().clock().nanos();
  }

  @Override
  public Optional<T> tryRecv() {
    while (true) {
      Optional<JsonSlice> item = handle.tryRecv();
      if (item.isEmpty()) return Optional.empty();
      T value = value(item.get());
      if (value != null) return Optional.of(value);
    }
  }

  @Override
  public CompletableFuture<T> recvAsync() {
    CompletableFuture<T> done = new CompletableFuture<>();
    step(done);
    return done;
  }

  private void step(CompletableFuture<T> done) {
    CompletableFuture<JsonSlice> next = held.recvAsync();
    done.whenComplete(
        (_, _) -> {
          if (done.isCancelled()) next.cancel(false);
        });
    next.whenComplete(
        (item, failure) -> {
          if (failure != null) {
            done.completeExceptionally(failure);
            return;
          }
          T value = value(item);
          if (value != null) done.complete(value);
          else step(done);
        });
  }

  @Override
  public SubscriptionItem<T> recvAny() throws InterruptedException {
    return item(held.recv());
  }

  @Override
  public SubscriptionItem<T> recvAny(Duration timeout) throws InterruptedException {
    return item(held.recv(timeout));
  }

  @Override
  public Optional<SubscriptionItem<T>> tryRecvAny() {
    return handle.tryRecv().map(this::item);
  }

  @Override
  public CompletableFuture<SubscriptionItem<T>> recvAnyAsync() {
    return held.recvAsync().thenApply(this::item);
  }

  @Override
  public DecodeResult<T> recvResult() throws InterruptedException {
    return result(held.recv());
  }

  @Override
  public DecodeResult<T> recvResult(Duration timeout) throws InterruptedException {
    return result(held.recv(timeout));
  }

  @Override
  public Optional<DecodeResult<T>> tryRecvResult() {
    return handle.tryRecv().map(this::result);
  }

  @Override
  public CompletableFuture<DecodeResult<T>> recvResultAsync() {
    return held.recvAsync().thenApply(this::result);
  }

  @Override
  public Iterator<T> iterator() {
    return new ItemIterator<>(this::recv, handle::lagged);
  }

  @Override
  public Stream<T> stream() {
    return ItemIterator.stream(iterator()).onClose(this::close);
  }

  @Override
  public Flow.Publisher<T> publisher() {
    return new HandlePublisher<>(
        this::recv, handle::lagged, held::close, handle.service().consumers());
  }

  @Override
  public Subscription<T> onLag(LongConsumer listener) {
    handle.onLag(listener);
    return this;
  }

  @Override
  public long skipped() {
    return skipped.get();
  }

  @Override
  public RawSubscription raw() {
    return held;
  }

  @Override
  public void close() {
    held.close();
  }
}
