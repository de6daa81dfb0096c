package io.fairlead.mqtt.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers and words of the protocol: reasons and where they may stand, types, versions, text. */
class WordsTest {
  private static final Set<ReasonCode> OF_PUBLISH =
      EnumSet.of(
          ReasonCode.SUCCESS,
          ReasonCode.NO_MATCHING_SUBSCRIBERS,
          ReasonCode.UNSPECIFIED_ERROR,
          ReasonCode.IMPLEMENTATION_SPECIFIC,
          ReasonCode.NOT_AUTHORIZED,
          ReasonCode.TOPIC_NAME_INVALID,
          ReasonCode.PACKET_ID_IN_USE,
          ReasonCode.QUOTA_EXCEEDED,
          ReasonCode.PAYLOAD_FORMAT_INVALID);
  private static final Set<ReasonCode> OF_CLIENTS_GOODBYE =
      EnumSet.of(
          ReasonCode.SUCCESS,
          ReasonCode.DISCONNECT_WITH_WILL,
          ReasonCode.UNSPECIFIED_ERROR,
          ReasonCode.MALFORMED_PACKET,
          ReasonCode.PROTOCOL_ERROR,
          ReasonCode.IMPLEMENTATION_SPECIFIC,
          ReasonCode.TOPIC_NAME_INVALID,
          ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
          ReasonCode.TOPIC_ALIAS_INVALID,
          ReasonCode.PACKET_TOO_LARGE,
          ReasonCode.MESSAGE_RATE_TOO_HIGH,
          ReasonCode.QUOTA_EXCEEDED,
          ReasonCode.ADMINISTRATIVE_ACTION,
          ReasonCode.PAYLOAD_FORMAT_INVALID);

  @ParameterizedTest
  @EnumSource
  void aReasonStandsWhereTheStandardHasIt(ReasonCode reason) {
    for (boolean server : List.of(false, true)) {
      for (PacketType type : List.of(PacketType.PUBACK, PacketType.PUBREC)) {
        assertThat(ReasonPlaces.fits(reason, type, server)).isEqualTo(OF_PUBLISH.contains(reason));
      }
      for (PacketType type : List.of(PacketType.PUBREL, PacketType.PUBCOMP)) {
        assertThat(ReasonPlaces.fits(reason, type, server))
            .isEqualTo(reason == ReasonCode.SUCCESS || reason == ReasonCode.PACKET_ID_NOT_FOUND);
      }
      assertThat(ReasonPlaces.fits(reason, PacketType.SUBACK, server)).isTrue();
    }
    assertThat(ReasonPlaces.fits(reason, PacketType.DISCONNECT, false))
        .isEqualTo(OF_CLIENTS_GOODBYE.contains(reason));
    assertThat(ReasonPlaces.fits(reason, PacketType.DISCONNECT, true))
        .isEqualTo(reason == ReasonCode.SUCCESS || reason.code() >= 0x80);
    assertThat(ReasonPlaces.fits(reason, PacketType.AUTH, false))
        .isEqualTo(
            reason == ReasonCode.CONTINUE_AUTHENTICATION || reason == ReasonCode.REAUTHENTICATE);
    assertThat(ReasonPlaces.fits(reason, PacketType.AUTH, true))
        .isEqualTo(reason == ReasonCode.CONTINUE_AUTHENTICATION || reason == ReasonCode.SUCCESS);
  }

