package io.fairlead.mqtt.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.event.GatewayEvent;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.store.Message;
import java.net.URI;

/** Tells onlookers how a bridge is: events, and its retained topic below {@code $SYS}. */
final class BridgeNews {
  private final BrokerCore core;
  private final String bridge;
  private final byte[] topic;

  BridgeNews(BrokerCore core, String bridge) {
    this.core = core;
    this.bridge = bridge;
    this.topic = ("$SYS/broker/connection/" + bridge + "/state").getBytes(UTF_8);
  }

  void begins(Shard home) {
    say(home, '0');
  }

  void cameUp(URI address, Shard home) {
    core.announce(
        new GatewayEvent.MqttBridge(core.clock().wall(), bridge, true, address.toString(), ""));
    say(home, '1');
  }

  void wentDown(URI address, String why, Shard home) {
    core.announce(
        new GatewayEvent.MqttBridge(core.clock().wall(), bridge, false, address.toString(), why));
    if (!core.leaving()) say(home, '0');
  }

  private void say(Shard home, char state) {
    home.publish(
        new Message(
            topic, new byte[] {(byte) state}, 0, true, Properties.EMPTY, Message.NEVER, ""));
  }
}
