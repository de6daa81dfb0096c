package io.fairlead.mqtt.topic;

/**
 * What becomes of a message of a shared group that its member did not finish (MQTT 5.0 §4.8.2).
 *
 * <pre>
 *                         connection lost    session ended     refused (reason 0x80 or more)
 * not sent yet            ANOTHER_MEMBER     ANOTHER_MEMBER    -
 * QoS 0 sent              GONE               GONE              -
 * QoS 1 unacknowledged    ANOTHER_MEMBER     ANOTHER_MEMBER    GONE
 * QoS 2 unfinished        SAME_MEMBER        GONE              GONE
 * </pre>
 *
 * A QoS 2 message that was once on its way to one client never goes to another: that client may
 * have it.
 */
public enum HandOver {
  ANOTHER_MEMBER,
  SAME_MEMBER,
  GONE;

  /**
   * After the member's connection or session ended.
   *
   * @param sent whether the PUBLISH was written to the member at least once
   * @param sessionEnded false when the client may still come back to its session
   */
  public static HandOver afterLoss(int qos, boolean sent, boolean sessionEnded) {
    if (!sent) return ANOTHER_MEMBER;
    return switch (qos) {
      case 0 -> GONE;
      case 1 -> ANOTHER_MEMBER;
      case 2 -> sessionEnded ? GONE : SAME_MEMBER;
      default -> throw new IllegalArgumentException("qos: " + qos + " (expected: 0-2)");
    };
  }
}
