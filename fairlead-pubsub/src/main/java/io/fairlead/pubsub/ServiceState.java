package io.fairlead.pubsub;

/** How a service is. */
public enum ServiceState {
  CONNECTING,
  /** Connected; subscriptions are being made again. */
  RECOVERING,
  LIVE,
  /** Connected, but the chain stands still. */
  STALLED,
  DISCONNECTED,
  /** Given up. */
  FAILED,
  CLOSED
}
