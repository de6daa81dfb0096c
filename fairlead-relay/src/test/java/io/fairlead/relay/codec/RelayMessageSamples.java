package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Reads bytes as every message of this module. */
final class RelayMessageSamples {
  private RelayMessageSamples() {}

  /**
   * Whether they are at least one of the messages. What is read must say the same when it is
   * written and read again; anything but a refusal is passed on.
   */
  static boolean readsAll(byte[] bytes) {
    return Stream.<Callable<byte[][]>>of(
                () -> {
                  byte[] once = HopMessage.read(bytes).toBytes();
                  return new byte[][] {once, HopMessage.read(once).toBytes()};
                },
                () -> {
                  byte[] once = StopMessage.read(bytes).toBytes();
                  return new byte[][] {once, StopMessage.read(once).toBytes()};
                },
                () -> {
                  byte[] once = DcutrMessage.read(bytes).toBytes();
                  return new byte[][] {once, DcutrMessage.read(once).toBytes()};
                },
                () -> {
                  byte[] once = AutoNatMessage.read(bytes).toBytes();
                  return new byte[][] {once, AutoNatMessage.read(once).toBytes()};
                },
                () -> {
                  byte[] once = AutoNat2Message.read(bytes).toBytes();
                  return new byte[][] {once, AutoNat2Message.read(once).toBytes()};
                },
                () -> {
                  byte[] once = DialBackMessage.read(bytes).toBytes();
                  return new byte[][] {once, DialBackMessage.read(once).toBytes()};
                })
            .filter(RelayMessageSamples::reads)
            .count()
        > 0;
  }

  private static boolean reads(Callable<byte[][]> reader) {
    try {
      byte[][] twice = reader.call();
      if (!Arrays.equals(twice[0], twice[1])) throw new IllegalStateException("reads otherwise");
      return true;
    } catch (MalformedException refused) {
      return false;
    } catch (Exception other) {
      throw new IllegalStateException("not a refusal", other);
    }
  }
}
