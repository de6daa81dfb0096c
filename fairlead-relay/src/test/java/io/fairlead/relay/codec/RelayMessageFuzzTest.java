package io.fairlead.relay.codec;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever the bytes, they are a message that can be written and read again, or are refused. */
class RelayMessageFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void refusesOrReadsBack(byte[] bytes) {
    RelayMessageSamples.readsAll(bytes);
  }
}
