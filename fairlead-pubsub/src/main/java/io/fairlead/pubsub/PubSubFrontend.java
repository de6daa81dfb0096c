package io.fairlead.pubsub;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * What user code holds. Thread-safe and cheap to share; any number per service. Closing the last
 * frontend and the last subscription ends the service.
 */
public interface PubSubFrontend extends AutoCloseable {
  /**
   * Sends a request and waits for the answer.
   *
   * @throws PubSubException it failed
   */
  <R> R call(RpcCall<R> call) throws InterruptedException;

  /** The same without waiting; cancelling takes it out of the table. */
  <R> CompletableFuture<R> callAsync(RpcCall<R> call);

  BatchBuilder batch();

  /** Sends any request; a subscribing one is answered with the local id. */
  Response sendRaw(RawRequest request) throws InterruptedException;

  CompletableFuture<Response> sendRawAsync(RawRequest request);

  /**
   * A new handle on a live subscription.
   *
   * @throws PubSubException.SubscriptionNotFound there is none
   */
  RawSubscription getSubscription(U256 localId);

  <T> Subscription<T> subscribe(SubscribeRequest<T> request) throws InterruptedException;

  <T> CompletableFuture<Subscription<T>> subscribeAsync(SubscribeRequest<T> request);

  /** Ends a subscription whatever handles it has; completes with the server's answer. */
  CompletableFuture<Boolean> unsubscribe(U256 localId);

  Subscription<Head> newHeads(HeadOptions options) throws InterruptedException;

  /** Heads with those that went away; of any level but RAW. */
  Subscription<HeadEvent> headEvents(HeadOptions options) throws InterruptedException;

  Subscription<LogEvent> logs(LogFilter filter, LogOptions options) throws InterruptedException;

  Subscription<Hash> pendingTransactions() throws InterruptedException;

  Subscription<SyncStatus> syncing() throws InterruptedException;

  ServiceState state();

  /** What happens from now on; a slow subscriber loses the oldest of 64. */
  Flow.Publisher<ServiceEvent> events();

  /** Another frontend of the same service. */
  PubSubFrontend share();

  /** Gives this frontend back. Idempotent. */
  @Override
  void close();
}
