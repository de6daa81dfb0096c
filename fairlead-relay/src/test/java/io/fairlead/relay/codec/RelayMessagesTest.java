package io.fairlead.relay.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelayMessagesTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] ID = {0, 1, 7};

  @Test
  void hopMessagesHaveTheirNumbers() throws MalformedException {
    assertBytes(new HopMessage.Reserve().toBytes(), "0800");
    assertBytes(new HopMessage.Connect(PeerMessage.of(ID)).toBytes(), "0801 1205 0a03 000107");
    HopMessage.Status granted =
        new HopMessage.Status(
            100,
            Optional.of(
                new ReservationMessage(1, List.of(new byte[] {9}), Optional.of(new byte[] {8}))),
            Optional.of(new LimitMessage(120, 131_072)));
    assertBytes(granted.toBytes(), "0802 1a08 0801 120109 1a0108 2206 0878 10808008 2864");
    assertThat(HopMessage.read(granted.toBytes())).usingRecursiveComparison().isEqualTo(granted);
    assertThat(HopMessage.read(HEX.parseHex("0802"))).isEqualTo(status(0));
    assertThat(HopMessage.read(HEX.parseHex("0809"))).isEqualTo(new HopMessage.Other(9));
  }

  private static HopMessage.Status status(int code) {
    return new HopMessage.Status(code, Optional.empty(), Optional.empty());
  }

  /** The status stands in field 4 here and in field 5 there. */
  @Test
  void stopMessagesHaveOtherNumbers() throws MalformedException {
    assertBytes(
        new StopMessage.Connect(PeerMessage.of(ID), Optional.of(new LimitMessage(1, 2))).toBytes(),
        "0800 1205 0a03000107 1a04 08011002");
    assertBytes(StopMessage.Status.of(CircuitStatus.OK).toBytes(), "0801 2064");
    assertThat(StopMessage.read(HEX.parseHex("08012064"))).isEqualTo(new StopMessage.Status(100));
    assertThat(StopMessage.read(HEX.parseHex("08012864"))).isEqualTo(new StopMessage.Status(0));
    assertThat(StopMessage.read(HEX.parseHex("0807"))).isEqualTo(new StopMessage.Other(7));
  }

  @Test
  void holePunchingMessagesHaveTheirNumbers() throws MalformedException {
    assertBytes(
        new DcutrMessage.Connect(List.of(new byte[] {1}, new byte[] {2})).toBytes(),
        "0864 120101 120102");
    assertBytes(new DcutrMessage.Sync().toBytes(), "08ac02");
    assertThat(DcutrMessage.read(HEX.parseHex("08ac02"))).isEqualTo(new DcutrMessage.Sync());
  }

  @Test
  void reachabilityMessagesHaveTheirNumbers() throws MalformedException {
    AutoNatMessage dial = new AutoNatMessage.Dial(new PeerMessage(ID, List.of(new byte[] {4, 5})));
    assertBytes(dial.toBytes(), "0800 120b 0a09 0a03000107 12020405");
    AutoNatMessage refused =
        new AutoNatMessage.DialResponse(AutoNatMessage.DIAL_REFUSED, "no", Optional.empty());
    assertBytes(refused.toBytes(), "0801 1a06 0865 12026e6f");
    assertBytes(
        new AutoNat2Message.DialRequest(List.of(new byte[] {4}), 0x0102030405060708L).toBytes(),
        "0a0c 0a0104 110807060504030201");
    assertBytes(new AutoNat2Message.DialResponse(200, 1, 101).toBytes(), "1207 08c801 1001 1865");
    assertBytes(new AutoNat2Message.DataRequest(1, 30_000).toBytes(), "1a06 0801 10b0ea01");
    assertBytes(new AutoNat2Message.DataResponse(new byte[] {7}).toBytes(), "2203 0a0107");
    assertBytes(new DialBackMessage(1).toBytes(), "09 0100000000000000");
    assertThat(DialBackMessage.isHeard(DialBackMessage.heard())).isTrue();
  }

  private static void assertBytes(byte[] bytes, String hex) {
    assertThat(HEX.formatHex(bytes)).isEqualTo(hex.replace(" ", ""));
    assertThat(RelayMessageSamples.readsAll(bytes)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // no type
        "2864", // a status and no type
        "0801", // connect without peer
        "080112020a", // a peer that is cut off
        "08011200", // a peer without id
        "08021a00", // a reservation without expiration
        "08ffffffffffffffffff01", // a negative type
      })
  void brokenHopMessagesAreRefused(String hex) {
    assertThatThrownBy(() -> HopMessage.read(HEX.parseHex(hex)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void othersAreRefusedTooWhenWhatTheyNeedIsMissing() {
    byte[] none = {};
    assertThatThrownBy(() -> StopMessage.read(HEX.parseHex("0800")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> DcutrMessage.read(HEX.parseHex("0865")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> AutoNatMessage.read(HEX.parseHex("0800")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> AutoNat2Message.read(none)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> DialBackMessage.read(none)).isInstanceOf(MalformedException.class);
  }

  @Test
  void listsAreBoundedAndUnknownFieldsPassedOver() throws MalformedException {
    ProtoWriter peer = new ProtoWriter().bytes(1, ID).string(9, "what");
    for (int i = 0; i < 300; i++) peer.bytes(2, new byte[] {1});
    byte[] message = new ProtoWriter().uint(1, 1).bytes(2, peer.toBytes()).fixed64(12, 1).toBytes();
    HopMessage read = HopMessage.read(message);
    assertThat(read).isInstanceOf(HopMessage.Connect.class);
    assertThat(((HopMessage.Connect) read).peer().addresses()).hasSize(PeerMessage.ADDRESSES_MAX);
  }

  @Test
  void statusesHaveTheirNumbers() {
    for (CircuitStatus status : CircuitStatus.values()) {
      assertThat(CircuitStatus.of(status.code())).contains(status);
    }
    assertThat(CircuitStatus.of(0)).isEmpty();
    assertThat(Arrays.stream(CircuitStatus.values()).map(CircuitStatus::code))
        .containsExactly(100, 200, 201, 202, 203, 204, 400, 401);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void damageEndsInAMessageOrARefusal(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    List<byte[]> good = new ArrayList<>();
    good.add(
        new HopMessage.Status(
                100,
                Optional.of(
                    new ReservationMessage(
                        5, List.of(new byte[8], new byte[9]), Optional.of(new byte[50]))),
                Optional.of(new LimitMessage(120, 1)))
            .toBytes());
    good.add(new HopMessage.Connect(new PeerMessage(ID, List.of(new byte[8]))).toBytes());
    good.add(new AutoNat2Message.DialRequest(List.of(new byte[8]), 77).toBytes());
    good.add(new DcutrMessage.Connect(List.of(new byte[8])).toBytes());
    int refused = 0;
    for (int i = 0; i < 40_000; i++) {
      byte[] sample = good.get(i % good.size());
      byte[] bytes = Arrays.copyOf(sample, random.nextInt(sample.length + 1));
      for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      if (!RelayMessageSamples.readsAll(bytes)) refused++;
    }
    assertThat(refused).as("seed " + seed).isBetween(1, 39_999);
  }
}
