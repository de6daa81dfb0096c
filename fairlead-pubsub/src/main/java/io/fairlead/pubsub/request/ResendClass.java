package io.fairlead.pubsub.request;

/** What may be done with a request whose connection was lost before its answer came. */
public enum ResendClass {
  /** Sent again, in the original order. */
  SAFE,
  /** Sent again by the subscription itself. */
  SUBSCRIBE,
  /** Sent again once: doing it twice has the same effect as doing it once. */
  HASHED,
  /** Failed: it may have been executed. */
  UNSAFE,
  /** Belongs to its connection, and fails with it. */
  CONNECTION
}
