package io.fairlead.mqtt.codec;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a peer sent is not MQTT, or not what it may send now. Carries no stack trace: peers can
 * cause it as often as they like.
 */
public final class MqttCodecException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ReasonCode reason;
  private final @Nullable MqttVersion answerIn;
  private final @Nullable MqttLimit limit;

  public MqttCodecException(ReasonCode reason, String message) {
    this(reason, message, null, null);
  }

  private MqttCodecException(
      ReasonCode reason,
      String message,
      @Nullable MqttVersion answerIn,
      @Nullable MqttLimit limit) {
    super(message, null, false, false);
    this.reason = reason;
    this.answerIn = answerIn;
    this.limit = limit;
  }

  /** The same about a CONNECT whose sender understands that version. */
  MqttCodecException in(MqttVersion version) {
    return new MqttCodecException(reason, String.valueOf(getMessage()), version, limit);
  }

  /** The version the sender of a bad CONNECT understands, if that much was readable. */
  public Optional<MqttVersion> answerIn() {
    return Optional.ofNullable(answerIn);
  }

  /** More than a bound of ours allows. */
  static MqttCodecException beyond(MqttLimit limit, ReasonCode reason, String message) {
    return new MqttCodecException(reason, message, null, limit);
  }

  static MqttCodecException malformed(String message) {
    return new MqttCodecException(ReasonCode.MALFORMED_PACKET, message);
  }

  static MqttCodecException protocol(String message) {
    return new MqttCodecException(ReasonCode.PROTOCOL_ERROR, message);
  }

  /** The bound that it went beyond; empty: the protocol itself forbids it. */
  public Optional<MqttLimit> limit() {
    return Optional.ofNullable(limit);
  }

  /** What to tell the peer, where the version has words for it. */
  public ReasonCode reason() {
    return reason;
  }
}
