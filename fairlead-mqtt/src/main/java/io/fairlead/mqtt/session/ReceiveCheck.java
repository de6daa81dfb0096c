package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * Whether a message may leave for a session's client, asked just before it does: whatever way it
 * came. What may not is counted. Home thread only.
 */
final class ReceiveCheck {
  private final Session session;
  private final SessionHost host;

  // The last decision about what the client may receive.
  private byte @Nullable [] decidedTopic;
  private @Nullable MqttRights decidedBy;
  private boolean decided;

  ReceiveCheck(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
  }

  boolean passes(Connection now, Message message, int qos, int[] ids) {
    if (message.expires() && message.expiredAt(session.wallMillis())) {
      host.meters().dropped(Drop.EXPIRED);
      return false;
    }
    if (!now.fits(message, qos, message.expires(), ids)) {
      host.meters().dropped(Drop.TOO_LARGE);
      return false;
    }
    if (!mayReceive(now, message.topic()) || !host.hooks().outgoing(session, message)) {
      host.meters().dropped(Drop.NOT_AUTHORIZED);
      return false;
    }
    return true;
  }

  private boolean mayReceive(Connection now, byte[] topic) {
    MqttRights rights = now.rights(host.authorizer());
    if (topic != decidedTopic || rights != decidedBy) {
      decided = rights.mayReceive(topic);
      decidedTopic = topic;
      decidedBy = rights;
    }
    return decided;
  }
}
