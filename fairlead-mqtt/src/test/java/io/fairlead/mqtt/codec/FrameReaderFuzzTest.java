package io.fairlead.mqtt.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes, reading ends with packets that can be written again, or is refused. */
class FrameReaderFuzzTest {
  private static final DecodeLimits LIMITS = DecodeLimits.DEFAULTS;

  /** The first byte says which version the connection already speaks. */
  @FuzzTest(maxDuration = "60s")
  void neverThrowsAnythingElse(byte[] bytes) {
    if (bytes.length == 0) return;
    check(bytes, bytes[0] & 3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void survivesDamage(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    for (int i = 0; i < 20_000; i++) {
      MqttVersion version = MqttVersion.values()[random.nextInt(3)];
      ByteBuf out = Unpooled.buffer();
      out.writeByte(version.ordinal());
      for (int n = random.nextInt(3); n >= 0; n--) {
        PacketEncoder.encode(
            out,
            n == 2
                ? PacketSamples.connect(version, random)
                : PacketSamples.ofClient(version, random),
            version);
      }
      byte[] bytes = new byte[out.readableBytes()];
      out.readBytes(bytes);
      for (int n = random.nextInt(4); n > 0; n--) {
        bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt(256);
      }
      check(bytes, version.ordinal());
    }
  }

  private static void check(byte[] bytes, int form) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes).skipBytes(1);
    boolean begun = form < 3;
    MqttVersion version = begun ? MqttVersion.values()[form] : MqttVersion.V5;
    try (FrameReader reader = FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, LIMITS)) {
      if (begun) {
        ByteBuf hello = Unpooled.buffer();
        PacketEncoder.encode(hello, PacketSamples.connect(version, new Random(1)), version);
        reader.read(hello, packet -> {});
        reader.connected();
      }
      reader.read(
          in,
          packet -> {
            MqttVersion spoken = packet instanceof Packet.Connect c ? c.version() : version;
            if (!begun && !(packet instanceof Packet.Connect)) return;
            ByteBuf again = Unpooled.buffer();
            PacketEncoder.encode(again, packet, spoken);
            assertThat(again.readableBytes()).isGreaterThan(1);
          });
    } catch (MqttCodecException refused) {
      assertThat(refused.reason().error()).isTrue();
    }
  }
}
