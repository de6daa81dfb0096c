package io.fairlead.pubsub;

import java.util.concurrent.CompletionStage;

/**
 * Stands around every call of a service; the first one given is outermost. A call that is sent
 * again after a lost connection passes once. Called in the caller's thread; must not block.
 */
@FunctionalInterface
public interface CallInterceptor {
  CompletionStage<Response> around(RpcCall<?> call, Next next);

  /** The rest of the way. */
  @FunctionalInterface
  interface Next {
    CompletionStage<Response> proceed(RpcCall<?> call);
  }
}
