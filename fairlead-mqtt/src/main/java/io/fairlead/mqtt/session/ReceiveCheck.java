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

  /**
   * @return what leaves: the message, or what was made of it for this client; null: nothing
   */
  @Nullable Message leaving(Connection now, Message message, int qos, int[] ids) {
    if (message.expires() && message.expiredAt(session.wallMillis())) {
      host.meters().dropped(Drop.EXPIRED);
      return null;
    }
    if (!mayReceive(now, message.topic())) {
      host.meters().dropped(Drop.NOT_AUTHORIZED);
      return null;
    }
    return changed(now, message, qos, ids);
  }

  /**
   * The same for one that left before a restart: it is not known what was made of it then.
   *
   * @return what leaves; null: nothing any more
   */
  @Nullable Message changed(Connection now, Message message, int qos, int[] ids) {
    Message said = host.hooks().outgoing(session, message);
    if (said == null) {
      host.meters().dropped(Drop.NOT_AUTHORIZED);
      return null;
    }
    if (!now.fits(said, qos, said.expires(), ids)) {
      host.meters().dropped(Drop.TOO_LARGE);
      return null;
    }
    return said;
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
