package io.fairlead.pubsub;

/**
 * Turns a JSON value into something. Runs in the consumer's thread, never on an event loop.
 * Thread-safe.
 */
@FunctionalInterface
public interface Decoder<T> {
  /**
   * Decodes one value.
   *
   * @throws RuntimeException it does not fit; callers see {@link PubSubException.DecodeError}
   */
  T decode(JsonSlice json);
}
