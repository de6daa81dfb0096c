package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.MalformedException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The peer that a member's key names, in any form that lists of members write keys in. */
public final class KeyText {
  private static final int TEXT_MAX = 2048;

  /** The multicodec of Ed25519 keys and 32 bytes. */
  private static final Pattern MULTICODEC = Pattern.compile("(?:0x)?ed01([0-9a-f]{64})");

  private static final Pattern PEM =
      Pattern.compile(
          "\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");

  /** SubjectPublicKeyInfo of Ed25519 up to the key (RFC 8410 §4). */
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

  private KeyText() {}

  /** Reads a peer id, {@code ed01…} with or without {@code 0x}, or a public Ed25519 key in PEM. */
  public static Optional<PeerId> peer(String text) {
    if (text.length() > TEXT_MAX) return Optional.empty();
    Matcher multicodec = MULTICODEC.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (multicodec.matches()) return ed25519(HexFormat.of().parseHex(multicodec.group(1)));
    Matcher pem = PEM.matcher(text);
    if (pem.matches()) return spki(pem.group(1).replaceAll("\\s", ""));
    try {
      return Optional.of(PeerId.parse(text.strip()));
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }

  private static Optional<PeerId> spki(String base64) {
    try {
      byte[] der = Base64.getDecoder().decode(base64);
      boolean fits =
          der.length == SPKI.length + 32
              && Arrays.equals(der, 0, SPKI.length, SPKI, 0, SPKI.length);
      return fits ? ed25519(Arrays.copyOfRange(der, SPKI.length, der.length)) : Optional.empty();
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  private static Optional<PeerId> ed25519(byte[] raw) {
    try {
      return Optional.of(PublicKey.of(KeyType.ED25519, raw).peerId());
    } catch (UnusableKeyException _) {
      return Optional.empty();
    }
  }
}
