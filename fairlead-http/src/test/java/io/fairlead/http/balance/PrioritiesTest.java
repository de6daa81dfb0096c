package io.fairlead.http.balance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrioritiesTest {
  /** Groups as digits, health as + and -. */
  @ParameterizedTest
  @CsvSource({
    "0001, ++++, 0",
    "0001, +++-, 0",
    "0001, ++-+, 1", // two of three are fewer than 70 %
    "0001, ---+, 1",
    "0001, ++--, 0", // none is healthy enough: the healthiest
    "0001, ----, 0",
    "2111, -+++, 1",
    "01, -+, 1",
    "012, --+, 2"
  })
  void theFirstHealthyGroupServes(String groups, String health, int chosen) {
    boolean[] healthy = new boolean[groups.length()];
    for (int i = 0; i < healthy.length; i++) healthy[i] = health.charAt(i) == '+';
    assertThat(Priorities.choose(groups.chars().map(c -> c - '0').toArray(), healthy))
        .isEqualTo(chosen);
  }
}
