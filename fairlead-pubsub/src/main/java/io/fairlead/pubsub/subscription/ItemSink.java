package io.fairlead.pubsub.subscription;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.JsonSlice;

/**
 * Somebody who listens to a subscription. Called on the service's event loop; must not block and
 * must not throw.
 */
public interface ItemSink {
  /** The next item. */
  void item(JsonSlice item);

  /** The connection is gone; items may be missed from now on. */
  default void interrupted() {}

  /** The subscription stands again, on another connection or anew on the same. */
  default void resumed() {}

  /** Nothing more comes. */
  void ended(EndReason reason);
}
