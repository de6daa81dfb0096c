package io.fairlead.registry.model;

/**
 * Keccak with 256 bits of output and the original padding byte {@code 0x01}, as chains use it; not
 * SHA3-256, whose padding byte is {@code 0x06}.
 *
 * @see <a href="https://keccak.team/files/Keccak-reference-3.0.pdf">the Keccak reference, §1</a>
 */
public final class Keccak256 {
  private static final int RATE_BYTES = 136;
  private static final int ROUNDS = 24;

  private Keccak256() {}

  /** The digest of {@code input}, 32 bytes. */
  public static byte[] digest(byte[] input) {
    long[] state = new long[25];
    int blocks = input.length / RATE_BYTES + 1;
    byte[] padded = java.util.Arrays.copyOf(input, blocks * RATE_BYTES);
    padded[input.length] |= 0x01;
    padded[padded.length - 1] |= (byte) 0x80;
    for (int block = 0; block < blocks; block++) {
      for (int lane = 0; lane < RATE_BYTES / 8; lane++) {
        state[lane] ^= lane(padded, block * RATE_BYTES + lane * 8);
      }
      permute(state);
    }
    byte[] output = new byte[32];
    for (int i = 0; i < 32; i++) output[i] = (byte) (state[i / 8] >>> (8 * (i % 8)));
    return output;
  }

  private static long lane(byte[] bytes, int at) {
    long lane = 0;
    for (int i = 7; i >= 0; i--) lane = lane << 8 | (bytes[at + i] & 0xFF);
    return lane;
  }

  /** Keccak-f[1600]; lane (x, y) is {@code a[x + 5 y]}. */
  private static void permute(long[] a) {
    long[] b = new long[25];
    long[] c = new long[5];
    int constantBits = 1; // the LFSR x^8 + x^6 + x^5 + x^4 + 1 of the round constants
    for (int round = 0; round < ROUNDS; round++) {
      for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
      for (int x = 0; x < 5; x++) {
        long d = c[(x + 4) % 5] ^ Long.rotateLeft(c[(x + 1) % 5], 1);
        for (int y = 0; y < 25; y += 5) a[x + y] ^= d;
      }
      rhoAndPi(a, b);
      for (int y = 0; y < 25; y += 5) {
        for (int x = 0; x < 5; x++) {
          a[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
        }
      }
      for (int j = 0; j <= 6; j++) {
        if ((constantBits & 1) != 0) a[0] ^= 1L << ((1 << j) - 1);
        constantBits = (constantBits & 0x80) != 0 ? constantBits << 1 ^ 0x171 : constantBits << 1;
      }
    }
  }

  private static void rhoAndPi(long[] a, long[] b) {
    int x = 1;
    int y = 0;
    b[0] = a[0];
    for (int t = 0; t < 24; t++) {
      int nextX = y;
      int nextY = (2 * x + 3 * y) % 5;
      b[nextX + 5 * nextY] = Long.rotateLeft(a[x + 5 * y], (t + 1) * (t + 2) / 2 % 64);
      x = nextX;
      y = nextY;
    }
  }
}
