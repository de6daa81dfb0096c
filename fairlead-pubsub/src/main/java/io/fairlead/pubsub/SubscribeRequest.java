package io.fairlead.pubsub;

import java.util.List;

/**
 * What to subscribe to.
 *
 * @param shared whether equal requests share one subscription at the server
 * @param onLag what happens to a slow consumer; {@link LagPolicy#REFILL} only with log and head
 *     subscriptions of a level above RAW
 */
public record SubscribeRequest<T>(
    String method,
    String unsubscribeMethod,
    JsonSlice params,
    Decoder<T> decoder,
    boolean shared,
    LagPolicy onLag) {
  private static final String SUBSCRIBE = "eth_subscribe";
  private static final String UNSUBSCRIBE = "eth_unsubscribe";

  /** New headers, as the server sends them. */
  public static SubscribeRequest<Head> newHeads() {
    return ethereum(Json.array("newHeads"), Decoders.head());
  }

  /** Logs, as the server sends them. */
  public static SubscribeRequest<Log> logs(LogFilter filter) {
    return ethereum(Json.array("logs", filter.toJson()), Decoders.log());
  }

  public static SubscribeRequest<Hash> pendingTransactions() {
    return ethereum(Json.array("newPendingTransactions"), Decoders.hash());
  }

  public static SubscribeRequest<SyncStatus> syncing() {
    return ethereum(Json.array("syncing"), Decoders.syncStatus());
  }

  /** Any subscription of any server. */
  public static <T> SubscribeRequest<T> custom(
      String subscribe, String unsubscribe, List<?> params, Decoder<T> decoder) {
    return new SubscribeRequest<>(
        subscribe, unsubscribe, Json.write(params), decoder, true, LagPolicy.SIGNAL);
  }

  private static <T> SubscribeRequest<T> ethereum(JsonSlice params, Decoder<T> decoder) {
    return new SubscribeRequest<>(SUBSCRIBE, UNSUBSCRIBE, params, decoder, true, LagPolicy.SIGNAL);
  }

  /** The same with a subscription of its own at the server. */
  public SubscribeRequest<T> alone() {
    return new SubscribeRequest<>(method, unsubscribeMethod, params, decoder, false, onLag);
  }

  public SubscribeRequest<T> onLag(LagPolicy next) {
    return new SubscribeRequest<>(method, unsubscribeMethod, params, decoder, shared, next);
  }
}
