package io.fairlead.mqtt.topic;

/**
 * How long and how deep a topic may be.
 *
 * @param bytesMax longest name or filter in UTF-8 bytes, 1 – 65 535
 * @param levelsMax most levels, 1 – {@value #LEVELS_CEILING}; the ceiling keeps walks of the tree
 *     within an ordinary stack
 * @param wildcardsMax most {@code +} and {@code #} in one filter
 */
public record TopicLimits(int bytesMax, int levelsMax, int wildcardsMax) {
  /** No limit on levels goes beyond this. */
  public static final int LEVELS_CEILING = 1024;

  /** What holds unless configured otherwise. */
  public static final TopicLimits DEFAULT = new TopicLimits(4096, 128, 8);

  /** As much as the protocol and a stack can hold. */
  public static final TopicLimits WIDEST =
      new TopicLimits(65_535, LEVELS_CEILING, Integer.MAX_VALUE);

  public TopicLimits {
    if (bytesMax < 1 || bytesMax > 65_535)
      throw new IllegalArgumentException("bytesMax: " + bytesMax + " (expected: 1-65535)");
    if (levelsMax < 1 || levelsMax > LEVELS_CEILING)
      throw new IllegalArgumentException(
          "levelsMax: " + levelsMax + " (expected: 1-" + LEVELS_CEILING + ")");
    if (wildcardsMax < 0)
      throw new IllegalArgumentException("wildcardsMax: " + wildcardsMax + " (expected: >= 0)");
  }
}
