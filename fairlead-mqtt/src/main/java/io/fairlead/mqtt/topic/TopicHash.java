package io.fairlead.mqtt.topic;

import io.fairlead.core.random.Randomness;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Hashes bytes under a secret key, so that nobody can send a million level names of one hash. Each
 * eight bytes are multiplied to 128 bits whose halves are folded together. Immutable.
 */
final class TopicHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long FINISH = 0x9E37_79B9_7F4A_7C15L;

  private final long start;
  private final long key;

  private TopicHash(long start, long key) {
    this.start = start;
    this.key = key | 1;
  }

  static TopicHash keyed(Randomness randomness) {
    ByteBuffer bytes = ByteBuffer.wrap(randomness.secureBytes(16));
    return new TopicHash(bytes.getLong(), bytes.getLong());
  }

  int of(byte[] bytes, int from, int to) {
    long hash = start ^ (to - from);
    int at = from;
    for (; at + 8 <= to; at += 8) hash = fold(hash ^ (long) LONGS.get(bytes, at), key);
    if (at < to) {
      long tail = 0;
      for (; at < to; at++) tail = tail << 8 | (bytes[at] & 0xFF);
      hash = fold(hash ^ tail, key);
    }
    hash = fold(hash, key ^ FINISH);
    return (int) (hash ^ hash >>> 32);
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }
}
