package io.fairlead.pubsub;

/** An item, or why it does not fit. */
public sealed interface DecodeResult<T> {
  record Ok<T>(T value) implements DecodeResult<T> {}

  record Failed<T>(JsonSlice raw, PubSubException.DecodeError cause) implements DecodeResult<T> {}
}
