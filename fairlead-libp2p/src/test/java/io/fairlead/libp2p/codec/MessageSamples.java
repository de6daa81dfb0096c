package io.fairlead.libp2p.codec;

import java.util.Arrays;
import java.util.stream.Stream;

/** Reads bytes as every message there is. */
final class MessageSamples {
  private MessageSamples() {}

  /** Whether they are at least one of the messages; anything but a refusal is passed on. */
  static boolean readsAll(byte[] bytes) {
    return Stream.<Again>of(
                each -> KeyMessage.read(each).toBytes(),
                each -> NoisePayload.read(each).toBytes(),
                each -> EnvelopeMessage.read(each).toBytes(),
                each -> PeerRecordMessage.read(each).toBytes(),
                each -> VoucherMessage.read(each).toBytes(),
                each -> IdentifyMessage.read(each).toBytes())
            .filter(each -> reads(each, bytes))
            .count()
        > 0;
  }

  /** Reads bytes as a message, and writes that. */
  private interface Again {
    byte[] of(byte[] bytes) throws MalformedException;
  }

  /** Whether it is such a message; what was written of one must be read, and as the same. */
  private static boolean reads(Again message, byte[] bytes) {
    byte[] once;
    try {
      once = message.of(bytes);
    } catch (MalformedException refused) {
      return false;
    }
    try {
      if (!Arrays.equals(once, message.of(once))) throw new AssertionError("reads otherwise");
      return true;
    } catch (MalformedException refused) {
      throw new AssertionError("what was written is refused", refused);
    }
  }
}
