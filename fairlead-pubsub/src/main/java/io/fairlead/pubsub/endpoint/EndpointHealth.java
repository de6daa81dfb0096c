package io.fairlead.pubsub.endpoint;

/** How well an endpoint serves, best first. */
public enum EndpointHealth {
  /** Nothing is known against it. */
  ALIVE,
  /** Its newest block is three or more behind the best one seen. */
  LAGGING,
  /** It is connected and its chain stands still, while another one's goes on. */
  STALLED,
  /** It asked to be left alone for a while. */
  RATE_LIMITED,
  /** It could not be reached the last time. */
  UNREACHABLE,
  /** It cannot serve as it is: wrong chain, wrong key, no trust. Tried again after five minutes. */
  OUT
}
