package io.fairlead.mqtt.bridge;

import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;

/**
 * The brokers a message has left by a bridge, as user properties {@value #NAME}, oldest first. What
 * comes back to one of them is not taken again. Version 5 only: before it, messages carry nothing.
 *
 * @param id of this broker, unlike any other's
 */
record Trail(String id) {
  static final String NAME = "fl-bridge";

  /** A message crosses no more bridges than this. */
  static final int HOPS_MAX = 8;

  /** Whether it left this broker before, or was under way too long. */
  boolean turnsBack(Properties properties) {
    if (properties.isEmpty()) return false;
    int hops = 0;
    for (Properties.UserProperty each : properties.user()) {
      if (!each.name().equals(NAME)) continue;
      if (each.value().equals(id) || ++hops >= HOPS_MAX) return true;
    }
    return false;
  }

  /** What the message carries as it leaves. */
  Properties leaving(Properties properties) {
    return inner(properties).and().user(NAME, id).build();
  }

  /** Without what belongs to one connection. */
  static Properties inner(Properties properties) {
    return properties.only(
        each -> each != PropertyId.SUBSCRIPTION_ID && each != PropertyId.TOPIC_ALIAS);
  }
}
