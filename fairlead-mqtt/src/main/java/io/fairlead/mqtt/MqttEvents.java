package io.fairlead.mqtt;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicName;

/**
 * Key {@code mqtt.events}: what happens in the gateway, as messages.
 *
 * @param prefix below which topic; begins with {@code $fairlead/}, where clients never publish
 * @param retainState whether the last of what describes a state is retained
 */
public record MqttEvents(boolean enabled, String prefix, boolean retainState) {
  private static final String OWN = "$fairlead/";

  private static final ConfigType<String> PREFIX =
      Types.string()
          .mapped(
              Codes.NOT_A_CHOICE,
              text -> {
                if (text.startsWith(OWN) && !text.endsWith("/") && valid(text)) return text;
                throw new IllegalArgumentException("a topic below $fairlead/");
              },
              text -> text);

  static final RecordType<MqttEvents> TYPE =
      RecordType.define(
          "mqtt_events",
          "What happens in the gateway, as messages to those who may read them.",
          f -> {
            Field<Boolean> enabled =
                f.key("enabled", Types.bool(), "Publishes events.").orElse(true);
            Field<String> prefix =
                f.key("topic_prefix", PREFIX, "The topic they are published below.")
                    .orElse("$fairlead/events");
            Field<Boolean> retain =
                f.key(
                        "retain_state",
                        Types.bool(),
                        "Retains the last configuration and the last state of each registry"
                            + " target, for those who subscribe later.")
                    .orElse(true);
            return v -> new MqttEvents(v.get(enabled), v.get(prefix), v.get(retain));
          });

  private static boolean valid(String topic) {
    try {
      var _ = TopicName.of(topic, TopicLimits.DEFAULT);
      return true;
    } catch (BadTopicException none) {
      return false;
    }
  }
}
