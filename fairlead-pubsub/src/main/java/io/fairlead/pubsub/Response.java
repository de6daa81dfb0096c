package io.fairlead.pubsub;

/** What a server answered. */
public sealed interface Response {
  /** A result; of a subscribing call, the local id. */
  record Success(JsonSlice result) implements Response {}

  /** An error. */
  record Failure(PubSubException.RpcError error) implements Response {}
}
