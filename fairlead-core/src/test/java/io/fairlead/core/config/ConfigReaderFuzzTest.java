package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes, a reading ends with a value or with errors. */
class ConfigReaderFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void neverThrows(byte[] bytes) {
    check(bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void survivesDamage(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    byte[] sample = Gateway.SAMPLE.getBytes(StandardCharsets.UTF_8);
    byte[] spice = "\t\n -:{}[]\"'#&*!|>%@`?,~<=\\\0é${env:}".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = sample.clone();
      for (int n = 1 + random.nextInt(5); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = spice[random.nextInt(spice.length)];
      }
      check(bytes);
    }
  }

  private static void check(byte[] bytes) {
    Reading<Gateway> reading =
        ConfigReader.read(
            Gateway.TYPE,
            "f.yaml",
            bytes,
            Path.of("/nowhere"),
            Environment.withVariables(Map.of("CI_TOKEN", "x")));
    boolean errors =
        reading.problems().stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
    assertThat(reading.value().isPresent()).isEqualTo(!errors);
    assertThat(reading.problems()).hasSizeLessThanOrEqualTo(ProblemList.SHOWN_MAX);
    assertThat(Diagnostics.render(reading, true)).isNotNull();
    assertThat(reading.document().paths()).isNotNull();
    reading.value().ifPresent(_ -> assertThat(reading.effective().toYaml()).contains("version"));
  }
}
