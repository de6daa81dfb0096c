package io.fairlead.mqtt.codec;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One control packet. Where a version has no field for something, decoding gives the value it
 * implies (no properties, reason {@link ReasonCode#SUCCESS}) and encoding leaves it out. Arrays are
 * not copied: whoever holds a packet leaves them alone.
 */
public sealed interface Packet {
  PacketType type();

  /**
   * A client begins (§3.1).
   *
   * @param keepAliveSeconds 0 is none
   * @param password null: not sent
   */
  record Connect(
      MqttVersion version,
      boolean cleanStart,
      int keepAliveSeconds,
      String clientId,
      Optional<Will> will,
      Optional<String> user,
      byte @Nullable [] password,
      Properties properties)
      implements Packet {
    @Override
    public PacketType type() {
      return PacketType.CONNECT;
    }

    /** The same with another will, or none. */
    public Connect with(Optional<Will> next) {
      return new Connect(
          version, cleanStart, keepAliveSeconds, clientId, next, user, password, properties);
    }

    /** Neither password nor authentication data. */
    @Override
    public String toString() {
      return "Connect[" + version + ", clientId=" + clientId + "]";
    }
  }

  /** What to publish for a client that is gone (§3.1.2.5). */
  record Will(byte[] topic, byte[] payload, int qos, boolean retain, Properties properties) {}

  /** The answer to {@link Connect} (§3.2). */
  record ConnAck(boolean sessionPresent, ReasonCode reason, Properties properties)
      implements Packet {
    @Override
    public PacketType type() {
      return PacketType.CONNACK;
    }
  }

  /**
   * A message (§3.3).
   *
   * @param topic UTF-8, checked; empty when only the alias names it
   * @param packetId 0 with QoS 0
   */
  record Publish(
      byte[] topic,
      byte[] payload,
      int qos,
      boolean retain,
      boolean dup,
      int packetId,
      Properties properties)
      implements Packet {
    @Override
    public PacketType type() {
      return PacketType.PUBLISH;
    }
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP (§3.4 – §3.7). */
  record Ack(PacketType type, int packetId, ReasonCode reason, Properties properties)
      implements Packet {
    public Ack(PacketType type, int packetId, ReasonCode reason) {
      this(type, packetId, reason, Properties.EMPTY);
    }
  }

  /** Wishes to receive (§3.8). */
  record Subscribe(int packetId, List<Wish> wishes, Properties properties) implements Packet {
    public Subscribe {
      wishes = List.copyOf(wishes);
    }

    @Override
    public PacketType type() {
      return PacketType.SUBSCRIBE;
    }
  }

  /**
   * One filter and how its messages are wanted (§3.8.3.1).
   *
   * @param filter as sent; checked only to be text
   * @param retainHandling 0 – 2
   */
  record Wish(
      String filter, int qos, boolean noLocal, boolean retainAsPublished, int retainHandling) {
    public Wish(String filter, int qos) {
      this(filter, qos, false, false, 0);
    }
  }

  /** The answer to {@link Subscribe}, one reason each (§3.9). */
  record SubAck(int packetId, List<ReasonCode> reasons, Properties properties) implements Packet {
    public SubAck {
      reasons = List.copyOf(reasons);
    }

    @Override
    public PacketType type() {
      return PacketType.SUBACK;
    }
  }

  /** Filters not wanted any more (§3.10). */
  record Unsubscribe(int packetId, List<String> filters, Properties properties) implements Packet {
    public Unsubscribe {
      filters = List.copyOf(filters);
    }

    @Override
    public PacketType type() {
      return PacketType.UNSUBSCRIBE;
    }
  }

  /** The answer to {@link Unsubscribe}; before version 5 without reasons (§3.11). */
  record UnsubAck(int packetId, List<ReasonCode> reasons, Properties properties) implements Packet {
    public UnsubAck {
      reasons = List.copyOf(reasons);
    }

    @Override
    public PacketType type() {
      return PacketType.UNSUBACK;
    }
  }

  /** I am here (§3.12). */
  record PingReq() implements Packet {
    public static final PingReq INSTANCE = new PingReq();

    @Override
    public PacketType type() {
      return PacketType.PINGREQ;
    }
  }

  /** So am I (§3.13). */
  record PingResp() implements Packet {
    public static final PingResp INSTANCE = new PingResp();

    @Override
    public PacketType type() {
      return PacketType.PINGRESP;
    }
  }

  /** The last packet of a connection (§3.14). */
  record Disconnect(ReasonCode reason, Properties properties) implements Packet {
    @Override
    public PacketType type() {
      return PacketType.DISCONNECT;
    }
  }

  /** A step of an enhanced authentication (§3.15). */
  record Auth(ReasonCode reason, Properties properties) implements Packet {
    @Override
    public PacketType type() {
      return PacketType.AUTH;
    }

    /** No authentication data. */
    @Override
    public String toString() {
      return "Auth[" + reason + "]";
    }
  }
}
