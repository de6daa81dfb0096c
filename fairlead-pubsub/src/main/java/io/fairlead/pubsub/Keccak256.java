package io.fairlead.pubsub;

import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.KeccakDigest;

/** The hash that Ethereum calls keccak256: Keccak before its padding changed for SHA-3. */
public final class Keccak256 {
  private static final int BITS = 256;

  private Keccak256() {}

  /** 32 bytes. */
  public static byte[] digest(byte[]... parts) {
    KeccakDigest digest = new KeccakDigest(BITS);
    for (byte[] part : parts) digest.update(part, 0, part.length);
    byte[] hash = new byte[BITS / Byte.SIZE];
    digest.doFinal(hash, 0);
    return hash;
  }

  /** Of a text's UTF-8 bytes: the topic of an event is that of its signature. */
  public static Hash of(String text) {
    return Hash.of(digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
