package io.fairlead.pubsub.service;

import io.fairlead.pubsub.DecodeResult;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.SubscriptionItem;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.log.ChainEntry;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.subscription.ItemQueue;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer holds of a follower: its queue, decoded by whoever takes an item. Thread-safe.
 *
 * <p>A checkpoint counts as reached when it is taken: what was taken before it must have been
 * worked off by then, so one thread at a time is meant to take.
 *
 * @param <T> items
 */
final class Followed<T> implements Subscription<T> {
  private final ItemQueue<Delivery> queue;
  private final Function<Delivery, Optional<T>> decoder;
  private final FeedQueue feed;
  private final AtomicLong skipped = new AtomicLong();
  private final Cleaner.Cleanable cleanable;
  private volatile LongConsumer lagListener = _ -> {};

  /**
   * @param decoder gives nothing for what is not told to this consumer
   */
  Followed(FeedQueue feed, Function<Delivery, Optional<T>> decoder) {
    this.feed = feed;
    this.queue = feed.items();
    this.decoder = decoder;
    // Nothing of the feed leads here: it is noticed when this is forgotten without being closed.
    this.cleanable = feed.cleaner().register(this, feed::forgotten);
  }

  /** The item, or nothing when this delivery is not for the consumer. */
  private @Nullable DecodeResult<T> result(Delivery delivery) {
    feed.taken(delivery);
    try {
      return decoder.apply(delivery).map(DecodeResult.Ok::new).orElse(null);
    } catch (PubSubException.DecodeError misfit) {
      feed.undecodable();
      return new DecodeResult.Failed<>(raw(delivery), misfit);
    } catch (RuntimeException misfit) {
      feed.undecodable();
      JsonSlice raw = raw(delivery);
      return new DecodeResult.Failed<>(raw, new PubSubException.DecodeError(raw, "", misfit));
    }
  }

  private static JsonSlice raw(Delivery delivery) {
    return switch (delivery) {
      case Delivery.Added(ChainEntry entry, var _) -> slice(entry);
      case Delivery.Removed(ChainEntry entry, var _) -> slice(entry);
      case Delivery.Gap _, Delivery.Checkpoint _ -> JsonSlice.NULL;
    };
  }

  static JsonSlice slice(ChainEntry entry) {
    return JsonSlice.wrap(entry.json(), 0, entry.json().length);
  }

  private @Nullable T value(DecodeResult<T> result) {
    return switch (result) {
      case DecodeResult.Ok<T>(T value) -> value;
      case DecodeResult.Failed<T> _ -> {
        skipped.incrementAndGet();
        yield null;
      }
    };
  }

  private SubscriptionItem<T> item(DecodeResult<T> result) {
    return switch (result) {
      case DecodeResult.Ok<T>(T value) -> new SubscriptionItem.Item<>(value);
      case DecodeResult.Failed<T> failed -> new SubscriptionItem.Other<>(failed.raw());
    };
  }

  @Override
  public U256 localId() {
    return feed.localId();
  }

  @Override
  public T recv() throws InterruptedException {
    while (true) {
      T value = value(recvResult());
      if (value != null) return value;
    }
  }

  @Override
  public T recv(Duration timeout) throws InterruptedException {
    long untilNanos = feed.nowNanos() + timeout.toNanos();
    while (true) {
      T value = value(recvResult(Duration.ofNanos(untilNanos - feed.nowNanos())));
      if (value != null) return value;
    }
  }

  @Override
  public Optional<T> tryRecv() {
    while (true) {
      Optional<DecodeResult<T>> result = tryRecvResult();
      if (result.isEmpty()) return Optional.empty();
      T value = value(result.get());
      if (value != null) return Optional.of(value);
    }
  }

  @Override
  public CompletableFuture<T> recvAsync() {
    return async(this::value);
  }

  @Override
  public SubscriptionItem<T> recvAny() throws InterruptedException {
    return item(recvResult());
  }

  @Override
  public SubscriptionItem<T> recvAny(Duration timeout) throws InterruptedException {
    return item(recvResult(timeout));
  }

  @Override
  public Optional<SubscriptionItem<T>> tryRecvAny() {
    return tryRecvResult().map(this::item);
  }

  @Override
  public CompletableFuture<SubscriptionItem<T>> recvAnyAsync() {
    return async(this::item);
  }

  @Override
  public DecodeResult<T> recvResult() throws InterruptedException {
    while (true) {
      DecodeResult<T> result = result(queue.take());
      if (result != null) return result;
    }
  }

  @Override
  public DecodeResult<T> recvResult(Duration timeout) throws InterruptedException {
    long untilNanos = feed.nowNanos() + timeout.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(untilNanos - feed.nowNanos());
      DecodeResult<T> result = result(queue.take(left));
      if (result != null) return result;
    }
  }

  @Override
  public Optional<DecodeResult<T>> tryRecvResult() {
    while (true) {
      Optional<Delivery> delivery = queue.poll();
      if (delivery.isEmpty()) return Optional.empty();
      DecodeResult<T> result = result(delivery.get());
      if (result != null) return Optional.of(result);
    }
  }

  @Override
  public CompletableFuture<DecodeResult<T>> recvResultAsync() {
    return async(result -> result);
  }

  private <R> CompletableFuture<R> async(Function<DecodeResult<T>, @Nullable R> then) {
    CompletableFuture<R> done = new CompletableFuture<>();
    step(then, done);
    return done;
  }

  private <R> void step(Function<DecodeResult<T>, @Nullable R> then, CompletableFuture<R> done) {
    CompletableFuture<Delivery> next = queue.takeAsync();
    done.whenComplete(
        (_, _) -> {
          if (done.isCancelled()) next.cancel(false);
        });
    // The queue's future completes on the event loop; decoding and users' code must not run there.
    next.whenCompleteAsync(
        (delivery, failure) -> {
          if (failure != null) {
            done.completeExceptionally(
                failure instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : failure);
            return;
          }
          DecodeResult<T> result = result(delivery);
          R value = result == null ? null : then.apply(result);
          if (value != null) done.complete(value);
          else step(then, done);
        },
        feed.consumers());
  }

  @Override
  public Iterator<T> iterator() {
    return new ItemIterator<>(this::recv, missed -> lagListener.accept(missed));
  }

  @Override
  public Stream<T> stream() {
    return ItemIterator.stream(iterator()).onClose(this::close);
  }

  @Override
  public Flow.Publisher<T> publisher() {
    return new HandlePublisher<>(
        this::recv, missed -> lagListener.accept(missed), this::close, feed.consumers());
  }

  @Override
  public Subscription<T> onLag(LongConsumer listener) {
    lagListener = listener;
    return this;
  }

  @Override
  public long skipped() {
    return skipped.get();
  }

  /**
   * There is none: what is told is worked out from several subscriptions and answers.
   *
   * @throws PubSubException.LocalUsage always
   */
  @Override
  public RawSubscription raw() {
    throw new PubSubException.LocalUsage(
        "raw: a followed subscription has events, not items (expected: level RAW)");
  }

  @Override
  public void close() {
    feed.giveUp();
    cleanable.clean(); // finds it closed
  }
}
