package io.fairlead.mqtt.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one receiver gets of one message after all of its matching filters are taken together: one
 * copy, the highest granted quality of service, every subscription identifier (MQTT 5.0 §3.3.4).
 * Immutable.
 */
public final class Grant {
  private static final int[] NO_IDENTIFIERS = {};

  private final int qos;
  private final boolean retainAsPublished;
  private final int[] identifiers;

  private Grant(int qos, boolean retainAsPublished, int[] identifiers) {
    this.qos = qos;
    this.retainAsPublished = retainAsPublished;
    this.identifiers = identifiers;
  }

  static Grant of(SubscribeOptions options) {
    return new Grant(
        options.qos(),
        options.retainAsPublished(),
        options.identifier() == SubscribeOptions.NO_IDENTIFIER
            ? NO_IDENTIFIERS
            : new int[] {options.identifier()});
  }

  static @Nullable Grant merged(@Nullable Grant a, @Nullable Grant b) {
    if (a == null || b == null) return a == null ? b : a;
    int[] identifiers = Arrays.copyOf(a.identifiers, a.identifiers.length + b.identifiers.length);
    System.arraycopy(b.identifiers, 0, identifiers, a.identifiers.length, b.identifiers.length);
    return new Grant(
        Math.max(a.qos, b.qos),
        a.retainAsPublished || b.retainAsPublished,
        identifiers.length == 0 ? NO_IDENTIFIERS : identifiers);
  }

  /** The most that any of the filters was granted, 0 – 2. */
  public int qos() {
    return qos;
  }

  /** Whether any of the filters asked for the publisher's retain flag. */
  public boolean retainAsPublished() {
    return retainAsPublished;
  }

  /** How many subscription identifiers go along. */
  public int identifierCount() {
    return identifiers.length;
  }

  /** The subscription identifier at {@code index}, 1 – 268 435 455. */
  public int identifier(int index) {
    return identifiers[index];
  }

  @Override
  public String toString() {
    return "qos " + qos + (retainAsPublished ? " rap " : " ") + Arrays.toString(identifiers);
  }
}
