package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.Grant;
import io.fairlead.mqtt.topic.Matches;
import io.fairlead.mqtt.topic.Receiver;
import org.jspecify.annotations.Nullable;

/** Places in queues, promised to a message that must reach all of its receivers or none. */
final class Promises {
  private Promises() {}

  /** A place in each queue that it must not be lost in, or none in any. */
  static boolean give(Matches<Session> matches, @Nullable Session from, Message message) {
    int[] promised = {0};
    boolean[] full = {false};
    matches.forEachReceiver(
        receiver -> {
          if (full[0] || !needsPlace(receiver, from)) return;
          if (receiver.subscriber().promise(message)) promised[0]++;
          else full[0] = true;
        });
    if (full[0]) takeBack(matches, from, message, promised[0]);
    return !full[0];
  }

  /** It goes nowhere after all. */
  static void takeBack(Matches<Session> matches, @Nullable Session from, Message message) {
    takeBack(matches, from, message, Integer.MAX_VALUE);
  }

  private static void takeBack(
      Matches<Session> matches, @Nullable Session from, Message message, int count) {
    int[] left = {count};
    matches.forEachReceiver(
        receiver -> {
          if (needsPlace(receiver, from) && left[0]-- > 0) receiver.subscriber().unpromise(message);
        });
  }

  private static boolean needsPlace(Receiver<Session> receiver, @Nullable Session from) {
    Grant grant = receiver.grant(receiver.subscriber() == from);
    return grant != null && grant.qos() > 0;
  }
}
