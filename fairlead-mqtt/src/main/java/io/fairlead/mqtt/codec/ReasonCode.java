package io.fairlead.mqtt.codec;

import java.util.Locale;
import java.util.Optional;

/** Reason codes of MQTT 5.0 (§2.4); {@link #SUCCESS} also stands for the other names of 0x00. */
public enum ReasonCode {
  SUCCESS(0x00),
  GRANTED_QOS_1(0x01),
  GRANTED_QOS_2(0x02),
  DISCONNECT_WITH_WILL(0x04),
  NO_MATCHING_SUBSCRIBERS(0x10),
  NO_SUBSCRIPTION_EXISTED(0x11),
  CONTINUE_AUTHENTICATION(0x18),
  REAUTHENTICATE(0x19),
  UNSPECIFIED_ERROR(0x80),
  MALFORMED_PACKET(0x81),
  PROTOCOL_ERROR(0x82),
  IMPLEMENTATION_SPECIFIC(0x83),
  UNSUPPORTED_PROTOCOL_VERSION(0x84),
  CLIENT_ID_NOT_VALID(0x85),
  BAD_USER_NAME_OR_PASSWORD(0x86),
  NOT_AUTHORIZED(0x87),
  SERVER_UNAVAILABLE(0x88),
  SERVER_BUSY(0x89),
  BANNED(0x8A),
  SERVER_SHUTTING_DOWN(0x8B),
  BAD_AUTHENTICATION_METHOD(0x8C),
  KEEP_ALIVE_TIMEOUT(0x8D),
  SESSION_TAKEN_OVER(0x8E),
  TOPIC_FILTER_INVALID(0x8F),
  TOPIC_NAME_INVALID(0x90),
  PACKET_ID_IN_USE(0x91),
  PACKET_ID_NOT_FOUND(0x92),
  RECEIVE_MAXIMUM_EXCEEDED(0x93),
  TOPIC_ALIAS_INVALID(0x94),
  PACKET_TOO_LARGE(0x95),
  MESSAGE_RATE_TOO_HIGH(0x96),
  QUOTA_EXCEEDED(0x97),
  ADMINISTRATIVE_ACTION(0x98),
  PAYLOAD_FORMAT_INVALID(0x99),
  RETAIN_NOT_SUPPORTED(0x9A),
  QOS_NOT_SUPPORTED(0x9B),
  USE_ANOTHER_SERVER(0x9C),
  SERVER_MOVED(0x9D),
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED(0x9E),
  CONNECTION_RATE_EXCEEDED(0x9F),
  MAXIMUM_CONNECT_TIME(0xA0),
  SUBSCRIPTION_IDS_NOT_SUPPORTED(0xA1),
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED(0xA2);

  private static final ReasonCode[] BY_CODE = new ReasonCode[256];

  static {
    for (ReasonCode each : values()) BY_CODE[each.code] = each;
  }

  private final int code;

  ReasonCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /** Whether it says that something failed. */
  public boolean error() {
    return code >= 0x80;
  }

  /** The word in logs, events and meters. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a subscription was granted. */
  public static ReasonCode granted(int qos) {
    return switch (qos) {
      case 0 -> SUCCESS;
      case 1 -> GRANTED_QOS_1;
      default -> GRANTED_QOS_2;
    };
  }

  public static Optional<ReasonCode> of(int code) {
    return Optional.ofNullable(BY_CODE[code & 0xff]);
  }

  /**
   * The return code of a CONNACK of MQTT 3.1 and 3.1.1 (§3.2.2.3) with the nearest meaning; empty
   * where none fits and the connection is closed without a word.
   */
  public Optional<Integer> connectReturnCode() {
    return switch (this) {
      case SUCCESS -> Optional.of(0);
      case UNSUPPORTED_PROTOCOL_VERSION -> Optional.of(1);
      case CLIENT_ID_NOT_VALID -> Optional.of(2);
      case SERVER_UNAVAILABLE,
          SERVER_BUSY,
          QUOTA_EXCEEDED,
          USE_ANOTHER_SERVER,
          SERVER_MOVED,
          CONNECTION_RATE_EXCEEDED ->
          Optional.of(3);
      case BAD_USER_NAME_OR_PASSWORD, BAD_AUTHENTICATION_METHOD -> Optional.of(4);
      case NOT_AUTHORIZED, BANNED -> Optional.of(5);
      default -> Optional.empty();
    };
  }
}
