package io.fairlead.mqtt.acl;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about the topics a client used last: 128 places, each holds the last topic that
 * fell to it. Topics longer than {@link #TOPIC_MAX} bytes are decided anew each time, so that a
 * client cannot make us hold more than 32 KiB of them. One thread.
 */
final class DecisionCache {
  static final int RECEIVE = 0;
  static final int UNKNOWN = -1;
  static final int NO = 0;
  static final int YES = 1;
  private static final int PLACES = 128;
  private static final int TOPIC_MAX = 256;

  private byte @Nullable [] @Nullable [] topics; // made when it is first needed
  private final byte[] known = new byte[PLACES];
  private final byte[] answers = new byte[PLACES];

  /** The number of a question about publishing. */
  static int publish(int qos, boolean retain) {
    return 1 + qos * 2 + (retain ? 1 : 0);
  }

  /** {@link #YES}, {@link #NO} or {@link #UNKNOWN}. */
  int find(byte[] topic, int question) {
    byte @Nullable [] @Nullable [] held = topics;
    if (held == null || topic.length > TOPIC_MAX) return UNKNOWN;
    int place = place(topic);
    byte @Nullable [] there = held[place];
    if (there == null || there != topic && !Arrays.equals(there, topic)) return UNKNOWN;
    if ((known[place] >>> question & 1) == 0) return UNKNOWN;
    return answers[place] >>> question & 1;
  }

  void remember(byte[] topic, int question, boolean may) {
    if (topic.length > TOPIC_MAX) return;
    byte @Nullable [] @Nullable [] held = topics;
    if (held == null) {
      held = new byte[PLACES][];
      topics = held;
    }
    int place = place(topic);
    byte @Nullable [] there = held[place];
    if (there == null || there != topic && !Arrays.equals(there, topic)) {
      held[place] = topic;
      known[place] = 0;
      answers[place] = 0;
    }
    known[place] |= (byte) (1 << question);
    if (may) answers[place] |= (byte) (1 << question);
  }

  /** A question about publishing. */
  interface Question {
    boolean ask(byte[] topic, int qos, boolean retain);
  }

  /** Whether all that was answered with yes about publishing is answered so by that, too. */
  boolean allPublished(Question question) {
    byte @Nullable [] @Nullable [] held = topics;
    if (held == null) return true;
    for (int place = 0; place < PLACES; place++) {
      byte @Nullable [] topic = held[place];
      if (topic == null) continue;
      for (int qos = 0; qos <= 2; qos++) {
        if (!still(question, topic, place, qos, false)) return false;
        if (!still(question, topic, place, qos, true)) return false;
      }
    }
    return true;
  }

  private boolean still(Question question, byte[] topic, int place, int qos, boolean retain) {
    boolean granted = (answers[place] >>> publish(qos, retain) & 1) == YES;
    return !granted || question.ask(topic, qos, retain);
  }

  private static int place(byte[] topic) {
    int hash = Arrays.hashCode(topic);
    return (hash ^ hash >>> 15) & PLACES - 1;
  }
}
