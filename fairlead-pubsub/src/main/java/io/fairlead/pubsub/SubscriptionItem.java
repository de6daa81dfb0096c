package io.fairlead.pubsub;

/** An item, whether it fits or not. */
public sealed interface SubscriptionItem<T> {
  record Item<T>(T value) implements SubscriptionItem<T> {}

  /** Something else than was expected. */
  record Other<T>(JsonSlice raw) implements SubscriptionItem<T> {}
}
