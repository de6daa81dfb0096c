package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.topic.TopicFilter;

/** What an extension says that clients may do; where it fails, nothing unless it passes. */
record GuardedRights(Loaded owner, MqttAuthorizer theirs) implements MqttAuthorizer {
  @Override
  public MqttRights rights(MqttClient client) {
    return new Guarded(owner, owner.ask(() -> theirs.rights(client), () -> none(owner)));
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

  private static MqttRights none(Loaded owner) {
    if (!owner.refuses()) return MqttRights.ALL;
    return new MqttRights() {
      @Override
      public boolean mayPublish(byte[] topic, int qos, boolean retain) {
        return false;
      }

      @Override
      public boolean maySubscribe(TopicFilter filter, int qos) {
        return false;
      }

      @Override
      public boolean mayReceive(byte[] topic) {
        return false;
      }
    };
  }

  private record Guarded(Loaded owner, MqttRights theirs) implements MqttRights {
    @Override
    public boolean mayPublish(byte[] topic, int qos, boolean retain) {
      return owner.ask(() -> theirs.mayPublish(topic, qos, retain), () -> !owner.refuses());
    }

    @Override
    public boolean maySubscribe(TopicFilter filter, int qos) {
      return owner.ask(() -> theirs.maySubscribe(filter, qos), () -> !owner.refuses());
    }

    @Override
    public boolean mayReceive(byte[] topic) {
      return owner.ask(() -> theirs.mayReceive(topic), () -> !owner.refuses());
    }
  }
}
