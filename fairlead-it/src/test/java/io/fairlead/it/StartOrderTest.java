package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.lifecycle.ServiceState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The order the program has is the order its documentation tells. */
class StartOrderTest {
  private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| ([a-z_]+) \\|.*");

  @Test
  void servicesStartInTheOrderOfTheTableAndDrainTheOtherWay() throws Exception {
    List<String> documented =
        Files.readAllLines(root().resolve("docs/architecture.md")).stream()
            .map(ROW::matcher)
            .filter(java.util.regex.Matcher::matches)
            .map(row -> row.group(2))
            .toList();
    assertThat(documented).hasSizeGreaterThan(5);
    try (var gateway = GatewayFixture.start("listeners: {}")) {
      // ServiceTreeTest shows that a tree starts in this order and drains in the reverse of it.
      assertThat(gateway.gateway().services()).isEqualTo(documented);
      assertThat(gateway.gateway().states().values()).containsOnly(ServiceState.RUNNING);
    }
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("docs")) ? here : here.getParent();
  }
}
