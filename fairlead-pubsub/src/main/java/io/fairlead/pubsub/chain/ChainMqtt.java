package io.fairlead.pubsub.chain;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;

/**
 * Whether and how a chain's named subscriptions are told as MQTT messages.
 *
 * @param qos at most; a subscriber's own bounds it further
 * @param retainHead whether the newest header is retained
 */
public record ChainMqtt(boolean enabled, int qos, boolean retainHead) {
  public static final RecordType<ChainMqtt> TYPE =
      RecordType.define(
          "pubsub_mqtt",
          "What named subscriptions tell, as messages of the gateway's broker.",
          fields -> {
            Field<Boolean> enabled =
                fields
                    .key("enabled", Types.bool(), "Publishes what named subscriptions tell.")
                    .orElse(true);
            Field<Integer> qos =
                fields
                    .key(
                        "qos",
                        Types.integer().between(0, 2),
                        "With 1 or 2 the cursor moves on only after the broker has each message"
                            + " safe.")
                    .orElse(1);
            Field<Boolean> retain =
                fields.key("retain_head", Types.bool(), "Retains the newest header.").orElse(true);
            return values ->
                new ChainMqtt(values.get(enabled), values.get(qos), values.get(retain));
          });
}
