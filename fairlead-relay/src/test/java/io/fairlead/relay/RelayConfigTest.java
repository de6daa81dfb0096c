package io.fairlead.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RelayConfigTest {
  private static final String RELAY =
      "/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  @Test
  void whoCannotBeDialledIsAskedWhereRelaysAre() {
    assertThat(codes("reachability: { mode: private }")).containsExactly("W3250");
    assertThat(codes("reachability: { mode: private }, auto: { static: [\"" + RELAY + "\"] }"))
        .isEmpty();
    assertThat(codes("reachability: { mode: private }, auto: { enabled: false }")).isEmpty();
    assertThat(codes("enabled: false, reachability: { mode: private }")).isEmpty();
    assertThat(codes("reachability: { mode: public }")).isEmpty();
    assertThat(codes("enabled: true")).isEmpty();
  }

  @Test
  void aRelayWithoutItsPeerIsRefused() {
    assertThat(codes("auto: { static: [/ip4/192.0.2.1/tcp/4001] }")).isNotEmpty();
  }

  private static List<String> codes(String keys) {
    return ConfigReader.read(
            RelayConfig.TYPE,
            new ConfigSource("relay.yaml", "{ " + keys + " }", Path.of("/conf")),
            Environment.withVariables(Map.of()))
        .problems()
        .stream()
        .map(Problem::code)
        .toList();
  }
}
