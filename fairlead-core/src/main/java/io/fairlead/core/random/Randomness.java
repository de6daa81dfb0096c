package io.fairlead.core.random;

import java.security.SecureRandom;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * The only source of chance. {@link #generator} is for spreading and jitter; {@link #secureBytes}
 * for tokens and keys. Thread-safe.
 */
public interface Randomness {
  /** A generator for the calling thread; do not hand it to another. */
  RandomGenerator generator();

  /** {@code count} unpredictable bytes. */
  byte[] secureBytes(int count);

  /** The machine's randomness. */
  static Randomness system() {
    SecureRandom secure = new SecureRandom();
    return new Randomness() {
      @Override
      public RandomGenerator generator() {
        return ThreadLocalRandom.current();
      }

      @Override
      public byte[] secureBytes(int count) {
        byte[] bytes = new byte[count];
        secure.nextBytes(bytes);
        return bytes;
      }
    };
  }

  /**
   * A repeatable source for tests and simulations; single-threaded, and nothing it gives is secret.
   */
  static Randomness seeded(long seed) {
    Random random = new Random(seed);
    return new Randomness() {
      @Override
      public RandomGenerator generator() {
        return random;
      }

      @Override
      public byte[] secureBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
      }
    };
  }
}
