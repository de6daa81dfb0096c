package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpellingTest {
  @ParameterizedTest
  @CsvSource({
    "health, health, 0",
    "heath, health, 1",
    "helath, health, 1",
    "healthy, health, 1",
    "haelht, health, 2",
    "ca, abc, 3",
    "'', abc, 3",
    "kitten, sitting, 3"
  })
  void countsEdits(String a, String b, int distance) {
    assertThat(Spelling.distance(a, b)).isEqualTo(distance);
    assertThat(Spelling.distance(b, a)).isEqualTo(distance);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 20261122})
  void oneRandomEditIsAtDistanceOne(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    for (int i = 0; i < 5_000; i++) {
      StringBuilder word = new StringBuilder();
      for (int n = 3 + random.nextInt(10); n > 0; n--)
        word.append((char) ('a' + random.nextInt(6)));
      String before = word.toString();
      int at = random.nextInt(word.length() - 1);
      switch (random.nextInt(4)) {
        case 0 -> word.deleteCharAt(at);
        case 1 -> word.insert(at, 'z');
        case 2 -> word.setCharAt(at, 'z');
        default -> {
          char c = word.charAt(at);
          word.setCharAt(at, word.charAt(at + 1));
          word.setCharAt(at + 1, c);
        }
      }
      int expected = word.toString().equals(before) ? 0 : 1;
      assertThat(Spelling.distance(before, word.toString()))
          .as("seed %d: %s %s", seed, before, word)
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "heath, health",
    "idleTimeout, idle_timeout",
    "idle-timeout, idle_timeout",
    "IDLE_TIMEOUT, idle_timeout",
    "idle, idle_timeout",
    "bnd, bind",
    "xyzzy, ",
    "a, "
  })
  void findsTheNearest(String word, String expected) {
    assertThat(Spelling.nearest(word, List.of("health", "idle_timeout", "bind")))
        .isEqualTo(java.util.Optional.ofNullable(expected));
  }
}
