package io.fairlead.tunnel.codec;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/**
 * An agent's own Ed25519 key pair, as the node's identity file keeps it: a libp2p PrivateKey message
 * ({@code 08 01 12 40}, seed, public key), the same as base64, or PEM PKCS#8 (RFC 8410), of which
 * the public half must be given.
 *
 * @param key to sign with
 * @param shown its public half
 */
public record IdentityKey(PrivateKey key, AgentKey shown) {
  private static final byte[] HEAD = {0x08, 0x01, 0x12, 0x40};

  /** Reads the content of an identity file. */
  public static IdentityKey parse(byte[] content) throws BadControlException {
    if (startsWithHead(content)) return ofMessage(content);
    String text = new String(content, StandardCharsets.ISO_8859_1).strip();
    try {
      if (text.startsWith("-----BEGIN PRIVATE KEY-----")) {
        String body = text.replaceAll("-----[A-Z ]+-----|\\s", "");
        byte[] der = Base64.getDecoder().decode(body);
        return ofSeed(Arrays.copyOfRange(der, der.length - 32, der.length), der);
      }
      byte[] decoded = Base64.getDecoder().decode(text);
      if (startsWithHead(decoded)) return ofMessage(decoded);
    } catch (IllegalArgumentException | GeneralSecurityException bad) {
      throw new BadControlException("identity: malformed");
    }
    throw new BadControlException("identity: no Ed25519 key");
  }

  private static boolean startsWithHead(byte[] bytes) {
    return bytes.length == 68 && Arrays.equals(bytes, 0, 4, HEAD, 0, 4);
  }

  private static IdentityKey ofMessage(byte[] message) throws BadControlException {
    byte[] seed = Arrays.copyOfRange(message, 4, 36);
    AgentKey shown = new AgentKey(Binary.of(Arrays.copyOfRange(message, 36, 68)));
    try {
      IdentityKey pair = new IdentityKey(ofSeed(seed), shown);
      pair.check();
      return pair;
    } catch (GeneralSecurityException bad) {
      throw new BadControlException("identity: unusable");
    }
  }

  private static IdentityKey ofSeed(byte[] seed, byte[] der)
      throws BadControlException, GeneralSecurityException {
    PrivateKey key =
        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
    return new IdentityKey(key, publicHalf(seed));
  }

  private static PrivateKey ofSeed(byte[] seed) throws GeneralSecurityException {
    return KeyFactory.getInstance("Ed25519")
        .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed));
  }

  /** The JDK derives the public half only when it makes a pair: from a source that is the seed. */
  private static AgentKey publicHalf(byte[] seed) throws GeneralSecurityException, BadControlException {
    var generator = java.security.KeyPairGenerator.getInstance("Ed25519");
    generator.initialize(NamedParameterSpec.ED25519, new SeedSource(seed));
    return AgentKey.of(generator.generateKeyPair().getPublic());
  }

  /** Makes the pair of 32 random bytes. */
  public static IdentityKey of(Binary seed) {
    try {
      return new IdentityKey(ofSeed(seed.bytes()), publicHalf(seed.bytes()));
    } catch (GeneralSecurityException | BadControlException impossible) {
      throw new IllegalStateException("Ed25519 keys cannot be made", impossible);
    }
  }

  /** The file's content for a pair made of that seed. */
  public static byte[] message(Binary seed) {
    byte[] out = Arrays.copyOf(HEAD, 68);
    System.arraycopy(seed.bytes(), 0, out, 4, 32);
    System.arraycopy(of(seed).shown().raw().bytes(), 0, out, 36, 32);
    return out;
  }

  /** A file whose halves do not belong together signs for nobody. */
  private void check() throws BadControlException {
    Binary probe = Binary.of(new byte[32]);
    if (!Proof.verify(shown, Proof.signed(key, probe, probe, "self"), probe, probe, "self")) {
      throw new BadControlException("identity: its halves do not belong together");
    }
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "identity " + shown;
  }

  /** Gives the seed where a generator asks for chance. */
  private static final class SeedSource extends java.security.SecureRandom {
    private static final long serialVersionUID = 1;
    private final byte[] seed;

    SeedSource(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] out) {
      System.arraycopy(seed, 0, out, 0, Math.min(out.length, seed.length));
    }
  }
}
