package io.fairlead.core.identity;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Ed25519 public key: the one identity of a node on every path. Printed as its peer id.
 *
 * @param hex the 32 raw bytes, lower case
 */
public record NodeKey(String hex) {
  private static final Pattern RAW = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern MULTICODEC = Pattern.compile("(?:0x)?ed01([0-9a-f]{64})");
  private static final Pattern PEM =
      Pattern.compile(
          "\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");

  /** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 §4). */
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

  public NodeKey {
    if (!RAW.matcher(hex).matches()) {
      throw new IllegalArgumentException("key of " + hex.length() + " digits (expected: 64 hex)");
    }
  }

  /** A key of 32 raw bytes. */
  public static NodeKey of(byte[] raw) {
    return new NodeKey(HexFormat.of().formatHex(raw));
  }

  /** Reads {@code ed01…} with or without {@code 0x}, a peer id, or a PEM public key. */
  public static Optional<NodeKey> parse(String text) {
    if (text.length() > 1024) return Optional.empty();
    Matcher multicodec = MULTICODEC.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (multicodec.matches()) return Optional.of(new NodeKey(multicodec.group(1)));
    Matcher pem = PEM.matcher(text);
    if (pem.matches()) return spki(pem.group(1).replaceAll("\\s", ""));
    return PeerIds.ed25519(text.strip()).map(NodeKey::of);
  }

  /** Reads the bytes of an entry: exactly {@code ed 01} and 32 more. */
  public static Optional<NodeKey> ofMulticodec(byte[] bytes) {
    return bytes.length == 34 && bytes[0] == (byte) 0xED && bytes[1] == 1
        ? Optional.of(of(Arrays.copyOfRange(bytes, 2, 34)))
        : Optional.empty();
  }

  private static Optional<NodeKey> spki(String base64) {
    try {
      byte[] der = Base64.getDecoder().decode(base64);
      boolean fits =
          der.length == SPKI.length + 32
              && Arrays.equals(der, 0, SPKI.length, SPKI, 0, SPKI.length);
      return fits
          ? Optional.of(of(Arrays.copyOfRange(der, SPKI.length, der.length)))
          : Optional.empty();
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  /** The 32 raw bytes. */
  public byte[] raw() {
    return HexFormat.of().parseHex(hex);
  }

  /** {@code ed 01} and the raw bytes. */
  public byte[] multicodec() {
    return HexFormat.of().parseHex("ed01" + hex);
  }

  /** DER SubjectPublicKeyInfo, as the JDK's key factories read it. */
  public byte[] subjectPublicKeyInfo() {
    byte[] der = Arrays.copyOf(SPKI, SPKI.length + 32);
    System.arraycopy(raw(), 0, der, SPKI.length, 32);
    return der;
  }

  /** The libp2p peer id, e.g. {@code 12D3Koo…}. */
  public String peerId() {
    return PeerIds.ofEd25519(raw());
  }

  @Override
  public String toString() {
    return peerId();
  }
}
