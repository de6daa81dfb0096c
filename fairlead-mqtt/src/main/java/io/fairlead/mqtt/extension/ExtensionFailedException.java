package io.fairlead.mqtt.extension;

import io.fairlead.core.config.Code;
import io.fairlead.mqtt.MqttCodes;

/**
 * An extension does not start, and so the broker does not; trying again helps if its cause goes.
 */
public final class ExtensionFailedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  ExtensionFailedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Under which it is explained. */
  public Code code() {
    return MqttCodes.EXTENSION_FAILS;
  }
}
