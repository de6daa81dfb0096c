package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.config.Diagnostics;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Problem.Severity;
import io.fairlead.core.config.Reading;
import io.fairlead.it.ConfigMutations.Mutation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real configurations, broken in a hundred ways: each is told on its line, with what was meant. */
class MutatedConfigsTest {
  private static final int MUTATIONS = 100;
  private static final int INVALID = 65;
  private static final double RIGHT_HINTS = 0.95;
  private static final long SEED = Long.getLong("fairlead.seed", 20_261_122L);

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"quickstart.yaml", "full.yaml"})
  void everyBreakIsToldOnItsLineAndNearlyAllWithWhatWasMeant(String name) throws Exception {
    List<String> misses = new ArrayList<>();
    int hinted = 0;
    for (Mutation mutation : mutations(name)) {
      Reading<GatewayConfig> reading = ConfigMutations.read(name, mutation.text());
      List<Problem> there =
          reading.problems().stream()
              .filter(problem -> problem.severity() == Severity.ERROR)
              .filter(problem -> problem.place().line() == mutation.line())
              .filter(problem -> mutation.codes().contains(problem.code()))
              .toList();
      String told = Diagnostics.render(reading, false);
      assertThat(there).as("seed %d, %s%n%s", SEED, mutation, told).isNotEmpty();
      assertThat(told).doesNotContain("Exception").doesNotContain("\tat ").doesNotContain("null");
      assertTheCommandLineAgrees(name, mutation);
      if (mutation.meant().isEmpty()) continue;
      hinted++;
      String meant = mutation.meant().get();
      if (there.stream().noneMatch(problem -> (problem.hint() + problem.message()).contains(meant)))
        misses.add(mutation + "\n" + told);
    }
    System.out.printf(
        "%s, seed %d: %d of %d hints name what was meant%n%s",
        name, SEED, hinted - misses.size(), hinted, String.join("\n", misses));
    assertThat(hinted).isGreaterThan(MUTATIONS / 2);
    assertThat(hinted - misses.size())
        .as("misses: %s", misses)
        .isGreaterThanOrEqualTo((int) Math.ceil(RIGHT_HINTS * hinted));
  }

  @Test
  void theFullConfigurationUsesEverySection() {
    Map<String, Object> written =
        ConfigMutations.read("full.yaml", GoodConfigs.texts().get("full.yaml"))
            .effective()
            .redacted();
    List<String> sections =
        new ConfigMutations("full.yaml", GoodConfigs.texts().get("full.yaml"))
            .paths().stream()
                .filter(path -> path.indexOf('/', 1) < 0)
                .map(p -> p.substring(1))
                .toList();
    assertThat(sections).containsExactlyInAnyOrderElementsOf(written.keySet());
  }

  private void assertTheCommandLineAgrees(String name, Mutation mutation) throws Exception {
    Path file = dir.resolve(name);
    Files.writeString(file, mutation.text());
    CommandLine.Outcome outcome = CommandLine.run(dir, "validate", "-c", name);
    assertThat(outcome.exit())
        .as("%s%n%s%s", mutation, outcome.out(), outcome.err())
        .isEqualTo(INVALID);
    assertThat(outcome.out()).contains(name + ":" + mutation.line() + ":");
  }

  private static List<Mutation> mutations(String name) {
    ConfigMutations source = new ConfigMutations(name, GoodConfigs.texts().get(name));
    RandomGenerator random = ConfigMutations.chance(SEED);
    List<Mutation> mutations = new ArrayList<>();
    for (int attempt = 0; mutations.size() < MUTATIONS; attempt++) {
      assertThat(attempt).isLessThan(100_000);
      Optional<Mutation> next = source.mutate(ConfigMutations.kind(attempt), random);
      next.ifPresent(mutations::add);
    }
    return mutations;
  }
}
