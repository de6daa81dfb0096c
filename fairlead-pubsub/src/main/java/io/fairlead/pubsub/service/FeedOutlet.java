package io.fairlead.pubsub.service;

import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.log.Delivery;

/** Where a feed's deliveries go. Called on the feed's event loop; must not block and not throw. */
interface FeedOutlet {
  /** There is room for it: no more come than were asked for. */
  void deliver(Delivery delivery);

  /** The node is out of reach; what was told stands. */
  default void interrupted() {}

  /** Nothing more comes. */
  void ended(EndReason reason);
}
