package io.fairlead.app.mqtt;

import io.fairlead.mqtt.extension.ExtensionSource;
import io.fairlead.mqtt.extension.MqttExtension;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Extensions of the broker in jars beside our own. Nothing is searched, and nobody's code runs,
 * before one is named.
 */
public final class FoundExtensions implements ExtensionSource {
  @Override
  public Optional<MqttExtension> make(String name) {
    for (MqttExtension each : ServiceLoader.load(MqttExtension.class)) {
      if (each.name().equals(name)) return Optional.of(each);
    }
    return Optional.empty();
  }
}
