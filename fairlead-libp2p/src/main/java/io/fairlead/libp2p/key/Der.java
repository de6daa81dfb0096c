package io.fairlead.libp2p.key;

import java.util.Arrays;

/** The few forms of DER (X.690) that key files need: one-byte tags, lengths up to 65,535. */
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int SEQUENCE = 0x30;

  private Der() {}

  /** One value with its tag and length. */
  static byte[] of(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) length += part.length;
    int head = length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
    byte[] der = new byte[head + length];
    der[0] = (byte) tag;
    if (head == 2) {
      der[1] = (byte) length;
    } else {
      der[1] = (byte) (0x80 | head - 2);
      if (head == 4) der[2] = (byte) (length >>> 8);
      der[head - 1] = (byte) length;
    }
    int at = head;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, der, at, part.length);
      at += part.length;
    }
    return der;
  }

  /** Reads values one after the other. Belongs to one thread. */
  static final class Reader {
    private final byte[] der;
    private int at;

    Reader(byte[] der) {
      this.der = der;
    }

    boolean atEnd() {
      return at == der.length;
    }

    /** The tag of the next value, or -1 at the end. */
    int tag() {
      return atEnd() ? -1 : der[at] & 0xff;
    }

    /** What is inside the next value, which must have this tag. */
    byte[] take(int tag) throws UnusableKeyException {
      if (tag() != tag || der.length - at < 2) throw notDer();
      int length = der[at + 1] & 0xff;
      at += 2;
      if (length >= 0x80) {
        int bytes = length & 0x7f;
        if (bytes < 1 || bytes > 2 || der.length - at < bytes) throw notDer();
        length = 0;
        for (int i = 0; i < bytes; i++) length = length << 8 | der[at++] & 0xff;
      }
      if (der.length - at < length) throw notDer();
      at += length;
      return Arrays.copyOfRange(der, at - length, at);
    }

    private static UnusableKeyException notDer() {
      return new UnusableKeyException("key: not the DER that was expected");
    }
  }
}
