package io.fairlead.mqtt.codec;

/** Which reason codes stand in which packets (MQTT 5.0 §3.4.2.1 – §3.15.2.1). */
final class ReasonPlaces {
  private ReasonPlaces() {}

  static boolean fits(ReasonCode reason, PacketType type, boolean fromServer) {
    return switch (type) {
      case PUBACK, PUBREC -> publishAnswer(reason);
      case PUBREL, PUBCOMP ->
          reason == ReasonCode.SUCCESS || reason == ReasonCode.PACKET_ID_NOT_FOUND;
      case AUTH ->
          switch (reason) {
            case CONTINUE_AUTHENTICATION -> true;
            case SUCCESS -> fromServer;
            case REAUTHENTICATE -> !fromServer;
            default -> false;
          };
      case DISCONNECT -> fromServer ? serverGoodbye(reason) : clientGoodbye(reason);
      default -> true;
    };
  }

  private static boolean publishAnswer(ReasonCode reason) {
    return switch (reason) {
      case SUCCESS,
          NO_MATCHING_SUBSCRIBERS,
          UNSPECIFIED_ERROR,
          IMPLEMENTATION_SPECIFIC,
          NOT_AUTHORIZED,
          TOPIC_NAME_INVALID,
          PACKET_ID_IN_USE,
          QUOTA_EXCEEDED,
          PAYLOAD_FORMAT_INVALID ->
          true;
      default -> false;
    };
  }

  private static boolean clientGoodbye(ReasonCode reason) {
    return switch (reason) {
      case SUCCESS,
          DISCONNECT_WITH_WILL,
          UNSPECIFIED_ERROR,
          MALFORMED_PACKET,
          PROTOCOL_ERROR,
          IMPLEMENTATION_SPECIFIC,
          TOPIC_NAME_INVALID,
          RECEIVE_MAXIMUM_EXCEEDED,
          TOPIC_ALIAS_INVALID,
          PACKET_TOO_LARGE,
          MESSAGE_RATE_TOO_HIGH,
          QUOTA_EXCEEDED,
          ADMINISTRATIVE_ACTION,
          PAYLOAD_FORMAT_INVALID ->
          true;
      default -> false;
    };
  }

  private static boolean serverGoodbye(ReasonCode reason) {
    return reason == ReasonCode.SUCCESS || reason.error();
  }
}
