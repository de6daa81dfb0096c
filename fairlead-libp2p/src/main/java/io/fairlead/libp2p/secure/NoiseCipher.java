package io.fairlead.libp2p.secure;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One direction of a channel: ChaCha20-Poly1305 (RFC 8439 §2.8) with a counter that each message
 * moves on. Belongs to one thread at a time.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#the-cipherstate-object">Noise §5.1</a>
 */
final class NoiseCipher {
  static final int TAG_BYTES = 16;

  private static final byte[] NOTHING = {};

  /** The last counter is reserved. */
  private static final long COUNTER_END = -1;

  private final Cipher cipher;
  private final SecretKeySpec key;
  private final byte[] nonce = new byte[12];
  private long counter;

  NoiseCipher(byte[] key) {
    this.key = new SecretKeySpec(key, "ChaCha20");
    try {
      this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has ChaCha20-Poly1305", impossible);
    }
  }

  /** Encrypts in place; the tag goes behind the {@code length} bytes. */
  void seal(byte[] bytes, int from, int length) throws HandshakeException {
    seal(NOTHING, bytes, from, length);
  }

  void seal(byte[] associated, byte[] bytes, int from, int length) throws HandshakeException {
    run(Cipher.ENCRYPT_MODE, associated, bytes, from, length);
  }

  /** Decrypts in place; {@code length} counts the tag, which the plain bytes lack. */
  void open(byte[] bytes, int from, int length) throws HandshakeException {
    open(NOTHING, bytes, from, length);
  }

  void open(byte[] associated, byte[] bytes, int from, int length) throws HandshakeException {
    run(Cipher.DECRYPT_MODE, associated, bytes, from, length);
  }

  /** Puts the counter where a test wants it. */
  void jumpTo(long counter) {
    this.counter = counter;
  }

  /** How many messages there were. */
  long counter() {
    return counter;
  }

  /** A copy of the key. */
  byte[] key() {
    return key.getEncoded();
  }

  /**
   * The nonce of the next message, 12 bytes; valid until the one after it.
   *
   * @throws HandshakeException there is none left
   */
  byte[] nonce() throws HandshakeException {
    if (counter == COUNTER_END) {
      throw new HandshakeException(
          HandshakeException.Reason.INTERNAL, "noise: no counters left for this channel");
    }
    ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter);
    return nonce;
  }

  /** Says that somebody else has used the nonce. */
  void advance() {
    counter++;
  }

  static HandshakeException unauthentic() {
    return new HandshakeException(
        HandshakeException.Reason.UNAUTHENTIC, "noise: a message that does not decrypt");
  }

  private void run(int mode, byte[] associated, byte[] bytes, int from, int length)
      throws HandshakeException {
    IvParameterSpec next = new IvParameterSpec(nonce());
    try {
      // The cipher wants to be told for each message, also where only the nonce is new.
      cipher.init(mode, key, next);
      if (associated.length > 0) cipher.updateAAD(associated);
      cipher.doFinal(bytes, from, length, bytes, from);
    } catch (AEADBadTagException wrong) {
      throw unauthentic();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("ChaCha20-Poly1305", impossible);
    }
    advance();
  }
}
