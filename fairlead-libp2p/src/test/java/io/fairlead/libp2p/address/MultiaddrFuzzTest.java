package io.fairlead.libp2p.address;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.libp2p.codec.MalformedException;
import java.nio.charset.StandardCharsets;

/** Whatever the bytes or the text, it is an address that reads back, or is refused. */
class MultiaddrFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void bytesReadBack(byte[] bytes) {
    MultiaddrTest.readsBack(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void textReadsBack(byte[] bytes) {
    try {
      Multiaddr address = Multiaddr.parse("/" + new String(bytes, StandardCharsets.UTF_8));
      if (!MultiaddrTest.readsBack(address.toBytes())) throw new AssertionError(address.toString());
    } catch (MalformedException refused) {
      // the other of the two
    }
  }
}
