package io.fairlead.registry.model;

import org.bouncycastle.crypto.digests.KeccakDigest;

/**
 * Keccak with 256 bits of output and the original padding byte {@code 0x01}, as chains use it; not
 * SHA3-256, whose padding byte is {@code 0x06}.
 *
 * @see <a href="https://keccak.team/files/Keccak-reference-3.0.pdf">the Keccak reference, §1</a>
 */
public final class Keccak256 {
  private static final int BITS = 256;

  private Keccak256() {}

  /** The digest of {@code input}, 32 bytes. */
  public static byte[] digest(byte[] input) {
    KeccakDigest keccak = new KeccakDigest(BITS);
    keccak.update(input, 0, input.length);
    byte[] output = new byte[BITS / 8];
    keccak.doFinal(output, 0);
    return output;
  }
}
