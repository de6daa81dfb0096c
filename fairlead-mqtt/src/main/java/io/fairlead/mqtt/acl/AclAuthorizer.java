package io.fairlead.mqtt.acl;

import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.Objects;

/**
 * Decides by an access list. Immutable; two are equal when they decide alike.
 *
 * @param allowRest what holds where no line fits
 * @param filterLater lets a client subscribe to more than it may read; it is then given the part
 *     that it may
 */
public record AclAuthorizer(AclFile file, boolean allowRest, boolean filterLater)
    implements MqttAuthorizer {
  public AclAuthorizer {
    Objects.requireNonNull(file);
  }

  @Override
  public MqttRights rights(MqttClient client) {
    return AclRights.of(this, client);
  }

  @Override
  public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
    return rights(client).mayPublish(topic, qos, retain);
  }

  @Override
  public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
    return rights(client).maySubscribe(filter, qos);
  }

  @Override
  public boolean mayReceive(MqttClient client, byte[] topic) {
    return rights(client).mayReceive(topic);
  }
}
