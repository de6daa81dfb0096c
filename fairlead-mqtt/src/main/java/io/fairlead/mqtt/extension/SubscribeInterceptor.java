package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.codec.ReasonCode;

/** Asked about each subscription a client may have; {@link SubscribeReviewer} may take its time. */
@NonBlocking
public interface SubscribeInterceptor {
  /**
   * @param filter as the client wrote it
   * @param qos that would be granted
   * @return {@link ReasonCode#granted} of that QoS or a lower one, or an error the client is told
   */
  ReasonCode subscribing(Sender client, String filter, int qos);
}
