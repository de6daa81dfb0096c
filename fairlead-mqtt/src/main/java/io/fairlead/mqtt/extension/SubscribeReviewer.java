package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.codec.ReasonCode;
import java.util.concurrent.CompletionStage;

/**
 * Asked about each subscription a client may have, and may take its time; meanwhile the client is
 * not read.
 */
@FunctionalInterface
public interface SubscribeReviewer {
  /**
   * May take up to {@link Extensions#DEADLINE}, but not on the calling thread.
   *
   * @param filter as the client wrote it
   * @param qos that would be granted
   * @return {@link ReasonCode#granted} of that QoS or a lower one, or an error the client is told
   */
  CompletionStage<ReasonCode> review(Sender client, String filter, int qos);
}
