package io.fairlead.libp2p.key;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.Varint;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Names a peer: the multihash of its public key. Short keys stand in it themselves, longer ones as
 * SHA-256. Immutable; equal by bytes.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">peer ids</a>
 */
public final class PeerId implements Comparable<PeerId> {
  /** Keys up to this size stand in the id themselves. */
  private static final int INLINE_BYTES_MAX = 42;

  private static final int IDENTITY = 0x00;
  private static final int SHA2_256 = 0x12;
  private static final int SHA2_256_BYTES = 32;
  private static final int CID_VERSION = 1;
  private static final int CODEC_LIBP2P_KEY = 0x72;

  /** Longest text read: a CID in base 16 of the longest inline key and some. */
  private static final int TEXT_MAX = 128;

  private final byte[] multihash;
  private final int hash;

  private PeerId(byte[] multihash) {
    this.multihash = multihash;
    this.hash = Arrays.hashCode(multihash);
  }

  static PeerId ofKeyMessage(byte[] message) {
    byte[] multihash;
    if (message.length <= INLINE_BYTES_MAX) {
      multihash = prefixed(IDENTITY, message);
    } else {
      multihash = prefixed(SHA2_256, sha256(message));
    }
    return new PeerId(multihash);
  }

  /**
   * An id as it stands in messages.
   *
   * @param multihash borrows
   * @throws MalformedException another hash than identity of at most 42 bytes or SHA-256, a wrong
   *     length, or bytes behind the hash
   */
  public static PeerId of(byte[] multihash) throws MalformedException {
    return of(multihash, 0, multihash.length);
  }

  /** The same of a part of an array. */
  public static PeerId of(byte[] bytes, int from, int to) throws MalformedException {
    int length = to - from - 2;
    if (length < 1 || bytes[from + 1] != length) throw notAnId();
    boolean fits =
        switch (bytes[from]) {
          case IDENTITY -> length <= INLINE_BYTES_MAX;
          case SHA2_256 -> length == SHA2_256_BYTES;
          default -> false;
        };
    if (!fits) throw notAnId();
    return new PeerId(Arrays.copyOfRange(bytes, from, to));
  }

  /**
   * Reads any text form: base58btc of the multihash ({@code 12D3Koo…}, {@code 16Uiu2…}, {@code
   * Qm…}) or a CID version 1 with the codec {@code libp2p-key} in any {@link Multibase}.
   *
   * @throws MalformedException anything else
   */
  public static PeerId parse(String text) throws MalformedException {
    if (text.isEmpty() || text.length() > TEXT_MAX) throw notAnId();
    if (text.startsWith("1") || text.startsWith("Qm")) {
      return of(RadixText.BASE58_BTC.decode(text, 0));
    }
    byte[] cid = Multibase.decode(text);
    if (Varint.read(cid, 0, cid.length) != CID_VERSION
        || Varint.read(cid, 1, cid.length) != CODEC_LIBP2P_KEY) {
      throw new MalformedException("peer id: a CID (expected: version 1 of codec libp2p-key)");
    }
    return of(cid, 2, cid.length);
  }

  /** The multihash; a copy. */
  public byte[] toBytes() {
    return multihash.clone();
  }

  /** Base 32 text of the CID, e.g. {@code bafzaa…}. */
  public String toCid() {
    byte[] cid = new byte[multihash.length + 2];
    cid[0] = CID_VERSION;
    cid[1] = CODEC_LIBP2P_KEY;
    System.arraycopy(multihash, 0, cid, 2, multihash.length);
    return Multibase.base32(cid);
  }

  /** The key, where it stands in the id itself and can be used. */
  public Optional<PublicKey> key() {
    if (multihash[0] != IDENTITY) return Optional.empty();
    try {
      return Optional.of(PublicKey.read(Arrays.copyOfRange(multihash, 2, multihash.length)));
    } catch (UnusableKeyException _) {
      return Optional.empty(); // an id may hold whatever its owner likes
    }
  }

  @Override
  public int compareTo(PeerId other) {
    return Arrays.compareUnsigned(multihash, other.multihash);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PeerId id && Arrays.equals(multihash, id.multihash);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Base58btc of the multihash. */
  @Override
  public String toString() {
    return RadixText.BASE58_BTC.encode(multihash);
  }

  private static byte[] prefixed(int code, byte[] digest) {
    byte[] multihash = new byte[digest.length + 2];
    multihash[0] = (byte) code;
    multihash[1] = (byte) digest.length;
    System.arraycopy(digest, 0, multihash, 2, digest.length);
    return multihash;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static MalformedException notAnId() {
    return new MalformedException(
        "peer id: no multihash of a key (expected: identity of at most 42 bytes, or SHA-256)");
  }
}
