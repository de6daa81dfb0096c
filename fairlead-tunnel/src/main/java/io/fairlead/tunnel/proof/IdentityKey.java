package io.fairlead.tunnel.proof;

import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.Binary;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/**
 * An agent's own Ed25519 key pair, as the node's identity file keeps it: a libp2p PrivateKey
 * message ({@code 08 01 12 40}, seed, public key), or the same as base64.
 *
 * @param key to sign with
 * @param shown its public half
 */
public record IdentityKey(PrivateKey key, AgentKey shown) {
  private static final byte[] HEAD = {0x08, 0x01, 0x12, 0x40};

  /** Reads the content of an identity file. */
  public static IdentityKey parse(byte[] content) throws BadControlException {
    if (isMessage(content)) return ofMessage(content);
    try {
      String text = new String(content, StandardCharsets.ISO_8859_1).strip();
      byte[] decoded = Base64.getDecoder().decode(text);
      if (isMessage(decoded)) return ofMessage(decoded);
    } catch (IllegalArgumentException noBase64) {
      throw new BadControlException("identity: malformed");
    }
    throw new BadControlException("identity: no Ed25519 key");
  }

  private static boolean isMessage(byte[] bytes) {
    return bytes.length == 68 && Arrays.equals(bytes, 0, 4, HEAD, 0, 4);
  }

  private static IdentityKey ofMessage(byte[] message) throws BadControlException {
    byte[] seed = Arrays.copyOfRange(message, 4, 36);
    AgentKey shown = new AgentKey(Binary.of(Arrays.copyOfRange(message, 36, 68)));
    try {
      PrivateKey key =
          KeyFactory.getInstance("Ed25519")
              .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed));
      IdentityKey pair = new IdentityKey(key, shown);
      pair.check();
      return pair;
    } catch (GeneralSecurityException bad) {
      throw new BadControlException("identity: unusable");
    }
  }

  /** The content of a file with a fresh pair. */
  public static byte[] fresh() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
      byte[] out = Arrays.copyOf(HEAD, 68);
      System.arraycopy(seed, 0, out, 4, 32);
      System.arraycopy(AgentKey.of(pair.getPublic()).raw().bytes(), 0, out, 36, 32);
      return out;
    } catch (GeneralSecurityException | BadControlException impossible) {
      throw new IllegalStateException("Ed25519 keys cannot be made", impossible);
    }
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
}
