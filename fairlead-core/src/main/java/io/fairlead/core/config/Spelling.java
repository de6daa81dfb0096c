package io.fairlead.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Guesses which known word was meant. */
public final class Spelling {
  private static final int DISTANCE_MAX = 2;
  private static final int WORD_MAX = 128;

  private Spelling() {}

  /**
   * The known word nearest to {@code word}: the same in another case convention, then at most two
   * edits away (and fewer than half its length), then one that starts with it or the reverse.
   */
  public static Optional<String> nearest(String word, Collection<String> known) {
    if (word.isEmpty() || word.length() > WORD_MAX) return Optional.empty();
    String snake = snakeCase(word);
    for (String candidate : known) {
      if (candidate.equals(snake) || snakeCase(candidate).equals(snake)) {
        return Optional.of(candidate);
      }
    }
    Optional<String> edited =
        known.stream()
            .filter(candidate -> near(snake, candidate))
            .min(
                Comparator.comparingInt((String candidate) -> distance(snake, candidate))
                    .thenComparing(Comparator.naturalOrder()));
    if (edited.isPresent()) return edited;
    return known.stream()
        .filter(candidate -> snake.length() >= 3 && candidate.length() >= 3)
        .filter(candidate -> candidate.startsWith(snake) || snake.startsWith(candidate))
        .min(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
  }

  /** All known words, nearest first. */
  static List<String> byNearness(String word, Collection<String> known) {
    String start = word.length() > WORD_MAX ? word.substring(0, WORD_MAX) : word;
    return known.stream()
        .sorted(
            Comparator.comparingInt((String candidate) -> distance(start, candidate))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private static boolean near(String word, String candidate) {
    int distance = distance(word, candidate);
    return distance <= DISTANCE_MAX && distance * 2 <= Math.max(word.length(), candidate.length());
  }

  /** {@code maxSize}, {@code max-size} and {@code Max_Size} are all {@code max_size}. */
  static String snakeCase(String word) {
    StringBuilder snake = new StringBuilder();
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '-' || c == '_' || c == ' ' || c == '.') {
        if (!snake.isEmpty() && snake.charAt(snake.length() - 1) != '_') snake.append('_');
      } else {
        boolean starts =
            Character.isUpperCase(c) && i > 0 && Character.isLowerCase(word.charAt(i - 1));
        if (starts) snake.append('_');
        snake.append(c);
      }
    }
    return snake.toString().toLowerCase(Locale.ROOT);
  }

  /**
   * Damerau–Levenshtein distance, restricted form (optimal string alignment): insertion, deletion,
   * substitution, and transposition of neighbours cost one each; no substring is edited twice.
   */
  static int distance(String a, String b) {
    int[] beforePrevious = new int[b.length() + 1];
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) previous[j] = j;
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) best = Math.min(best, beforePrevious[j - 2] + 1);
        current[j] = best;
      }
      int[] spare = beforePrevious;
      beforePrevious = previous;
      previous = current;
      current = spare;
    }
    return previous[b.length()];
  }
}
