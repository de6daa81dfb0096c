package io.fairlead.net.tls;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Private keys as programs wrote them before PKCS #8 (RFC 5958): RSA keys of PKCS #1 (RFC 8017
 * appendix A.1.2) and EC keys of RFC 5915. Both are put into the newer form, which the JDK reads.
 */
final class OldKeyForm {
  private static final byte[] VERSION_0 = {2, 1, 0};

  /** rsaEncryption with NULL, RFC 8017 appendix A.1. */
  private static final byte[] RSA = {
    0x30, 0x0d, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  /** id-ecPublicKey, RFC 5480 §2.1.1. */
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 4;
  private static final int PARAMETERS = 0xa0;

  private OldKeyForm() {}

  /**
   * The key in PKCS #8; what is no such key gives bytes that are none either.
   *
   * @param label of its PEM block, {@code RSA PRIVATE KEY} or {@code EC PRIVATE KEY}
   */
  static byte[] pkcs8(String label, byte[] der) {
    byte[] algorithm = label.startsWith("RSA") ? RSA : value(SEQUENCE, EC, curve(der));
    return value(SEQUENCE, VERSION_0, algorithm, value(OCTETS, der));
  }

  /** The curve's name of an EC key; nothing when the key does not tell. */
  private static byte[] curve(byte[] der) {
    int at = contentAt(der, 0);
    while (at >= 0 && at < der.length) {
      int content = contentAt(der, at);
      int end = content < 0 ? -1 : content + length(der, at);
      if (end < 0 || end > der.length) break;
      if ((der[at] & 0xff) == PARAMETERS) return Arrays.copyOfRange(der, content, end);
      at = end;
    }
    return new byte[0];
  }

  private static int contentAt(byte[] der, int at) {
    if (at + 1 >= der.length) return -1;
    int first = der[at + 1] & 0xff;
    return first < 0x80 ? at + 2 : at + 2 + (first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) return first;
    int length = 0;
    for (int i = 0; i < (first & 0x7f) && i < 3 && at + 2 + i < der.length; i++) {
      length = length << 8 | der[at + 2 + i] & 0xff;
    }
    return length;
  }

  private static byte[] value(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) content.writeBytes(part);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    int length = content.size();
    if (length < 0x80) {
      whole.write(length);
    } else {
      whole.write(0x82);
      whole.write(length >> 8);
      whole.write(length);
    }
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
