package io.fairlead.pubsub;

/** What happens to a handle whose queue is full. */
public enum LagPolicy {
  /** What does not fit is dropped and asked for again later: nothing is lost. Logs and heads. */
  REFILL,
  /** The oldest is dropped and the consumer is told how many. */
  SIGNAL,
  /** Nothing more is read from the connection until there is room. */
  BLOCK,
  /** The handle ends. */
  FAIL
}