  @Test
  void reasonsHaveTheirNumbers() {
    for (ReasonCode reason : ReasonCode.values()) {
      assertThat(ReasonCode.of(reason.code())).isPresent();
      assertThat(reason.error()).isEqualTo(reason.code() >= 0x80);
    }
    assertThat(ReasonCode.of(0x80)).contains(ReasonCode.UNSPECIFIED_ERROR);
    assertThat(ReasonCode.of(0x10)).contains(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    assertThat(ReasonCode.of(0x77)).isEmpty();
    assertThat(ReasonCode.granted(0).code()).isZero();
    assertThat(ReasonCode.granted(1).code()).isOne();
    assertThat(ReasonCode.granted(2).code()).isEqualTo(2);
    assertThat(ReasonCode.TOPIC_FILTER_INVALID.word()).isEqualTo("topic_filter_invalid");
  }

  @ParameterizedTest
  @CsvSource({
    "SUCCESS, 0",
    "UNSUPPORTED_PROTOCOL_VERSION, 1",
    "CLIENT_ID_NOT_VALID, 2",
    "SERVER_UNAVAILABLE, 3",
    "SERVER_BUSY, 3",
    "QUOTA_EXCEEDED, 3",
    "USE_ANOTHER_SERVER, 3",
    "SERVER_MOVED, 3",
    "CONNECTION_RATE_EXCEEDED, 3",
    "BAD_USER_NAME_OR_PASSWORD, 4",
    "BAD_AUTHENTICATION_METHOD, 4",
    "NOT_AUTHORIZED, 5",
    "BANNED, 5",
    "PROTOCOL_ERROR,",
    "MALFORMED_PACKET,"
  })
  void beforeVersion5ARefusalHasTheNearestCode(ReasonCode reason, Integer code) {
    assertThat(reason.connectReturnCode()).isEqualTo(Optional.ofNullable(code));
  }

  @Test
  void typesHaveTheirNumbersAndASide() {
    for (PacketType type : PacketType.values()) {
      assertThat(PacketType.of(type.number())).isSameAs(type);
      assertThat(type.bit()).isEqualTo(1 << type.number());
      boolean client = !Set.of("CONNACK", "SUBACK", "UNSUBACK", "PINGRESP").contains(type.name());
      boolean server =
          !Set.of("CONNECT", "SUBSCRIBE", "UNSUBSCRIBE", "PINGREQ").contains(type.name());
      assertThat(type.fromClient()).as(type.name()).isEqualTo(client);
      assertThat(type.fromServer()).as(type.name()).isEqualTo(server);
      int flags =
          switch (type) {
            case PUBLISH -> -1;
            case PUBREL, SUBSCRIBE, UNSUBSCRIBE -> 2;
            default -> 0;
          };
      assertThat(type.flags()).as(type.name()).isEqualTo(flags);
    }
  }

  @Test
  void packetsKnowTheirType() {
    Properties none = Properties.EMPTY;
    assertThat(new Packet.ConnAck(false, ReasonCode.SUCCESS, none).type())
        .isEqualTo(PacketType.CONNACK);
    assertThat(new Packet.Publish(new byte[0], new byte[0], 0, false, false, 0, none).type())
        .isEqualTo(PacketType.PUBLISH);
    assertThat(new Packet.Ack(PacketType.PUBREL, 1, ReasonCode.SUCCESS).type())
        .isEqualTo(PacketType.PUBREL);
    assertThat(new Packet.Subscribe(1, List.of(), none).type()).isEqualTo(PacketType.SUBSCRIBE);
    assertThat(new Packet.SubAck(1, List.of(), none).type()).isEqualTo(PacketType.SUBACK);
    assertThat(new Packet.Unsubscribe(1, List.of(), none).type()).isEqualTo(PacketType.UNSUBSCRIBE);
    assertThat(new Packet.UnsubAck(1, List.of(), none).type()).isEqualTo(PacketType.UNSUBACK);
    assertThat(Packet.PingReq.INSTANCE.type()).isEqualTo(PacketType.PINGREQ);
    assertThat(Packet.PingResp.INSTANCE.type()).isEqualTo(PacketType.PINGRESP);
    assertThat(new Packet.Disconnect(ReasonCode.SUCCESS, none).type())
        .isEqualTo(PacketType.DISCONNECT);
    assertThat(new Packet.Auth(ReasonCode.SUCCESS, none).type()).isEqualTo(PacketType.AUTH);
    assertThat(
            new Packet.Connect(
                    MqttVersion.V5, true, 0, "c", Optional.empty(), Optional.empty(), null, none)
                .type())
        .isEqualTo(PacketType.CONNECT);
  }

  @Test
  void versionsAreToldByNameAndLevel() {
    for (MqttVersion version : MqttVersion.values()) {
      assertThat(MqttVersion.of(version.protocolName(), version.level())).contains(version);
      assertThat(version.rich()).isEqualTo(version.level() == 5);
    }
    assertThat(MqttVersion.of("MQTT", 3)).isEmpty();
    assertThat(MqttVersion.of("MQIsdp", 4)).isEmpty();
    assertThat(MqttVersion.V3_1.word()).isEqualTo("3.1");
    assertThat(MqttVersion.V5.word()).isEqualTo("5.0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "41",
        "01",
        "7f",
        "c280",
        "dfbf",
        "e0a080",
        "ecbfbf",
        "ed9fbf",
        "ee8080",
        "efbfbf",
        "f0908080",
        "f3bfbfbf",
        "f48fbfbf",
        "41c28041"
      })
  void wellFormedTextIsValid(String hex) {
    assertThat(Utf8.valid(ByteBufUtil.decodeHexDump(hex))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "4100",
        "80",
        "bf",
        "c080",
        "c1bf",
        "c2",
        "c241",
        "c2c0",
        "dfff",
        "e0",
        "e0a0",
        "e09fbf",
        "e0a041",
        "e0a0c0",
        "eda080",
        "edbfbf",
        "efbf",
        "f0908041",
        "f08fbfbf",
        "f0",
        "f09080",
        "f4908080",
        "f5808080",
        "ff",
        "41c2",
        "f0904180",
        "e18041",
        "e14180"
      })
  void textThatIsNotWellFormedIsNot(String hex) {
    assertThat(Utf8.valid(ByteBufUtil.decodeHexDump(hex))).isFalse();
  }
}
