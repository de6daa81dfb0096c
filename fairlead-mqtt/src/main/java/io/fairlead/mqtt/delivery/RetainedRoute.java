package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Route;
import io.fairlead.mqtt.store.Message;

/**
 * The way of a message that was retained, too. Delivered after its batch was committed, which is
 * when the store may have to be told again who won.
 */
record RetainedRoute(Retention retention, Message message, Route rest) implements Route {
  @Override
  public ReasonCode reason() {
    return rest.reason();
  }

  @Override
  public void deliver() {
    retention.settle(message);
    rest.deliver();
  }
}
