package io.fairlead.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.proxy.codec.SocksDecoder.Expected;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever the bytes: no exception, nothing consumed without a message, splits do not matter. */
class SocksDecoderFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void decodesAnything(FuzzedDataProvider data) {
    Expected expected = data.pickValue(Expected.values());
    byte[] bytes = data.consumeRemainingAsBytes();
    ByteBuf whole = Unpooled.wrappedBuffer(bytes);
    var atOnce = SocksDecoder.decode(expected, whole);
    if (atOnce.isEmpty()) assertThat(whole.readerIndex()).isZero();

    ByteBuf grown = Unpooled.buffer();
    var slowly = SocksDecoder.decode(expected, grown);
    for (int i = 0; i < bytes.length && slowly.isEmpty(); i++) {
      grown.writeByte(bytes[i]);
      slowly = SocksDecoder.decode(expected, grown);
    }
    boolean faulty = atOnce.filter(SocksMessage.Malformed.class::isInstance).isPresent();
    if (!faulty && slowly.filter(SocksMessage.Malformed.class::isInstance).isEmpty()) {
      assertThat(slowly.map(Object::toString)).isEqualTo(atOnce.map(Object::toString));
      assertThat(grown.readerIndex()).isEqualTo(whole.readerIndex());
    } else {
      assertThat(slowly.filter(SocksMessage.Malformed.class::isInstance)).isPresent();
      assertThat(atOnce.filter(SocksMessage.Malformed.class::isInstance)).isPresent();
    }
  }
}
