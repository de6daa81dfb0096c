package io.fairlead.mqtt.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.mqtt.codec.Properties.UserProperty;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A property block (MQTT 5.0 §2.2.2): what is asked of it, its bytes, and what is refused. */
class PropertiesTest {
  private static final Properties ALL_KINDS =
      Properties.of()
          .with(PropertyId.PAYLOAD_FORMAT, 1)
          .with(PropertyId.MESSAGE_EXPIRY, 0xfffffffeL)
          .with(PropertyId.CONTENT_TYPE, "é")
          .with(PropertyId.CORRELATION_DATA, new byte[] {9, 8})
          .user("a", "b")
          .user("a", "ü")
          .build();

  @Test
  void eachPropertyIsFoundByItsIdAndKind() {
    assertThat(ALL_KINDS.isEmpty()).isFalse();
    assertThat(Properties.EMPTY.isEmpty()).isTrue();
    assertThat(ALL_KINDS.has(PropertyId.PAYLOAD_FORMAT)).isTrue();
    assertThat(ALL_KINDS.has(PropertyId.TOPIC_ALIAS)).isFalse();
    assertThat(ALL_KINDS.number(PropertyId.MESSAGE_EXPIRY, -1)).isEqualTo(0xfffffffeL);
    assertThat(ALL_KINDS.number(PropertyId.TOPIC_ALIAS, -1)).isEqualTo(-1);
    assertThat(ALL_KINDS.text(PropertyId.CONTENT_TYPE)).contains("é");
    assertThat(ALL_KINDS.text(PropertyId.RESPONSE_TOPIC)).isEmpty();
    assertThat(ALL_KINDS.bytes(PropertyId.CORRELATION_DATA).orElseThrow()).containsExactly(9, 8);
    assertThat(ALL_KINDS.bytes(PropertyId.AUTH_DATA)).isEmpty();
    assertThat(ALL_KINDS.user())
        .containsExactly(new UserProperty("a", "b"), new UserProperty("a", "ü"));
  }

  @Test
  void numbersThatRepeatComeInTheirOrder() {
    Properties ids =
        Properties.of()
            .with(PropertyId.SUBSCRIPTION_ID, 7)
            .with(PropertyId.MESSAGE_EXPIRY, 5)
            .with(PropertyId.SUBSCRIPTION_ID, 300)
            .build();
    assertThat(ids.numbers(PropertyId.SUBSCRIPTION_ID)).containsExactly(7, 300);
    assertThat(ids.numbers(PropertyId.MESSAGE_EXPIRY)).containsExactly(5);
    assertThat(ids.numbers(PropertyId.TOPIC_ALIAS)).isEmpty();
  }

