package io.fairlead.tunnel.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Whatever a peer sends is a message or malformed, never anything else. */
class ControlFuzzTest {
  @FuzzTest(maxDuration = "10s")
  void linesAndCapsules(FuzzedDataProvider data) {
    DatagramCapsules capsules = new DatagramCapsules();
    try {
      ControlMessage read = ControlCodec.read(data.consumeString(4_096));
      assertThat(ControlCodec.read(ControlCodec.write(read))).isEqualTo(read);
    } catch (BadControlException malformed) {
      // what a malformed line is for
    }
    try {
      JoinToken.parse(data.consumeString(256));
    } catch (BadControlException malformed) {
      // the same
    }
    try {
      capsules.read(
          Unpooled.copiedBuffer(data.consumeRemainingAsBytes()),
          UnpooledByteBufAllocator.DEFAULT,
          ByteBuf::release);
    } catch (BadControlException malformed) {
      // the same
    } finally {
      capsules.close();
    }
  }
}
