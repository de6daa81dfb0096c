package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import java.util.Arrays;
import java.util.stream.Stream;

/** Reads bytes as every message of this module. */
final class RelayMessageSamples {
  private RelayMessageSamples() {}

  /**
   * Whether they are at least one of the messages. What is read must say the same when it is
   * written and read again; anything but a refusal is passed on.
   */
  static boolean readsAll(byte[] bytes) {
    return Stream.<Again>of(
                each -> HopMessage.read(each).toBytes(),
                each -> StopMessage.read(each).toBytes(),
                each -> DcutrMessage.read(each).toBytes(),
                each -> AutoNatMessage.read(each).toBytes(),
                each -> AutoNat2Message.read(each).toBytes(),
                each -> DialBackMessage.read(each).toBytes())
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
