package io.fairlead.pubsub;

/** How much is promised about what a subscription tells. */
public enum DeliveryLevel {
  /** Notifications as the server sends them. */
  RAW,
  /** Live at once; after trouble the hole is filled and duplicates are dropped. */
  RESUMED,
  /** Block by block, in order, each verified. */
  EXACT
}