  @Test
  void theBytesAreThoseOfTheStandardAndAreReadAgain() throws MqttCodecException {
    assertThat(ByteBufUtil.hexDump(ALL_KINDS.encoded()))
        .isEqualTo(
            "0101"
                + "02fffffffe"
                + "030002c3a9"
                + "0900020908"
                + "26000161000162"
                + "260001610002c3bc");
    assertThat(ALL_KINDS.length()).isEqualTo(ALL_KINDS.encoded().length);
    assertThat(Properties.ofEncoded(ALL_KINDS.encoded())).isEqualTo(ALL_KINDS);
    assertThat(Properties.EMPTY.encoded()).isEmpty();
    assertThat(Properties.ofEncoded(new byte[0])).isSameAs(Properties.EMPTY);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0b01",
    "127, 0b7f",
    "128, 0b8001",
    "16383, 0bff7f",
    "16384, 0b808001",
    "2097151, 0bffff7f",
    "2097152, 0b80808001",
    "268435455, 0bffffff7f"
  })
  void subscriptionIdsAreAsShortAsTheyCanBe(int id, String hex) throws MqttCodecException {
    Properties one = Properties.of().with(PropertyId.SUBSCRIPTION_ID, id).build();
    assertThat(ByteBufUtil.hexDump(one.encoded())).isEqualTo(hex);
    assertThat(one.length()).isEqualTo(hex.length() / 2);
  }

  @Test
  void someOfThemAreAnotherSet() {
    Properties some = ALL_KINDS.only(id -> id == PropertyId.PAYLOAD_FORMAT);
    assertThat(some).isEqualTo(Properties.of().with(PropertyId.PAYLOAD_FORMAT, 1).build());
    assertThat(ALL_KINDS.only(id -> false)).isSameAs(Properties.EMPTY);
    assertThat(Properties.EMPTY.only(id -> true)).isSameAs(Properties.EMPTY);
    assertThat(some.and().user("k", "v").build())
        .isEqualTo(Properties.of().with(PropertyId.PAYLOAD_FORMAT, 1).user("k", "v").build());
    assertThat(Properties.EMPTY.and().build()).isSameAs(Properties.EMPTY);
  }

  @Test
  void setsAreTheSameWhenNamesAndValuesAre() {
    Properties data = Properties.of().with(PropertyId.AUTH_DATA, new byte[] {1}).build();
    Properties same = Properties.of().with(PropertyId.AUTH_DATA, new byte[] {1}).build();
    Properties others = Properties.of().with(PropertyId.AUTH_DATA, new byte[] {2}).build();
    Properties elsewhere =
        Properties.of().with(PropertyId.CORRELATION_DATA, new byte[] {1}).build();
    assertThat(data).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(data).isNotEqualTo(others).isNotEqualTo(elsewhere).isNotEqualTo("text");
    assertThat(data.hashCode()).isNotEqualTo(others.hashCode());
    assertThat(data.hashCode()).isNotEqualTo(elsewhere.hashCode()).isNotEqualTo(0);
  }

  @Test
  void peopleReadNamesAndTheSizeOfData() {
    assertThat(
            Properties.of()
                .with(PropertyId.CORRELATION_DATA, new byte[3])
                .with(PropertyId.MESSAGE_EXPIRY, 4)
                .build())
        .hasToString("{CORRELATION_DATA=3 bytes, MESSAGE_EXPIRY=4}");
    assertThat(Properties.EMPTY).hasToString("{}");
  }

  /** A text of U+FFFF takes three bytes a character: 65 535 of them is the most there can be. */
  @ParameterizedTest
  @CsvSource({"21844, 21844", "21845, 21845", "21846, 21845", "40000, 21845"})
  void aTextIsNoLongerThanTheWireCanSay(int length, int kept) throws MqttCodecException {
    String text = "\uffff".repeat(length);
    Properties one = Properties.of().with(PropertyId.REASON_STRING, text).build();
    assertThat(one.text(PropertyId.REASON_STRING).orElseThrow()).hasSize(kept);
    assertThat(one.length()).isEqualTo(3 + 3 * kept);
  }

  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
  }

  private static Properties read(String hex, int place, boolean fromServer)
      throws MqttCodecException {
    return new PropertyReader(DecodeLimits.DEFAULTS, fromServer).read(bytes(hex), place);
  }

  @ParameterizedTest
  @CsvSource({
    "PUBLISH, 03 230000, TOPIC_ALIAS_INVALID",
    "CONNECT, 03 210000, PROTOCOL_ERROR",
    "CONNECT, 05 2700000000, PROTOCOL_ERROR",
    "PUBLISH, 02 0b00, PROTOCOL_ERROR",
    "PUBLISH, 04 0b010b02, PROTOCOL_ERROR",
    "PUBLISH, 02 0102, PROTOCOL_ERROR",
    "PUBLISH, 03 220001, PROTOCOL_ERROR",
    "PUBLISH, 02 0401, MALFORMED_PACKET",
    "PUBLISH, 03 0101, MALFORMED_PACKET",
    "PUBLISH, 01 01, MALFORMED_PACKET",
    "PUBLISH, 02 0200, MALFORMED_PACKET",
    "CONNECT, 02 2100, MALFORMED_PACKET",
    "PUBLISH, 04 03000261, MALFORMED_PACKET",
    "PUBLISH, 04 030001ff, MALFORMED_PACKET",
    "PUBLISH, 04 09000361, MALFORMED_PACKET",
    "PUBLISH, 05 2600016100, MALFORMED_PACKET",
    "PUBLISH, 06 0bffffffff01, MALFORMED_PACKET",
    "PUBLISH, 8000, MALFORMED_PACKET"
  })
  void aBlockThatBreaksARuleIsRefused(PacketType where, String hex, ReasonCode reason) {
    assertThatThrownBy(() -> read(hex, where.bit(), false))
        .isInstanceOfSatisfying(
            MqttCodecException.class, bad -> assertThat(bad.reason()).isEqualTo(reason));
  }

  @Test
  void onlyAServersMessageNamesSeveralSubscriptions() throws MqttCodecException {
    Properties two = read("040b010b02", PacketType.PUBLISH.bit(), true);
    assertThat(two.numbers(PropertyId.SUBSCRIPTION_ID)).containsExactly(1, 2);
    assertThatThrownBy(() -> read("040b010b02", PacketType.SUBSCRIBE.bit(), true))
        .isInstanceOf(MqttCodecException.class);
  }

  @Test
  void valuesAtTheirEdgesAreRead() throws MqttCodecException {
    Properties connect = read("03210001" + "", PacketType.CONNECT.bit(), false);
    assertThat(connect.number(PropertyId.RECEIVE_MAXIMUM, 0)).isOne();
    assertThat(
            read("03220000", PacketType.CONNECT.bit(), false)
                .number(PropertyId.TOPIC_ALIAS_MAXIMUM, 7))
        .isZero();
    assertThat(
            read("051100000000", PacketType.CONNECT.bit(), false)
                .number(PropertyId.SESSION_EXPIRY, 7))
        .isZero();
    assertThat(
            read("050bffffff7f", PacketType.PUBLISH.bit(), false)
                .number(PropertyId.SUBSCRIPTION_ID, 7))
        .isEqualTo(268_435_455);
    assertThat(read("00", PacketType.CONNECT.bit(), false)).isSameAs(Properties.EMPTY);
  }

  /** Sixteen of 1 KiB are as much as may be; a byte more is not, nor are 65 small ones. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void userPropertiesHaveABoundInBytes(int more) throws MqttCodecException {
    Properties.Builder pairs = Properties.of();
    for (int i = 0; i < 16; i++) {
      pairs.user("k", "v".repeat(1024 - 5 + (i == 15 ? more : 0)));
    }
    ByteBuf out = Unpooled.buffer();
    Properties all = pairs.build();
    Wire.writeVarInt(out, all.length());
    all.writeTo(out);
    PropertyReader reader = new PropertyReader(DecodeLimits.DEFAULTS, false);
    if (more == 0) {
      assertThat(reader.read(out, PacketType.PUBLISH.bit()).user()).hasSize(16);
      return;
    }
    assertThatThrownBy(() -> reader.read(out, PacketType.PUBLISH.bit()))
        .isInstanceOfSatisfying(
            MqttCodecException.class,
            bad -> {
              assertThat(bad.reason()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
              assertThat(bad.limit()).contains(MqttLimit.USER_PROPERTIES);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 65})
  void userPropertiesHaveABoundInNumber(int count) throws MqttCodecException {
    Properties.Builder pairs = Properties.of();
    for (int i = 0; i < count; i++) pairs.user("", "");
    ByteBuf out = Unpooled.buffer();
    Properties all = pairs.build();
    Wire.writeVarInt(out, all.length());
    all.writeTo(out);
    PropertyReader reader = new PropertyReader(DecodeLimits.DEFAULTS, false);
    if (count == 64) {
      assertThat(reader.read(out, PacketType.PUBLISH.bit()).user()).hasSize(64);
    } else {
      assertThatThrownBy(() -> reader.read(out, PacketType.PUBLISH.bit()))
          .isInstanceOf(MqttCodecException.class);
    }
  }

  @Test
  void whatIsSecretIsNotInTheTextOfAPacket() {
    Properties data = Properties.of().with(PropertyId.AUTH_DATA, "hunter2".getBytes(UTF_8)).build();
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            "me",
            java.util.Optional.empty(),
            java.util.Optional.of("ann"),
            "hunter2".getBytes(UTF_8),
            data);
    assertThat(connect).hasToString("Connect[V5, clientId=me]");
    assertThat(new Packet.Auth(ReasonCode.CONTINUE_AUTHENTICATION, data))
        .hasToString("Auth[CONTINUE_AUTHENTICATION]");
  }
}
