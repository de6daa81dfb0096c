package io.fairlead.pubsub;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One request. Immutable; may be sent any number of times.
 *
 * @param params an array or an object
 * @param timeout instead of the service's own
 * @param unsubscribeMethod present: it subscribes, and its answer is the local id
 * @param nullAllowed whether the answer {@code null} goes to the decoder
 */
public record RpcCall<R>(
    String method,
    JsonSlice params,
    Decoder<R> decoder,
    Optional<Duration> timeout,
    Optional<String> unsubscribeMethod,
    boolean nullAllowed) {
  public RpcCall {
    if (method.isBlank()) throw new PubSubException.LocalUsage("a method must be named");
  }

  /**
   * @throws PubSubException.SerializeError a parameter has no JSON form
   */
  public static <R> RpcCall<R> of(String method, List<?> params, Decoder<R> decoder) {
    return of(method, Json.write(params), decoder);
  }

  public static <R> RpcCall<R> of(String method, JsonSlice params, Decoder<R> decoder) {
    return new RpcCall<>(method, params, decoder, Optional.empty(), Optional.empty(), true);
  }

  /** The same with a deadline of its own. */
  public RpcCall<R> timeout(Duration next) {
    return new RpcCall<>(
        method, params, decoder, Optional.of(next), unsubscribeMethod, nullAllowed);
  }

  /** The same as a subscription: the answer is rewritten to the local id. */
  public RpcCall<R> asSubscription(String unsubscribe) {
    return new RpcCall<>(method, params, decoder, timeout, Optional.of(unsubscribe), nullAllowed);
  }

  /** The same, failing with {@link PubSubException.NullResult} when the answer is null. */
  public RpcCall<R> required() {
    return new RpcCall<>(method, params, decoder, timeout, unsubscribeMethod, false);
  }

  @Override
  public String toString() {
    return method; // parameters are not for logs
  }
}
