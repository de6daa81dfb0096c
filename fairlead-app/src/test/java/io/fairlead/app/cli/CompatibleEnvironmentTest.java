package io.fairlead.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The environment of the program that {@code manage --compat} replaces. */
class CompatibleEnvironmentTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                               | error",
        "info                             | info",
        "INFO                             | info",
        "proxy_manager=debug              | debug",
        "error,proxy_manager=trace,x=warn | trace",
        "off                              | off",
        "nonsense                         | error",
        "info,hyper=off                   | info",
      })
  void filterOfTheLog(String filter, String level) {
    assertThat(RustLog.level(filter)).isEqualTo(level);
  }

  @Test
  void theNearestFileCountsAndWhatIsSetStays() throws IOException {
    Path below = Files.createDirectories(folder.resolve("a/b"));
    Files.writeString(
        folder.resolve(".env"),
        """
        # comment
        SET=from file
        export PLAIN=one two # comment
        SINGLE='a $b # c'
        DOUBLE="x \\"y\\" # z"

        EMPTY=
        this line is none
        NEVER=read
        """);
    Map<String, String> all = DotEnv.over(Map.of("SET", "already"), below);
    assertThat(all)
        .isEqualTo(
            Map.of(
                "SET", "already",
                "PLAIN", "one two",
                "SINGLE", "a $b # c",
                "DOUBLE", "x \"y\" # z",
                "EMPTY", ""));
    Files.writeString(below.resolve(".env"), "ONLY=this\n");
    assertThat(DotEnv.over(Map.of(), below)).isEqualTo(Map.of("ONLY", "this"));
  }
}
