package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import org.jspecify.annotations.Nullable;

/**
 * What others have to say about messages and subscriptions, after rights were looked at. Asked on
 * event loops: never blocks, never throws.
 */
public interface Hooks {
  /** Nobody has anything to say. */
  Hooks NONE =
      new Hooks() {
        @Override
        public Message incoming(Session from, Message message, boolean will) {
          return message;
        }

        @Override
        public boolean outgoing(Session to, Message message) {
          return true;
        }

        @Override
        public ReasonCode subscribing(Session session, TopicFilter filter, int qos) {
          return ReasonCode.granted(qos);
        }
      };

  /**
   * A client published.
   *
   * @param will it is the client's will
   * @return what goes on, perhaps changed; null: nothing, though the client is told it did
   */
  @Nullable Message incoming(Session from, Message message, boolean will);

  /** Whether a message may go out to that client. */
  boolean outgoing(Session to, Message message);

  /**
   * @return the granted QoS, or why not
   */
  ReasonCode subscribing(Session session, TopicFilter filter, int qos);
}
