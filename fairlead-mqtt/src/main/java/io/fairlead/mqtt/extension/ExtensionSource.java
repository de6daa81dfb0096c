package io.fairlead.mqtt.extension;

import java.util.Optional;

/** Where extensions come from that the configuration names without a file. */
@FunctionalInterface
public interface ExtensionSource {
  /** There are none. */
  ExtensionSource NONE = _ -> Optional.empty();

  /** A new one of that name, not started; empty: there is no such extension. */
  Optional<MqttExtension> make(String name);
}
