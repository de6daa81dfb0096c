package io.fairlead.libp2p.secure;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What both sides of a handshake agree on so far: the hash of everything said, the chaining key,
 * and the cipher once there is a key. Belongs to one thread at a time.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#the-symmetricstate-object">Noise §5.2</a>
 */
final class NoiseState {
  /** Exactly 32 bytes, so it is the first hash itself. */
  private static final byte[] NAME =
      "Noise_XX_25519_ChaChaPoly_SHA256".getBytes(StandardCharsets.US_ASCII);

  private byte[] hash = NAME.clone();
  private byte[] chainingKey = NAME.clone();
  private @Nullable NoiseCipher cipher;

  NoiseState(byte[] prologue) {
    mixHash(prologue);
  }

  void mixHash(byte[] bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(hash);
      hash = digest.digest(bytes);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  void mixKey(byte[] shared) {
    byte[][] keys = derive(shared);
    chainingKey = keys[0];
    cipher = new NoiseCipher(keys[1]);
  }

  /** The plain bytes as they go on the wire: encrypted once there is a key. */
  byte[] sealAndHash(byte[] plain) throws HandshakeException {
    byte[] sent = plain;
    if (cipher != null) {
      sent = Arrays.copyOf(plain, plain.length + NoiseCipher.TAG_BYTES);
      cipher.seal(hash, sent, 0, plain.length);
    }
    mixHash(sent);
    return sent;
  }

  /** What {@link #sealAndHash} was given at the other side. */
  byte[] openAndHash(byte[] received) throws HandshakeException {
    if (cipher == null) {
      mixHash(received);
      return received;
    }
    int plain = received.length - NoiseCipher.TAG_BYTES;
    if (plain < 0) {
      throw new HandshakeException(
          HandshakeException.Reason.MALFORMED, "noise: shorter than its tag");
    }
    byte[] opened = received.clone();
    cipher.open(hash, opened, 0, opened.length);
    mixHash(received);
    return Arrays.copyOf(opened, plain);
  }

  /** The two ciphers of the channel: what the initiator sends, then what the responder sends. */
  NoiseCipher[] split() {
    byte[][] keys = derive(new byte[0]);
    return new NoiseCipher[] {new NoiseCipher(keys[0]), new NoiseCipher(keys[1])};
  }

  /** The hash of the whole handshake. */
  byte[] handshakeHash() {
    return hash.clone();
  }

  /** HKDF with two outputs (Noise §4.3, RFC 5869). */
  private byte[][] derive(byte[] input) {
    byte[] extracted = hmac(chainingKey, input);
    byte[] first = hmac(extracted, new byte[] {1});
    byte[] more = Arrays.copyOf(first, first.length + 1);
    more[first.length] = 2;
    return new byte[][] {first, hmac(extracted, more)};
  }

  private static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(message);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has HMAC with SHA-256", impossible);
    }
  }
}
