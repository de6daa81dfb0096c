package io.fairlead.mqtt.codec;

import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Wish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Packets of every type, fixed and by chance. */
public final class PacketSamples {
  private static final ReasonCode[] PUBLISH_ANSWERS = {
    ReasonCode.SUCCESS, ReasonCode.NO_MATCHING_SUBSCRIBERS, ReasonCode.QUOTA_EXCEEDED
  };

  private PacketSamples() {}

  /** A legal packet of a client. */
  public static Packet ofClient(MqttVersion version, RandomGenerator random) {
    return switch (random.nextInt(10)) {
      case 0 -> publish(version, random, false);
      case 1 -> ack(PacketType.PUBACK, version, random);
      case 2 -> ack(PacketType.PUBREC, version, random);
      case 3 -> ack(PacketType.PUBREL, version, random);
      case 4 -> ack(PacketType.PUBCOMP, version, random);
      case 5 -> subscribe(version, random);
      case 6 ->
          new Packet.Unsubscribe(
              id(random), List.of("a/" + text(random), "#"), user(version, random));
      case 7 -> Packet.PingReq.INSTANCE;
      case 8 ->
          version.rich()
              ? new Packet.Disconnect(
                  ReasonCode.DISCONNECT_WITH_WILL,
                  user(version, random).and().with(PropertyId.SESSION_EXPIRY, 77).build())
              : new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY);
      default ->
          version.rich()
              ? new Packet.Auth(
                  ReasonCode.CONTINUE_AUTHENTICATION,
                  Properties.of()
                      .with(PropertyId.AUTH_METHOD, "m" + text(random))
                      .with(PropertyId.AUTH_DATA, bytes(random, 40))
                      .build())
              : publish(version, random, false);
    };
  }

  /** A legal packet of a server. */
  public static Packet ofServer(MqttVersion version, RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 ->
          new Packet.ConnAck(
              random.nextBoolean(),
              ReasonCode.NOT_AUTHORIZED,
              version.rich()
                  ? Properties.of()
                      .with(PropertyId.RECEIVE_MAXIMUM, 7)
                      .with(PropertyId.MAXIMUM_PACKET_SIZE, 4_000_000_000L)
                      .with(PropertyId.REASON_STRING, text(random))
                      .build()
                  : Properties.EMPTY);
      case 1 ->
          new Packet.SubAck(
              id(random),
              List.of(ReasonCode.SUCCESS, ReasonCode.GRANTED_QOS_2, ReasonCode.UNSPECIFIED_ERROR),
              user(version, random));
      case 2 ->
          new Packet.UnsubAck(
              id(random),
              version.rich() ? List.of(ReasonCode.NO_SUBSCRIPTION_EXISTED) : List.of(),
              user(version, random));
      case 3 -> Packet.PingResp.INSTANCE;
      case 4 -> publish(version, random, true);
      default -> ack(PacketType.PUBREL, version, random);
    };
  }

  static Packet.Connect connect(MqttVersion version, RandomGenerator random) {
    boolean rich = version.rich();
    Optional<Packet.Will> will =
        random.nextBoolean()
            ? Optional.of(
                new Packet.Will(
                    "will/t".getBytes(StandardCharsets.UTF_8),
                    bytes(random, 20),
                    random.nextInt(3),
                    random.nextBoolean(),
                    rich
                        ? Properties.of().with(PropertyId.WILL_DELAY, 5).build()
                        : Properties.EMPTY))
            : Optional.empty();
    boolean user = random.nextBoolean();
    return new Packet.Connect(
        version,
        random.nextBoolean(),
        random.nextInt(65_536),
        text(random),
        will,
        user ? Optional.of(text(random)) : Optional.empty(),
        user || rich ? bytes(random, 30) : null,
        rich
            ? user(version, random).and().with(PropertyId.SESSION_EXPIRY, 0xffffffffL).build()
            : Properties.EMPTY);
  }

  private static Packet.Publish publish(
      MqttVersion version, RandomGenerator random, boolean server) {
    int qos = random.nextInt(3);
    Properties.Builder properties = user(version, random).and();
    if (version.rich() && random.nextBoolean()) {
      properties
          .with(PropertyId.MESSAGE_EXPIRY, 60)
          .with(PropertyId.RESPONSE_TOPIC, "r/" + text(random))
          .with(PropertyId.CORRELATION_DATA, bytes(random, 16));
      if (server) {
        properties.with(PropertyId.SUBSCRIPTION_ID, 1).with(PropertyId.SUBSCRIPTION_ID, 300);
      }
    }
    return new Packet.Publish(
        ("t/" + text(random)).getBytes(StandardCharsets.UTF_8),
        bytes(random, 600),
        qos,
        random.nextBoolean(),
        qos > 0 && random.nextBoolean(),
        qos == 0 ? 0 : id(random),
        properties.build());
  }

  private static Packet subscribe(MqttVersion version, RandomGenerator random) {
    List<Wish> wishes = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(4); i++) {
      wishes.add(
          version.rich()
              ? new Wish("+/" + text(random), i % 3, random.nextBoolean(), true, i % 3)
              : new Wish("+/" + text(random), i % 3));
    }
    Properties.Builder properties = user(version, random).and();
    if (version.rich()) properties.with(PropertyId.SUBSCRIPTION_ID, 268_435_455);
    return new Packet.Subscribe(id(random), wishes, properties.build());
  }

  private static Ack ack(PacketType type, MqttVersion version, RandomGenerator random) {
    if (!version.rich()) return new Ack(type, id(random), ReasonCode.SUCCESS);
    boolean answer = type == PacketType.PUBACK || type == PacketType.PUBREC;
    ReasonCode reason =
        answer
            ? PUBLISH_ANSWERS[random.nextInt(PUBLISH_ANSWERS.length)]
            : random.nextBoolean() ? ReasonCode.SUCCESS : ReasonCode.PACKET_ID_NOT_FOUND;
    return new Ack(type, id(random), reason, user(version, random));
  }

  private static Properties user(MqttVersion version, RandomGenerator random) {
    if (!version.rich() || random.nextBoolean()) return Properties.EMPTY;
    return Properties.of().user("k", text(random)).user("k", "ü€𝄞").build();
  }

  private static int id(RandomGenerator random) {
    return 1 + random.nextInt(65_535);
  }

  private static String text(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(12); n > 0; n--) {
      text.appendCodePoint(random.nextInt(8) == 0 ? 0x1d11e : 'a' + random.nextInt(26));
    }
    return text.toString();
  }

  private static byte[] bytes(RandomGenerator random, int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }
}
