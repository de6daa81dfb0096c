package io.fairlead.tunnel.codec;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * An Ed25519 public key (RFC 8032). Its text is the libp2p peer id of the key, base58btc of an
 * identity multihash; also read: {@code 0xed01} and 64 hex digits, and PEM.
 *
 * @param raw 32 bytes
 */
public record AgentKey(Binary raw) {
  private static final byte[] PEER_ID = {0x00, 0x24, 0x08, 0x01, 0x12, 0x20};
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

  public AgentKey {
    if (raw.length() != 32) {
      throw new IllegalArgumentException("key: " + raw.length() + " bytes (expected: 32)");
    }
  }

  /** The key of a Java public key. */
  public static AgentKey of(PublicKey key) throws BadControlException {
    return ofTail(key.getEncoded(), SPKI);
  }

  /** Reads one of the text forms. */
  public static AgentKey parse(String text) throws BadControlException {
    String stripped = text.strip();
    if (stripped.startsWith("-----BEGIN PUBLIC KEY-----")) {
      String body = stripped.replaceAll("-----[A-Z ]+-----|\\s", "");
      try {
        return ofTail(Base64.getDecoder().decode(body), SPKI);
      } catch (IllegalArgumentException bad) {
        throw new BadControlException("key: malformed PEM");
      }
    }
    if (stripped.matches("(0x)?ed01[0-9a-fA-F]{64}")) {
      String hex = stripped.substring(stripped.length() - 64);
      return new AgentKey(Binary.of(HexFormat.of().parseHex(hex)));
    }
    return ofTail(Base58.decode(stripped, 64), PEER_ID);
  }

  private static AgentKey ofTail(byte[] bytes, byte[] head) throws BadControlException {
    boolean fits =
        bytes.length == head.length + 32
            && Arrays.equals(bytes, 0, head.length, head, 0, head.length);
    if (!fits) throw new BadControlException("key: no Ed25519 key");
    return new AgentKey(Binary.of(Arrays.copyOfRange(bytes, head.length, bytes.length)));
  }

  /** The peer id. */
  public String text() {
    return Base58.encode(joined(PEER_ID));
  }

  /**
   * As Java has it.
   *
   * @throws GeneralSecurityException it is no point of the curve
   */
  public PublicKey toPublicKey() throws GeneralSecurityException {
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(joined(SPKI)));
  }

  private byte[] joined(byte[] head) {
    byte[] all = Arrays.copyOf(head, head.length + 32);
    System.arraycopy(raw.bytes(), 0, all, head.length, 32);
    return all;
  }

  @Override
  public String toString() {
    return text();
  }
}
