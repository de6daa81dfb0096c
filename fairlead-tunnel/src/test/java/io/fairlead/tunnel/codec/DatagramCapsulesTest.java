package io.fairlead.tunnel.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatagramCapsulesTest {
  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

  @Test
  void payloadsOfEveryLengthPassInPiecesOfEverySize() throws Exception {
    List<Integer> lengths = List.of(0, 1, 61, 62, 63, 64, 1200, 16_382, 16_383, 65_507);
    ByteBuf wire = HEAP.buffer();
    for (int length : lengths) {
      ByteBuf payload = HEAP.buffer().writeZero(length);
      ByteBuf capsule = DatagramCapsules.write(payload, HEAP);
      wire.writeBytes(capsule);
      capsule.release();
      payload.release();
    }
    for (int step : new int[] {1, 7, 1000, wire.readableBytes()}) {
      DatagramCapsules capsules = new DatagramCapsules();
      List<Integer> read = new ArrayList<>();
      for (int at = 0; at < wire.writerIndex(); at += step) {
        ByteBuf piece = wire.copy(at, Math.min(step, wire.writerIndex() - at));
        capsules.read(
            piece,
            HEAP,
            payload -> {
              read.add(payload.readableBytes());
              payload.release();
            });
      }
      capsules.close();
      assertThat(read).as("step %d", step).isEqualTo(lengths);
      if (step == 1) break; // quadratic; the other steps show the same in a moment
    }
    wire.release();
  }

  @Test
  void unknownCapsulesAndContextsArePassedOver() throws Exception {
    // Type 0x2a with 3 bytes, a datagram of context 1, and one of context 0 with "hi".
    byte[] wire = HexFormat.of().parseHex("2a03010203" + "000201ff" + "0003006869");
    DatagramCapsules capsules = new DatagramCapsules();
    List<String> read = new ArrayList<>();
    capsules.read(
        Unpooled.copiedBuffer(wire),
        HEAP,
        payload -> {
          read.add(payload.toString(java.nio.charset.StandardCharsets.US_ASCII));
          payload.release();
        });
    assertThat(read).containsExactly("hi");
    capsules.close();
  }

  @Test
  void aDatagramLongerThanAnyIsMalformed() {
    DatagramCapsules capsules = new DatagramCapsules();
    ByteBuf head = Unpooled.copiedBuffer(HexFormat.of().parseHex("00" + "80100000"));
    assertThatThrownBy(() -> capsules.read(head, HEAP, ByteBuf::release))
        .isInstanceOf(BadControlException.class);
    capsules.close();
  }
}
