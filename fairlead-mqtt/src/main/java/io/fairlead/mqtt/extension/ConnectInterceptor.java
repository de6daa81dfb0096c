package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.MqttAuthenticator.Answer;
import io.fairlead.mqtt.MqttAuthenticator.Shown;
import java.util.concurrent.CompletionStage;

/** Asked about each client whose account is known, before its session is touched. */
public interface ConnectInterceptor {
  /**
   * May take its time, up to {@link Extensions#DEADLINE}, but not on the calling thread.
   *
   * @param shown what the client showed
   * @param known who it is: accepted, or nobody in particular
   * @return the same, the client in other groups or with other attributes, or a refusal
   */
  CompletionStage<Answer> connecting(Shown shown, Answer known);
}
