package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.ReasonCode;

/** Who gets one message, decided and not yet done. */
public interface Route {
  /** {@code SUCCESS}, {@code NO_MATCHING_SUBSCRIBERS}, or why nobody gets it. */
  ReasonCode reason();

  /** Gives it to them; at most once. */
  void deliver();
}
