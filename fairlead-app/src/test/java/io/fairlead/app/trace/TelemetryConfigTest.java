package io.fairlead.app.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetryConfigTest {
  private static Reading<TelemetryConfig> read(String name) {
    return ConfigReader.read(
        TelemetryConfig.TYPE,
        new ConfigSource(
            "test.yaml",
            "tracing:\n  headers:\n    good: !secret v\n    \"" + name + "\": !secret v\n",
            Path.of("/conf")),
        Environment.withVariables(Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x key", "a:b", "a/b", "Host", "content-length", "Connection", "é"})
  void aFieldThatCannotBeSentIsRefusedWhereItIsWritten(String name) {
    Reading<TelemetryConfig> read = read(name);
    assertThat(read.problems()).hasSize(1);
    Problem problem = read.problems().getFirst();
    assertThat(problem.place().line()).isEqualTo(4);
    assertThat(problem.place().column()).isPositive();
    assertThat(problem.message()).contains(name);
    assertThat(problem.hint()).isNotEmpty();
  }

  @Test
  void othersAreSent() {
    assertThat(read("X-Api-Key").problems()).isEmpty();
  }
}
