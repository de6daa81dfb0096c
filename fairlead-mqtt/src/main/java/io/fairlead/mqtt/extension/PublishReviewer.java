package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.store.Message;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Asked about each message of a client, and may take its time. Until there is an answer the client
 * is not read, what it sent behind the message waits, and nothing is acknowledged.
 */
@FunctionalInterface
public interface PublishReviewer {
  /**
   * May take up to {@link Extensions#DEADLINE}, but not on the calling thread.
   *
   * @param message its arrays are not to be changed
   * @param will it is the client's will, which is about to be published
   * @return what is published instead; empty: nothing, and the client is not told
   */
  CompletionStage<Optional<Message>> review(Sender from, Message message, boolean will);
}
