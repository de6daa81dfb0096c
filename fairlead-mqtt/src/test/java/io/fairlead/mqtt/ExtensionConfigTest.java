package io.fairlead.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reading;
import io.fairlead.mqtt.topic.SharedStrategy;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written about extensions. */
class ExtensionConfigTest {
  private static Reading<MqttConfig> read(String yaml) {
    return ConfigReader.read(
        MqttConfig.TYPE,
        new ConfigSource("mqtt.yaml", yaml, Path.of("/etc/fairlead")),
        Environment.withVariables(Map.of()));
  }

  private static MqttConfig config(String yaml) {
    Reading<MqttConfig> reading = read(yaml);
    return reading.value().orElseThrow(() -> new AssertionError(reading.problems().toString()));
  }

  @Test
  void settingsAreToldAndFilesAreNot() {
    MqttConfig read =
        config(
            """
            extensions:
              z: { jar: ext/z.jar, above: "90" }
              a: { jar: [a.jar, /lib/b.jar] }
              m: { jars: "a setting", empty: "" }
            """);
    assertThat(read.extensions().keySet()).as("in their order").containsExactly("z", "a", "m");
    assertThat(read.extensions())
        .containsEntry(
            "z", new ExtensionConfig(paths("/etc/fairlead/ext/z.jar"), Map.of("above", "90")))
        .containsEntry(
            "a", new ExtensionConfig(paths("/etc/fairlead/a.jar", "/lib/b.jar"), Map.of()))
        .containsEntry("m", new ExtensionConfig(paths(), Map.of("jars", "a setting", "empty", "")));
    assertThat(read.files())
        .containsExactlyElementsOf(
            paths("/etc/fairlead/ext/z.jar", "/etc/fairlead/a.jar", "/lib/b.jar"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "extensions: { a: { jar: 5x, n: 7 } }        | 1 | 32",
        "extensions: { a: { jar: { of: x } } }       | 1 | 25",
        "extensions: { a: { jar: [] } }              | 1 | 18",
        "extensions: { a: text }                     | 1 | 18",
        "shared_strategy: extension:gone             | 1 | 18",
        "shared_strategy: fastest                    | 1 | 18",
      })
  void whatIsWrongIsSaidWithItsPlace(String yaml, int line, int column) {
    Reading<MqttConfig> reading = read(yaml);
    assertThat(reading.value()).isEmpty();
    assertThat(reading.problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.place().line()).isEqualTo(line);
              assertThat(problem.place().column()).isEqualTo(column);
            });
  }

  @Test
  void aStrategyIsOneOfTheBrokersOrThatOfANamedExtension() {
    assertThat(config("").shared())
        .isEqualTo(new SharedRule(SharedStrategy.ROUND_ROBIN, Optional.empty()));
    assertThat(config("shared_strategy: sticky").shared())
        .isEqualTo(new SharedRule(SharedStrategy.STICKY, Optional.empty()));
    assertThat(config("{ shared_strategy: 'extension:a', extensions: { a: {} } }").shared())
        .isEqualTo(new SharedRule(SharedStrategy.ROUND_ROBIN, Optional.of("a")));
  }

  private static java.util.List<Path> paths(String... names) {
    return java.util.Arrays.stream(names).map(Path::of).toList();
  }
}
