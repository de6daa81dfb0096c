package io.fairlead.pubsub;

/** What is asked of a header before it is used: its hash is that of its fields, or a claim. */
public enum HeaderCheck {
  /** Taken as the node tells it. */
  OFF,
  /**
   * One whose hash is not that of its fields is refused; one that cannot be worked out is taken.
   */
  VERIFY,
  /** Only one whose hash is that of its fields is taken. */
  REQUIRE
}
