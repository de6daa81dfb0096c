package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttLimit;

/**
 * How many messages may be on their way to a client without its acknowledgement: what the client
 * says (its Receive Maximum, MQTT 5.0 §4.9), or less where the configuration does. Owned by the
 * session's loop; {@link #size} may be read by any thread.
 */
final class SendWindow {
  private final BrokerMeters meters;
  private int size;
  private boolean ours; // less than the client would take, and not met yet

  SendWindow(BrokerMeters meters) {
    this.meters = meters;
  }

  /** Another connection has come. */
  void open(Connection next, MqttConfig.Sessions bounds) {
    boolean says = next.version().rich();
    int wanted = says ? next.receiveMaximum() : Outbox.IDS;
    int allowed = says ? wanted : bounds.v3Inflight();
    size = Math.min(allowed, bounds.maxInflight());
    ours = size < wanted;
  }

  int size() {
    return size;
  }

  /** Whether one more may go. */
  boolean room(int onWire) {
    return onWire < size;
  }

  /** The same, asked for a message that waits otherwise; counted where that is our doing. */
  boolean admits(int onWire) {
    if (room(onWire)) return true;
    if (ours) meters.rejected(MqttLimit.WINDOW);
    ours = false; // once a connection
    return false;
  }
}
