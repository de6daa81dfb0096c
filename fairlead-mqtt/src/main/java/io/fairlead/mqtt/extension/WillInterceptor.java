package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.Message;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Asked about wills: when a client says one, and when it is published. */
public interface WillInterceptor {
  /** What becomes of a will. */
  sealed interface Answer {
    /** It is kept, perhaps changed; its delay and the time it is valid stay as they are. */
    record Keep(Message will) implements Answer {}

    /** The client comes in without one. */
    record Without() implements Answer {}

    /** The client does not come in. */
    record Refuse(ReasonCode reason) implements Answer {}
  }

  /**
   * A client that may come in, and may publish it, says its will. May take up to {@link
   * Extensions#DEADLINE}, but not on the calling thread.
   */
  default CompletionStage<Answer> announced(Sender client, Message will) {
    return CompletableFuture.completedFuture(new Answer.Keep(will));
  }

  /**
   * Its time has come; {@link PublishInterceptor#incoming} is asked after this.
   *
   * @return what is published instead; empty: nothing
   */
  @NonBlocking
  default Optional<Message> due(Sender client, Message will) {
    return Optional.of(will);
  }
}
