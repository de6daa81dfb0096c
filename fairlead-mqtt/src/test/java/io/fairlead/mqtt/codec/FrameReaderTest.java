package io.fairlead.mqtt.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every check of the decoder, with the reason code it gives. */
class FrameReaderTest {
  private static final String CONNECT5 = "101000044d5154540502003c000003616263";
  private static final String CONNECT4 = "100f00044d5154540402003c0003616263";

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "first packet is PINGREQ, c000, PROTOCOL_ERROR",
    "type 0, 0000, MALFORMED_PACKET",
    "length of five bytes, 1080808080 01, MALFORMED_PACKET",
    "length with idle bytes, 10 8f00, MALFORMED_PACKET",
    "CONNECT larger than allowed before it is accepted, 10 ffff7f, PACKET_TOO_LARGE",
    "CONNECT with header flags, 11 0f, MALFORMED_PACKET",
    "unknown level, 100f00044d5154540602003c0003616263, UNSUPPORTED_PROTOCOL_VERSION",
    "unknown name, 100f00044d5154580402003c0003616263, UNSUPPORTED_PROTOCOL_VERSION",
    "reserved flag, 100f00044d5154540403003c0003616263, MALFORMED_PACKET",
    "will QoS 3, 100f00044d515454041e003c0003616263, MALFORMED_PACKET",
    "will QoS without will, 100f00044d515454040a003c0003616263, MALFORMED_PACKET",
    "will retain without will, 100f00044d5154540422003c0003616263, MALFORMED_PACKET",
    "password without user in 3.1.1, 101200044d5154540442003c0003616263000178, MALFORMED_PACKET",
    "CONNECT with bytes left over, 101000044d5154540402003c000361626300, MALFORMED_PACKET",
    "client id with U+0000, 100f00044d5154540402003c0003610063, MALFORMED_PACKET",
    "receive maximum 0, 101300044d5154540502003c032100000003616263, PROTOCOL_ERROR",
    "property twice, 101400044d5154540502003c04170017000003616263, PROTOCOL_ERROR",
    "flag 2, 101200044d5154540502003c0217020003616263, PROTOCOL_ERROR",
    "property of another packet, 101300044d5154540502003c032300010003616263, PROTOCOL_ERROR",
    "unknown property, 101200044d5154540502003c027f000003616263, MALFORMED_PACKET",
    "properties beyond the packet, 101000044d5154540502003c7f0003616263, MALFORMED_PACKET",
    "auth data without method, 101400044d5154540502003c04160001000003616263, PROTOCOL_ERROR",
  })
  void refusesTheFirstPacket(String what, String hex, ReasonCode reason) {
    assertThat(RoundTripTest.failure(bytes(hex)).map(MqttCodecException::reason)).contains(reason);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "second CONNECT, " + CONNECT5 + ", PROTOCOL_ERROR",
    "CONNACK from a client, 2003000000, PROTOCOL_ERROR",
    "QoS 3, 3605 0001 61 0001, MALFORMED_PACKET",
    "DUP with QoS 0, 3804 000161 00, MALFORMED_PACKET",
    "empty topic, 3003 0000 00, PROTOCOL_ERROR",
    "topic with +, 3004 00012b 00, TOPIC_NAME_INVALID",
    "topic with #, 3004 000123 00, TOPIC_NAME_INVALID",
    "overlong text, 3005 0002c080 00, MALFORMED_PACKET",
    "surrogate, 3006 0003eda080 00, MALFORMED_PACKET",
    "packet id 0, 3206 000161 0000 00, MALFORMED_PACKET",
    "subscription id from a client, 3006 000161 020b01, PROTOCOL_ERROR",
    "topic alias 0, 3007 000161 03230000, TOPIC_ALIAS_INVALID",
    "SUBSCRIBE with header flags 0, 8007 0001 00 000161 00, MALFORMED_PACKET",
    "SUBSCRIBE without filter, 8203 0001 00, PROTOCOL_ERROR",
    "SUBSCRIBE reserved bits, 8207 0001 00 000161 40, MALFORMED_PACKET",
    "SUBSCRIBE QoS 3, 8207 0001 00 000161 03, MALFORMED_PACKET",
    "SUBSCRIBE retain handling 3, 8207 0001 00 000161 30, PROTOCOL_ERROR",
    "no local on shared, 8210 0001 00 000a2473686172652f672f61 04, PROTOCOL_ERROR",
    "subscription id 0, 8209 0001 020b00 000161 00, PROTOCOL_ERROR",
    "UNSUBSCRIBE without filter, a203 0001 00, PROTOCOL_ERROR",
    "PUBREL with header flags 0, 6002 0001, MALFORMED_PACKET",
    "PINGREQ with bytes, c00100, MALFORMED_PACKET",
    "DISCONNECT with a reason of a server, e0018b, PROTOCOL_ERROR",
    "AUTH without method, f00218 00, PROTOCOL_ERROR",
    "unknown reason code, 4003 0001 77, MALFORMED_PACKET",
    "frame larger than the maximum, 30 ffffff7f, PACKET_TOO_LARGE",
  })
  void refusesLaterPackets(String what, String hex, ReasonCode reason) {
    assertThat(after(CONNECT5, hex).map(MqttCodecException::reason)).contains(reason);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "SUBSCRIBE with version 5 bits, 8206 0001 000161 04, MALFORMED_PACKET",
    "PUBACK with a reason, 4003 0001 00, MALFORMED_PACKET",
    "AUTH, f000, PROTOCOL_ERROR",
    "DISCONNECT with bytes, e00100, MALFORMED_PACKET",
  })
  void refusesInVersion311(String what, String hex, ReasonCode reason) {
    assertThat(after(CONNECT4, hex).map(MqttCodecException::reason)).contains(reason);
  }

  @Test
  void saysWhichVersionTheAnswerToABadConnectIsIn() {
    assertThat(
            RoundTripTest.failure(bytes("101000044d5154540503003c0000036162 63"))
                .flatMap(MqttCodecException::answerIn))
        .contains(MqttVersion.V5);
    assertThat(
            RoundTripTest.failure(bytes("100f00044d5154540902003c0003616263"))
                .flatMap(MqttCodecException::answerIn))
        .contains(MqttVersion.V3_1_1);
  }

  @Test
  void keepsWhatComesDuringAPause() throws MqttCodecException {
    List<Packet> read = new ArrayList<>();
    try (FrameReader reader =
        FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
      reader.read(
          bytes(CONNECT5 + "c000c0"),
          packet -> {
            read.add(packet);
            reader.pause();
          });
      assertThat(read).hasSize(1);
      reader.resume(read::add);
      assertThat(read).hasSize(2);
      reader.read(bytes("00"), read::add);
      assertThat(read).hasSize(3);
      assertThat(reader.heldBytes()).isZero();
    }
  }

  @Test
  void aPromisedLengthTakesNoMemory() throws MqttCodecException {
    try (FrameReader reader =
        FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
      reader.read(bytes("10 f0ff03 0004".replace(" ", "")), packet -> {});
      assertThat(reader.heldBytes()).isLessThan(1024);
    }
  }

  @Test
  void manyUserPropertiesAreRefused() {
    Properties.Builder many = Properties.of();
    for (int i = 0; i < 65; i++) many.user("k", "v");
    ByteBuf out = bytes(CONNECT5);
    PacketEncoder.encode(
        out,
        new Packet.Publish(new byte[] {'a'}, new byte[0], 0, false, false, 0, many.build()),
        MqttVersion.V5);
    assertThat(RoundTripTest.failure(out).map(MqttCodecException::reason))
        .contains(ReasonCode.QUOTA_EXCEEDED);
  }

  private static Optional<MqttCodecException> after(String connect, String hex) {
    try (FrameReader reader =
        FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
      reader.read(bytes(connect), packet -> {});
      reader.connected();
      reader.read(bytes(hex), packet -> {});
      return Optional.empty();
    } catch (MqttCodecException bad) {
      return Optional.of(bad);
    }
  }

  private static ByteBuf bytes(String hex) {
    return Unpooled.buffer().writeBytes(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
  }
}
