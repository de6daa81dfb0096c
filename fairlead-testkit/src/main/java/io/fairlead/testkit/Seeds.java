package io.fairlead.testkit;

import io.fairlead.core.random.Randomness;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/**
 * Repeatable chance. {@code -Dfairlead.seed=N} runs exactly that seed; otherwise seeds are fresh,
 * and the one that failed is in the message of the failure.
 */
public final class Seeds {
  private static final String PROPERTY = "fairlead.seed";

  /** One round of a random test. */
  @FunctionalInterface
  public interface Round {
    void run(RandomGenerator random) throws Exception;
  }

  private Seeds() {}

  /**
   * Runs {@code round} once for each of {@code count} seeds.
   *
   * @throws AssertionError a round failed; names its seed, the cause is the round's own failure
   */
  public static void run(int count, Round round) {
    for (long seed : fresh(count).toArray()) {
      try {
        round.run(generator(seed));
      } catch (Exception | AssertionError failure) {
        throw new AssertionError(
            "failed with -D" + PROPERTY + "=" + seed + ": " + failure.getMessage(), failure);
      }
    }
  }

  /** Seeds for a {@code @MethodSource}; the seed is then part of the test's name. */
  public static LongStream fresh(int count) {
    Long chosen = Long.getLong(PROPERTY);
    if (chosen != null) return LongStream.of(chosen);
    RandomGenerator random = Randomness.system().generator();
    return LongStream.generate(random::nextLong).limit(count);
  }

  /** The generator of a seed. */
  public static RandomGenerator generator(long seed) {
    return Randomness.seeded(seed).generator();
  }

  /** Up to {@code lengthMax} bytes of any value. */
  public static byte[] bytes(RandomGenerator random, int lengthMax) {
    byte[] bytes = new byte[random.nextInt(lengthMax + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Between {@code lengthMin} and {@code lengthMax} chars of {@code alphabet}. */
  public static String text(RandomGenerator random, String alphabet, int lengthMin, int lengthMax) {
    int length = random.nextInt(lengthMin, lengthMax + 1);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++)
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    return text.toString();
  }

  /** One of the given. */
  @SafeVarargs
  public static <T> T oneOf(RandomGenerator random, T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** The same bytes cut at random places, as a network might deliver them; no part is empty. */
  public static List<byte[]> split(RandomGenerator random, byte[] bytes) {
    List<byte[]> parts = new ArrayList<>();
    int partMax = oneOf(random, 1, 3, 16, 1500, Math.max(1, bytes.length));
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + 1 + random.nextInt(partMax));
      parts.add(java.util.Arrays.copyOfRange(bytes, from, to));
      from = to;
    }
    return parts;
  }
}
