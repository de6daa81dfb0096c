package io.fairlead.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Problem;
import io.fairlead.relay.finder.ScoredSelection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RelayConfigTest {
  private static final String RELAY =
      "/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  private static final String OTHER = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";

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

  @Test
  void eachListMayHaveAQuota() {
    RelayConfig.Quotas usual = read("enabled: true").auto().quotas();
    assertThat(usual)
        .isEqualTo(new RelayConfig.Quotas(Optional.empty(), Optional.empty(), Optional.empty()));
    assertThat(read("auto: { quotas: { static: 2, registry: 16 } }").auto().quotas())
        .isEqualTo(new RelayConfig.Quotas(Optional.of(2), Optional.of(16), Optional.empty()));
    assertThat(codes("auto: { quotas: { static: 0 } }")).isNotEmpty();
  }

  @Test
  void aFixedListIsWaitedForNoLongerThanItHasRelays() {
    String one = "\"" + RELAY + "\"";
    String also = one.replace("4001", "4002");
    String again = one.replace("4001", "4003");
    String other = one.replace("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA", OTHER);
    assertThat(minCandidates("static: [" + one + "," + also + "," + again + "]")).isEqualTo(1);
    assertThat(minCandidates("static: [" + one + "," + also + "," + other + "]")).isEqualTo(2);
    assertThat(minCandidates("static: [" + one + "," + other + "], quotas: { static: 1 }"))
        .isEqualTo(1);
    assertThat(minCandidates("static: [" + one + "], connected: true")).isEqualTo(4);
  }

  @Test
  void aTableOfNetworksIsAFileBesideTheConfiguration() {
    assertThat(read("asn_table: networks.tsv").asnTable()).hasValue(Path.of("/conf/networks.tsv"));
    assertThat(read("auto: { odds: { same_asn: 0.1 } }").auto().settings().strategy())
        .isEqualTo(
            new ScoredSelection(
                0.35, 0.25, 0.20, 0.20, 0.15, new ScoredSelection.Nearness(0.3, 0.1, 0.5)));
  }

  private static int minCandidates(String auto) {
    return read("auto: { " + auto + " }").auto().settings().minCandidates();
  }

  private static RelayConfig read(String keys) {
    return ConfigReader.read(
            RelayConfig.TYPE,
            new ConfigSource("relay.yaml", "{ " + keys + " }", Path.of("/conf")),
            Environment.withVariables(Map.of()))
        .value()
        .orElseThrow();
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
