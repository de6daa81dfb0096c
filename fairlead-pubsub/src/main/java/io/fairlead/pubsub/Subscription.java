package io.fairlead.pubsub;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * A subscription with typed items. Thread-safe; items are decoded in the thread that takes them.
 * Iterating ends when the subscription does; what was dropped is told to {@link #onLag}.
 */
public interface Subscription<T> extends AutoCloseable, Iterable<T> {
  /** Stable for the life of the subscription. */
  U256 localId();

  /** Waits for the next item that can be decoded; others are counted and skipped. */
  T recv() throws InterruptedException;

  /** The same with a limit. */
  T recv(Duration timeout) throws InterruptedException;

  Optional<T> tryRecv();

  CompletableFuture<T> recvAsync();

  /** Waits for the next item, whether it can be decoded or not. */
  SubscriptionItem<T> recvAny() throws InterruptedException;

  SubscriptionItem<T> recvAny(Duration timeout) throws InterruptedException;

  Optional<SubscriptionItem<T>> tryRecvAny();

  CompletableFuture<SubscriptionItem<T>> recvAnyAsync();

  /** Waits for the next item, and tells why it cannot be decoded. */
  DecodeResult<T> recvResult() throws InterruptedException;

  DecodeResult<T> recvResult(Duration timeout) throws InterruptedException;

  Optional<DecodeResult<T>> tryRecvResult();

  CompletableFuture<DecodeResult<T>> recvResultAsync();

  /** Items until the subscription ends; closing it closes the handle. */
  Stream<T> stream();

  /** Items for one subscriber; closes this handle when it cancels. */
  Flow.Publisher<T> publisher();

  /** Is told how many items were dropped, where nothing can be thrown. */
  Subscription<T> onLag(LongConsumer listener);

  /** Items that could not be decoded and were skipped. */
  long skipped();

  /** The same handle without decoding. */
  RawSubscription raw();

  @Override
  void close();
}
