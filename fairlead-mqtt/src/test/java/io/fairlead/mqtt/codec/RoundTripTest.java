package io.fairlead.mqtt.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written reads back the same, however the stream is cut. */
class RoundTripTest {
  private static final long SEED = Long.getLong("fairlead.seed", 20261122);

  @ParameterizedTest
  @EnumSource
  void whatAClientSendsReadsBack(MqttVersion version) throws MqttCodecException {
    Random random = new Random(SEED);
    for (int round = 0; round < 30; round++) {
      List<Packet> sent = new ArrayList<>();
      sent.add(PacketSamples.connect(version, random));
      for (int i = 0; i < 20; i++) sent.add(PacketSamples.ofClient(version, random));
      try (FrameReader reader =
          FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
        assertSame(read(reader, bytes(sent, version), random), sent);
        assertThat(reader.midFrame()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAServerSendsReadsBack(MqttVersion version) throws MqttCodecException {
    Random random = new Random(SEED);
    for (int round = 0; round < 30; round++) {
      List<Packet> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) sent.add(PacketSamples.ofServer(version, random));
      try (FrameReader reader =
          FrameReader.ofServer(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS, version)) {
        assertSame(read(reader, bytes(sent, version), random), sent);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingComesOfAFrameThatIsNotWhole(MqttVersion version) throws MqttCodecException {
    Random random = new Random(SEED);
    for (int round = 0; round < 25; round++) {
      Packet packet = PacketSamples.ofServer(version, random);
      ByteBuf whole = bytes(List.of(packet), version);
      for (int cut = 0; cut < whole.readableBytes(); cut++) {
        try (FrameReader reader =
            FrameReader.ofServer(
                UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS, version)) {
          List<Packet> read = new ArrayList<>();
          reader.read(whole.slice(0, cut), read::add);
          assertThat(read).isEmpty();
          reader.read(whole.slice(cut, whole.readableBytes() - cut), read::add);
          assertThat(read).hasSize(1);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBodyCutShortIsMalformed(MqttVersion version) {
    Random random = new Random(SEED);
    for (int round = 0; round < 25; round++) {
      Packet.Connect packet = PacketSamples.connect(version, random);
      ByteBuf whole = bytes(List.of(packet), version);
      int header = whole.getByte(1) >= 0 ? 2 : 3;
      for (int cut = 0; cut < whole.readableBytes() - header; cut++) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeByte(0x10);
        Wire.writeVarInt(frame, cut);
        frame.writeBytes(whole, header, cut);
        assertThat(failure(frame)).as("cut at %s of %s", cut, packet).isPresent();
      }
    }
  }

  static java.util.Optional<MqttCodecException> failure(ByteBuf bytes) {
    try (FrameReader reader =
        FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
      reader.read(bytes, packet -> {});
      return java.util.Optional.empty();
    } catch (MqttCodecException bad) {
      return java.util.Optional.of(bad);
    }
  }

  private static List<Packet> read(FrameReader reader, ByteBuf bytes, Random random)
      throws MqttCodecException {
    List<Packet> read = new ArrayList<>();
    while (bytes.isReadable()) {
      int step =
          Math.min(bytes.readableBytes(), 1 + random.nextInt(random.nextBoolean() ? 3 : 900));
      reader.read(bytes.readSlice(step), read::add);
    }
    return read;
  }

  private static ByteBuf bytes(List<Packet> packets, MqttVersion version) {
    ByteBuf out = Unpooled.buffer();
    for (Packet packet : packets) PacketEncoder.encode(out, packet, version);
    return out;
  }

  private static void assertSame(List<Packet> read, List<Packet> sent) {
    assertThat(read).usingRecursiveFieldByFieldElementComparator().isEqualTo(sent);
  }
}
