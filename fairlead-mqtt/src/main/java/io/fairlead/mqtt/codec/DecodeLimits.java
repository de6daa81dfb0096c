package io.fairlead.mqtt.codec;

/**
 * What a decoder takes at most.
 *
 * @param connectBytes a frame before CONNECT was accepted, header included
 * @param packetBytes a frame after it, header included
 * @param topicBytes a topic name
 * @param topicLevels its levels
 * @param userProperties of one packet
 * @param userPropertyBytes of one packet, together
 */
public record DecodeLimits(
    int connectBytes,
    int packetBytes,
    int topicBytes,
    int topicLevels,
    int userProperties,
    int userPropertyBytes) {
  /** For what was accepted before. */
  static final DecodeLimits WIDEST =
      new DecodeLimits(
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE);

  /** Values for a broker that anyone may reach. */
  public static final DecodeLimits DEFAULTS =
      new DecodeLimits(64 * 1024, 1024 * 1024, 4096, 128, 64, 16 * 1024);
}
