package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;

/**
 * What one circuit may take.
 *
 * @param durationSeconds unsigned 32 bits; 0 is no end
 * @param dataBytes in each direction, unsigned 64 bits; 0 is no bound
 */
public record LimitMessage(long durationSeconds, long dataBytes) {
  static LimitMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    long duration = 0;
    long data = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> duration = in.uint32();
        case 2 -> data = in.uint64();
        default -> in.skip();
      }
    }
    return new LimitMessage(duration, data);
  }

  byte[] toBytes() {
    return new ProtoWriter().uint(1, durationSeconds).uint(2, dataBytes).toBytes();
  }
}
