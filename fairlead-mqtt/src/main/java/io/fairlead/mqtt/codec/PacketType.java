package io.fairlead.mqtt.codec;

/** Control packet types (MQTT 5.0 §2.1.2), with their fixed flags and who may send them. */
public enum PacketType {
  CONNECT(1, 0, true, false),
  CONNACK(2, 0, false, true),
  PUBLISH(3, -1, true, true),
  PUBACK(4, 0, true, true),
  PUBREC(5, 0, true, true),
  PUBREL(6, 2, true, true),
  PUBCOMP(7, 0, true, true),
  SUBSCRIBE(8, 2, true, false),
  SUBACK(9, 0, false, true),
  UNSUBSCRIBE(10, 2, true, false),
  UNSUBACK(11, 0, false, true),
  PINGREQ(12, 0, true, false),
  PINGRESP(13, 0, false, true),
  DISCONNECT(14, 0, true, true),
  AUTH(15, 0, true, true);

  private static final PacketType[] BY_NUMBER = values();

  private final int number;
  private final int flags;
  private final boolean fromClient;
  private final boolean fromServer;

  PacketType(int number, int flags, boolean fromClient, boolean fromServer) {
    this.number = number;
    this.flags = flags;
    this.fromClient = fromClient;
    this.fromServer = fromServer;
  }

  int number() {
    return number;
  }

  /** The four low bits of the first byte; -1 where they mean something (PUBLISH). */
  int flags() {
    return flags;
  }

  boolean fromClient() {
    return fromClient;
  }

  boolean fromServer() {
    return fromServer;
  }

  /** The bit of this type in a set of types. */
  int bit() {
    return 1 << number;
  }

  /**
   * @param number 1 – 15
   */
  static PacketType of(int number) {
    return BY_NUMBER[number - 1];
  }
}
