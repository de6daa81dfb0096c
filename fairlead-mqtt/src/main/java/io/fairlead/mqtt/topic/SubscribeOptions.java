package io.fairlead.mqtt.topic;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How a subscriber wants the messages of one filter (MQTT 5.0 §3.8.3.1).
 *
 * @param qos the granted maximum, 0 – 2
 * @param noLocal without what the subscriber itself publishes
 * @param retainAsPublished with the retain flag the publisher set
 * @param retainHandling which retained messages a subscribe sends
 * @param identifier the subscription identifier, 1 – 268 435 455, or {@link #NO_IDENTIFIER}
 */
public record SubscribeOptions(
    int qos,
    boolean noLocal,
    boolean retainAsPublished,
    RetainHandling retainHandling,
    int identifier) {
  /** No identifier was given; the protocol has no identifier 0. */
  public static final int NO_IDENTIFIER = 0;

  private static final int[] NO_IDENTIFIERS = {};

  /** Which retained messages a subscribe sends. */
  public enum RetainHandling {
    SEND,
    SEND_IF_NEW,
    DO_NOT_SEND;

    /** Whether to send, for a subscription that is new or not. */
    public boolean sendsWhen(boolean subscriptionIsNew) {
      return this == SEND || this == SEND_IF_NEW && subscriptionIsNew;
    }
  }

  private static final List<SubscribeOptions> PLAIN =
      IntStream.rangeClosed(0, 2)
          .mapToObj(
              qos -> new SubscribeOptions(qos, false, false, RetainHandling.SEND, NO_IDENTIFIER))
          .toList();

  public SubscribeOptions {
    if (qos < 0 || qos > 2) throw new IllegalArgumentException("qos: " + qos + " (expected: 0-2)");
    if (identifier < 0 || identifier > 268_435_455)
      throw new IllegalArgumentException("identifier: " + identifier + " (expected: 0-268435455)");
  }

  /** The identifier as messages carry it: none or one. Not to be changed. */
  public int[] identifiers() {
    return identifier == NO_IDENTIFIER ? NO_IDENTIFIERS : new int[] {identifier};
  }

  /** What a client of MQTT 3 can ask for. */
  public static SubscribeOptions ofQos(int qos) {
    return of(qos, false, false, RetainHandling.SEND, NO_IDENTIFIER);
  }

  /** As the constructor; those that are asked for most are not made anew. */
  public static SubscribeOptions of(
      int qos,
      boolean noLocal,
      boolean retainAsPublished,
      RetainHandling retainHandling,
      int identifier) {
    boolean plain =
        !noLocal
            && !retainAsPublished
            && retainHandling == RetainHandling.SEND
            && identifier == NO_IDENTIFIER
            && qos >= 0
            && qos < PLAIN.size();
    return plain
        ? PLAIN.get(qos)
        : new SubscribeOptions(qos, noLocal, retainAsPublished, retainHandling, identifier);
  }
}
