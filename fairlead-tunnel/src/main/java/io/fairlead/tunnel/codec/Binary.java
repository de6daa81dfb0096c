package io.fairlead.tunnel.codec;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** Immutable bytes that messages carry as base64url without padding. */
public final class Binary {
  private final byte[] bytes;

  private Binary(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Binary of(byte[] bytes) {
    return new Binary(bytes.clone());
  }

  /** Reads the text form. */
  public static Binary parse(String text) throws BadControlException {
    try {
      if (text.indexOf('=') >= 0) throw new BadControlException("base64url: padded");
      return new Binary(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException bad) {
      throw new BadControlException("base64url: malformed");
    }
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  public int length() {
    return bytes.length;
  }

  /** The text form. */
  public String text() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Binary binary && Arrays.equals(bytes, binary.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Its beginning, as it may be a secret. */
  @Override
  public String toString() {
    int shown = Math.min(2, bytes.length);
    return HexFormat.of().formatHex(bytes, 0, shown) + "… (" + bytes.length + " bytes)";
  }
}
