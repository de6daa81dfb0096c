package io.fairlead.net.proxyprotocol.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.net.proxyprotocol.codec.ProxyHeaderReader.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/** Whatever the bytes: no exception, an end within the bound, and pieces do not matter. */
class ProxyHeaderFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void readsAnything(byte[] bytes) {
    ByteBuf whole = Unpooled.wrappedBuffer(bytes);
    Result atOnce = ProxyHeaderReader.read(whole);
    assertThat(whole.readerIndex()).isZero();
    if (atOnce instanceof Result.Incomplete) {
      assertThat(bytes.length).isLessThan(ProxyHeaderReader.BYTES_MAX);
    }
    Result slowly = new Result.Incomplete();
    for (int i = 0; i <= bytes.length && slowly instanceof Result.Incomplete; i++) {
      slowly = ProxyHeaderReader.read(Unpooled.wrappedBuffer(bytes, 0, i));
    }
    assertThat(slowly.getClass()).isEqualTo(atOnce.getClass());
    if (slowly instanceof Result.Complete(ProxyHeader header, int length)
        && !header.local()
        && header.fields().stream().mapToInt(field -> field.length() + 3).sum() < 4000) {
      assertThat(((Result.Complete) atOnce).length()).isEqualTo(length);
      ByteBuf again = ProxyHeaderWriter.version2(header, ByteBufAllocator.DEFAULT);
      try {
        assertThat(ProxyHeaderReader.read(again)).isInstanceOf(Result.Complete.class);
      } finally {
        again.release();
      }
    }
  }
}
