package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.store.Message;
import java.util.Optional;

/**
 * Asked about each message, on the event loop of its client: must not block, for all other clients
 * of that loop wait.
 */
public interface PublishInterceptor {
  /**
   * A client published, and may; also its will.
   *
   * @param message its arrays are not to be changed; make a new one
   * @return what is published instead, with any topic; empty: nothing, and the client is not told
   */
  default Optional<Message> incoming(Sender from, Message message, boolean will) {
    return Optional.of(message);
  }

  /** Whether that client gets the message. One that it does not get is dropped and counted. */
  default boolean outgoing(Sender to, Message message) {
    return true;
  }
}
