package io.fairlead.mqtt.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The last value that is allowed and the first that is not; lengths that are told beforehand. */
class BoundariesTest {
  private static final int PACKET_MAX = 64;
  private static final DecodeLimits NARROW = new DecodeLimits(PACKET_MAX, PACKET_MAX, 8, 3, 2, 99);

  private static FrameReader server(MqttVersion version) {
    return FrameReader.ofServer(UnpooledByteBufAllocator.DEFAULT, NARROW, version);
  }

  private static ByteBuf publish(String topic, int payloadBytes) {
    ByteBuf out = Unpooled.buffer();
    PacketEncoder.publishHead(out, topic.getBytes(UTF_8), 0, 0, 0, payloadBytes, MqttVersion.V5);
    return out.writeZero(payloadBytes);
  }

  private static List<Packet> read(FrameReader reader, ByteBuf in) throws MqttCodecException {
    List<Packet> read = new ArrayList<>();
    reader.read(in, read::add);
    return read;
  }

  private static ByteBuf hex(String digits) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits.replace(" ", "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"12345678", "a/b/c", "///////"})
  void aTopicAtItsBoundIsReadAndOneBeyondIsNot(String topic) throws MqttCodecException {
    boolean fits = topic.chars().filter(each -> each == '/').count() < 3;
    for (String each : List.of(topic, topic + "x", topic + "/d")) {
      boolean good = fits && each.length() <= 8 && each.split("/", -1).length <= 3;
      try (FrameReader reader = server(MqttVersion.V5)) {
        ByteBuf in = publish(each, 1);
        if (good) assertThat(read(reader, in)).hasSize(1);
        else
          assertThatThrownBy(() -> read(reader, in))
              .as(each)
              .isInstanceOfSatisfying(
                  MqttCodecException.class,
                  bad -> assertThat(bad.reason()).isEqualTo(ReasonCode.TOPIC_NAME_INVALID));
      }
    }
  }

  @Test
  void aFrameOfTheLargestSizeIsReadAndOneByteMoreIsNot() throws MqttCodecException {
    ByteBuf fits = publish("t", PACKET_MAX - 2 - 3 - 1);
    assertThat(fits.readableBytes()).isEqualTo(PACKET_MAX);
    try (FrameReader reader = server(MqttVersion.V5)) {
      assertThat(read(reader, fits)).hasSize(1);
      assertThatThrownBy(() -> read(reader, publish("t", PACKET_MAX - 2 - 3)))
          .isInstanceOf(MqttCodecException.class);
    }
  }

  @Test
  void aTopicThatComesAgainIsTheSameAndOneThatDiffersAnywhereIsNot() throws MqttCodecException {
    try (FrameReader reader = server(MqttVersion.V5)) {
      ByteBuf in = Unpooled.buffer();
      for (String topic : List.of("abc", "abc", "xbc", "xbd", "xb"))
        in.writeBytes(publish(topic, 0));
      List<byte[]> topics = new ArrayList<>();
      for (Packet packet : read(reader, in)) topics.add(((Packet.Publish) packet).topic());
      assertThat(topics.stream().map(topic -> new String(topic, UTF_8)))
          .containsExactly("abc", "abc", "xbc", "xbd", "xb");
      assertThat(topics.get(1)).isSameAs(topics.get(0));
    }
  }

  @Test
  void aTopicLongerThanItsPacketIsMalformed() throws MqttCodecException {
    try (FrameReader reader = server(MqttVersion.V5)) {
      // The last topic is as long as this one says to be.
      read(reader, publish("abcd", 0));
      assertThatThrownBy(() -> read(reader, hex("30 04 0004 6162")))
          .isInstanceOfSatisfying(
              MqttCodecException.class,
              bad -> assertThat(bad.reason()).isEqualTo(ReasonCode.MALFORMED_PACKET));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLengthOfAMessageIsToldBeforehand(MqttVersion version) {
    for (int qos : new int[] {0, 1}) {
      for (int payload : new int[] {0, 100, 120, 121, 122, 16_500}) {
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.publishHead(out, new byte[] {'t'}, qos << 1, 1, 0, payload, version);
        out.writeZero(payload);
        assertThat(PacketEncoder.publishBytes(1, qos, 0, payload, version))
            .isEqualTo(out.readableBytes());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0b01", "127, 0b7f", "128, 0b8001", "268435455, 0bffffff7f"})
  void theLengthOfASubscriptionIdIsToldBeforehand(int id, String digits) {
    ByteBuf out = Unpooled.buffer();
    PacketEncoder.subscriptionId(out, id);
    assertThat(ByteBufUtil.hexDump(out)).isEqualTo(digits);
    assertThat(PacketEncoder.subscriptionIdBytes(id)).isEqualTo(out.readableBytes());
  }

  @Test
  void onlyAClientChangesTheExpiryAndOnlyAServerNamesAnother() throws MqttCodecException {
    String expiry = "e007 00 05 11 00000001";
    String reference = "e006 00 04 1c 0001 61";
    try (FrameReader reader = server(MqttVersion.V5)) {
      assertThat(read(reader, hex(reference))).hasSize(1);
      assertThatThrownBy(() -> read(reader, hex(expiry))).isInstanceOf(MqttCodecException.class);
    }
    try (FrameReader reader = FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, NARROW)) {
      read(reader, hex("101000044d5154540502003c000003616263"));
      reader.connected();
      assertThat(read(reader, hex(expiry))).hasSize(1);
      assertThatThrownBy(() -> read(reader, hex(reference))).isInstanceOf(MqttCodecException.class);
    }
  }

  @Test
  void beforeVersion5AnswersHaveFewerWords() {
    List<ReasonCode> reasons = List.of(ReasonCode.GRANTED_QOS_1, ReasonCode.NOT_AUTHORIZED);
    Properties none = Properties.EMPTY;
    assertThat(written(new Packet.SubAck(1, reasons, none), MqttVersion.V3_1_1))
        .isEqualTo("900400010180");
    assertThat(written(new Packet.SubAck(1, reasons, none), MqttVersion.V5))
        .isEqualTo("90050001000187");
    assertThat(written(new Packet.UnsubAck(1, reasons, none), MqttVersion.V3_1_1))
        .isEqualTo("b0020001");
    assertThat(written(new Packet.UnsubAck(1, reasons, none), MqttVersion.V5))
        .isEqualTo("b0050001000187");
    Packet goodbye = new Packet.Disconnect(ReasonCode.SERVER_BUSY, none);
    assertThat(written(goodbye, MqttVersion.V3_1_1)).isEqualTo("e000");
    assertThat(written(goodbye, MqttVersion.V5)).isEqualTo("e00189");
    Properties why = Properties.of().with(PropertyId.REASON_STRING, "x").build();
    assertThat(written(new Packet.Disconnect(ReasonCode.SUCCESS, why), MqttVersion.V5))
        .isEqualTo("e00600041f000178");
  }

  private static String written(Packet packet, MqttVersion version) {
    ByteBuf out = Unpooled.buffer();
    PacketEncoder.encode(out, packet, version);
    return ByteBufUtil.hexDump(out);
  }

  @Test
  void whatIsKeptIsCountedAndGivenBackAtTheEnd() throws MqttCodecException {
    FrameReader reader = server(MqttVersion.V5);
    assertThat(read(reader, hex("30 06 0001"))).isEmpty();
    assertThat(reader.midFrame()).isTrue();
    assertThat(reader.heldBytes()).isPositive();
    reader.close();
    assertThat(reader.midFrame()).isFalse();
    assertThat(reader.heldBytes()).isZero();
  }

  @Test
  void whatWasKeptInAPauseIsGivenBackOnceItWasReadWhole() throws MqttCodecException {
    try (FrameReader reader = server(MqttVersion.V5)) {
      reader.pause();
      assertThat(read(reader, publish("t", 1))).isEmpty();
      List<Packet> read = new ArrayList<>();
      reader.resume(read::add);
      assertThat(read).hasSize(1);
      assertThat(reader.midFrame()).isFalse();
      reader.resume(read::add);
      assertThat(read).hasSize(1);
    }
  }

  @Test
  void limitsHaveTheNamesOfTheirMeter() {
    assertThat(MqttLimit.CONNECT_PACKET.label()).isEqualTo("mqtt_connect_packet");
  }
}
