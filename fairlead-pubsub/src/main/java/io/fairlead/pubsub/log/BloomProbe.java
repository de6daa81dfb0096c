package io.fairlead.pubsub.log;

import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.crypto.digests.KeccakDigest;

/**
 * What a log filter asks of a block's bloom: of each group at least one value. A filter without
 * addresses and topics asks nothing, so every block may hold its logs. Immutable.
 */
public final class BloomProbe {
  /** Holds for every block. */
  public static final BloomProbe ANY = new BloomProbe(List.of());

  private final List<int[][]> groups;

  private BloomProbe(List<int[][]> groups) {
    this.groups = List.copyOf(groups);
  }

  /**
   * @param groups the addresses (20 bytes), then each topic position (32 bytes); an empty group
   *     asks nothing
   */
  public static BloomProbe of(List<List<byte[]>> groups) {
    List<int[][]> asked = new ArrayList<>();
    for (List<byte[]> group : groups) {
      if (!group.isEmpty()) asked.add(group.stream().map(BloomProbe::bits).toArray(int[][]::new));
    }
    return new BloomProbe(asked);
  }

  /** False only where the block certainly holds no log of the filter. */
  public boolean mayMatch(Bloom bloom) {
    for (int[][] group : groups) {
      boolean any = false;
      for (int[] bits : group)
        any |= bloom.has(bits[0]) && bloom.has(bits[1]) && bloom.has(bits[2]);
      if (!any) return false;
    }
    return true;
  }

  /** The three bits a value sets: the low 11 bits of the first three pairs of its hash's bytes. */
  static int[] bits(byte[] value) {
    KeccakDigest keccak = new KeccakDigest(256);
    keccak.update(value, 0, value.length);
    byte[] hash = new byte[32];
    keccak.doFinal(hash, 0);
    int[] bits = new int[3];
    for (int i = 0; i < 3; i++) {
      bits[i] = ((hash[2 * i] & 0xff) << 8 | hash[2 * i + 1] & 0xff) & 0x7ff;
    }
    return bits;
  }
}
