package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.Grant;
import io.fairlead.mqtt.topic.Matches;
import io.fairlead.mqtt.topic.Receiver;
import org.jspecify.annotations.Nullable;

/** Places in the queues of all sessions that a message must not be lost in, or in none. */
final class PromisedPlaces {
  private PromisedPlaces() {}

  /** False: one of them has no place, and none was taken. */
  static boolean take(Matches<Session> matches, @Nullable Session from, Message message) {
    int[] promised = {0};
    boolean[] full = {false};
    matches.forEachReceiver(
        receiver -> {
          if (full[0] || !needed(receiver, from)) return;
          if (receiver.subscriber().promise(message)) promised[0]++;
          else full[0] = true;
        });
    if (full[0]) giveBack(matches, from, message, promised[0]);
    return !full[0];
  }

  /** The message will not come to any of them. */
  static void giveBack(Matches<Session> matches, @Nullable Session from, Message message) {
    giveBack(matches, from, message, Integer.MAX_VALUE);
  }

  private static void giveBack(
      Matches<Session> matches, @Nullable Session from, Message message, int count) {
    int[] left = {count};
    matches.forEachReceiver(
        receiver -> {
          if (needed(receiver, from) && left[0]-- > 0) receiver.subscriber().unpromise(message);
        });
  }

  private static boolean needed(Receiver<Session> receiver, @Nullable Session from) {
    Grant grant = receiver.grant(receiver.subscriber() == from);
    return grant != null && grant.qos() > 0;
  }
}
