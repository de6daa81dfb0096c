package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.store.Message;
import java.util.List;

/**
 * Chooses who of a shared group gets the next message, where the configuration says {@code
 * shared_strategy: extension:NAME}. Asked on the event loop of the publisher.
 */
@NonBlocking
@FunctionalInterface
public interface GroupStrategy {
  /**
   * A member that has room.
   *
   * @param inflight messages it has not acknowledged, a moment ago
   */
  record Candidate(String clientId, String account, int inflight) {}

  /**
   * @param filter {@code $share/GROUP/FILTER}
   * @param candidates one or more; of a large group a part that changes from message to message
   * @return index of one of them; with any other answer, or an exception, it is the next one's turn
   */
  int choose(String filter, Message message, List<Candidate> candidates);
}
