package io.fairlead.control.dashboard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * One file of the dashboard in memory. Immutable; nobody changes its arrays.
 *
 * @param type media type
 * @param versioned whether its path names its version, so that what was fetched once never changes
 * @param plain as it is
 * @param gzip the same, compressed (RFC 1952); {@code plain} where that is not shorter
 * @param tag entity tag of {@code plain} without quotes; that of {@code gzip} ends in {@code -gz}
 */
record UiFile(String type, boolean versioned, byte[] plain, byte[] gzip, String tag) {
  private static final int TAG_BYTES = 8;

  static UiFile of(String type, boolean versioned, byte[] plain) {
    byte[] gzip = compressed(plain);
    return new UiFile(
        type, versioned, plain, gzip.length < plain.length ? gzip : plain, tagOf(plain));
  }

  boolean shrinks() {
    return gzip.length < plain.length;
  }

  private static byte[] compressed(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 2 + 64);
    try (GZIPOutputStream stream = new Best(out)) {
      stream.write(plain);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // memory does not fail
    }
    return out.toByteArray();
  }

  private static String tagOf(byte[] plain) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain);
      return HexFormat.of().formatHex(digest, 0, TAG_BYTES);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** Compressed once and sent often. */
  private static final class Best extends GZIPOutputStream {
    Best(ByteArrayOutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
