package io.fairlead.net.hello;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever the bytes: no exception, an end within the bound, and pieces do not matter. */
class ClientHelloFuzzTest {
  private static final int MAX = 2048;

  @FuzzTest(maxDuration = "30s")
  void readsAnything(byte[] bytes) {
    ClientHello atOnce = new ClientHelloReader(MAX).read(Unpooled.wrappedBuffer(bytes));
    if (atOnce instanceof ClientHello.Incomplete) assertThat(bytes.length).isLessThan(MAX);
    ClientHelloReader reader = new ClientHelloReader(MAX);
    ByteBuf grown = Unpooled.buffer();
    ClientHello slowly = reader.read(grown);
    for (int i = 0; i < bytes.length && slowly instanceof ClientHello.Incomplete; i++) {
      grown.writeByte(bytes[i]);
      slowly = reader.read(grown);
    }
    if (atOnce instanceof ClientHello.Malformed) {
      assertThat(slowly).isInstanceOf(ClientHello.Malformed.class);
    } else {
      assertThat(slowly).isEqualTo(atOnce);
    }
  }
}
