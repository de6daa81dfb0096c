package io.fairlead.libp2p.codec;

import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Reads bytes as every message there is. */
final class MessageSamples {
  private MessageSamples() {}

  /** Whether they are at least one of the messages; anything but a refusal is passed on. */
  static boolean readsAll(byte[] bytes) {
    return Stream.<Callable<Object>>of(
                () -> KeyMessage.read(KeyMessage.read(bytes).toBytes()),
                () -> NoisePayload.read(NoisePayload.read(bytes).toBytes()),
                () -> EnvelopeMessage.read(EnvelopeMessage.read(bytes).toBytes()),
                () -> PeerRecordMessage.read(PeerRecordMessage.read(bytes).toBytes()),
                () -> VoucherMessage.read(VoucherMessage.read(bytes).toBytes()),
                () -> IdentifyMessage.read(IdentifyMessage.read(bytes).toBytes()))
            .filter(MessageSamples::reads)
            .count()
        > 0;
  }

  private static boolean reads(Callable<Object> reader) {
    try {
      reader.call();
      return true;
    } catch (MalformedException refused) {
      return false;
    } catch (Exception other) {
      throw new IllegalStateException("not a refusal", other);
    }
  }
}
