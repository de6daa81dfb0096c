package io.fairlead.pubsub;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;

/**
 * A handle on a subscription, with a bounded queue of its own. Thread-safe; each item goes to one
 * of the callers. Stays usable over any number of lost connections.
 */
public interface RawSubscription extends AutoCloseable {
  /** Stable for the life of the subscription. */
  U256 localId();

  /**
   * Waits for the next item.
   *
   * @throws PubSubException.Lagged items were dropped; the next call continues
   * @throws PubSubException.SubscriptionEnded nothing more comes
   */
  JsonSlice recv() throws InterruptedException;

  /**
   * The same with a limit.
   *
   * @throws PubSubException.Timeout nothing came in time
   */
  JsonSlice recv(Duration timeout) throws InterruptedException;

  /** An item that is there already. */
  Optional<JsonSlice> tryRecv();

  /** Completes with the next item, in turn; cancelling gives the turn back. */
  CompletableFuture<JsonSlice> recvAsync();

  /** Items waiting. */
  int size();

  boolean isEmpty();

  /** Another handle on the same subscription at the server, which sees what comes from now on. */
  RawSubscription fork();

  /** The same items, decoded in the consumer's thread. Use one of the two from then on. */
  <T> Subscription<T> typed(Decoder<T> decoder);

  /**
   * Is told, in the consumer's thread, how many items were dropped, where nothing can be thrown.
   */
  RawSubscription onLag(LongConsumer listener);

  /** The items for one subscriber; closes this handle when it cancels. */
  Flow.Publisher<JsonSlice> publisher();

  /** Gives the handle back; the server is told after the last one. Idempotent, any thread. */
  @Override
  void close();
}
