package io.fairlead.pubsub;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.Deflater;

/** Messages as a server compresses them (RFC 7692 §7.2.1). */
public final class Packed {
  private static final int STEP = 8192;
  private static final int TAIL = 4;

  private Packed() {}

  /** Flushed at the end, without the last four bytes of that. */
  public static byte[] of(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setInput(plain);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] step = new byte[STEP];
    int count = STEP;
    while (count == STEP) {
      count = deflater.deflate(step, 0, STEP, Deflater.SYNC_FLUSH);
      out.write(step, 0, count);
    }
    deflater.end();
    return Arrays.copyOf(out.toByteArray(), out.size() - TAIL);
  }
}
