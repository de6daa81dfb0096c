package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.Main;
import io.fairlead.app.cli.Cli;
import io.fairlead.core.config.DiagnosticsPage;
import io.fairlead.core.config.ReferencePage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pages of docs/reference are what the definitions say. {@code ./dev docs} writes them again:
 * it runs this test with the property {@code docs.write}.
 */
class ReferenceTest {
  private static Map<String, String> pages() {
    return Map.of(
        "config.md", ReferencePage.of(Main.product().configuration()),
        "diagnostics.md", DiagnosticsPage.of(Main.product().codes()),
        "cli.md", Cli.reference(Main.product()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.md", "diagnostics.md", "cli.md"})
  void isNotStale(String name) throws Exception {
    Path file = GoodConfigs.root().resolve("docs/reference").resolve(name);
    String page = pages().get(name);
    if (Boolean.getBoolean("docs.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, page);
    }
    assertThat(file).as("run: ./dev docs").exists();
    assertThat(Files.readString(file)).as("stale; run: ./dev docs").isEqualTo(page);
  }
}
