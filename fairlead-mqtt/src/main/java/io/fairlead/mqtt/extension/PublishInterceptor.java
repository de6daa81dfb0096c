package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.store.Message;
import java.util.Optional;

/** Asked about each message, and answers at once; {@link PublishReviewer} may take its time. */
@NonBlocking
public interface PublishInterceptor {
  /**
   * A client published, and may; also its will.
   *
   * @param message its arrays are not to be changed; {@code message.withTopic} and its like make a
   *     new one
   * @return what is published instead, with any topic; empty: nothing, and the client is not told
   */
  @NonBlocking
  default Optional<Message> incoming(Sender from, Message message, boolean will) {
    return Optional.of(message);
  }

  /**
   * A message is about to go to that client: just published, retained, or long in its queue. Asked
   * for each receiver, which may by its rights have the message under the topic it has now. A
   * message that is sent again is the one that was made the first time, unless the broker was
   * started anew meanwhile.
   *
   * @return what this client gets, with any topic, payload and properties; its QoS and retain flag
   *     stay as the subscription has them. One that is larger than the client takes is dropped.
   *     Empty: nothing; that is counted
   */
  @NonBlocking
  default Optional<Message> outgoing(Sender to, Message message) {
    return Optional.of(message);
  }
}
