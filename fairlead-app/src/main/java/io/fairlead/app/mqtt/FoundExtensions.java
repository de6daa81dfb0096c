package io.fairlead.app.mqtt;

import io.fairlead.mqtt.MqttBrokerBuilder;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.extension.MqttExtension;
import java.util.Map;
import java.util.ServiceLoader;

/** Extensions of the broker in jars beside our own: those that the configuration names. */
public final class FoundExtensions {
  private FoundExtensions() {}

  /** Adds them, in the order they are found; one that is not named is not made known. */
  public static MqttBrokerBuilder in(MqttConfig config, MqttBrokerBuilder builder) {
    // None named: nothing is searched, and nobody's code runs.
    if (config.extensions().isEmpty()) return builder;
    for (MqttExtension each : ServiceLoader.load(MqttExtension.class)) {
      Map<String, String> settings = config.extensions().get(each.name());
      if (settings != null) builder.extension(each, settings);
    }
    return builder;
  }
}
