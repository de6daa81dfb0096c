package io.fairlead.pubsub;

import java.util.concurrent.CompletableFuture;

/** Calls that go out together. Not thread-safe; sent once. */
public interface BatchBuilder {
  /** How calls go out. */
  enum Form {
    /** One message each, flushed once. */
    PIPELINE,
    /** One array, at most 100 calls and 1 MiB. */
    ARRAY
  }

  /** Adds a call; the future completes after {@link #send}. */
  <R> CompletableFuture<R> add(RpcCall<R> call);

  /** Another form than the transport's own. */
  BatchBuilder form(Form form);

  /**
   * Sends what was added.
   *
   * @throws PubSubException.LocalUsage it was sent before, or is too large for one array
   */
  void send();
}
