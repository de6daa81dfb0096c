package io.fairlead.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NodeLinesTest {
  private final NodeLines lines = new NodeLines();

  private List<String> of(String json) {
    return lines.of(Json.object(json).orElseThrow());
  }

  @Test
  void whoItIsAndHowItIsReachedIsToldOnceAndThenWhatChanges() {
    assertThat(of("{\"enabled\":false}")).isEmpty();
    String begun =
        """
        {"peer_id":"12D3","reachability":"unknown","addresses":[
          {"address":"/ip4/10.0.0.1/tcp/4001","reason":"private"},
          {"address":"/ip4/9.9.9.9/tcp/4001","reason":"public","announced":false}]}
        """;
    assertThat(of(begun))
        .containsExactly(
            "peer          12D3",
            "reachability  unknown",
            "address       /ip4/10.0.0.1/tcp/4001  private");
    assertThat(of(begun)).isEmpty();
    assertThat(
            of(
                """
                {"peer_id":"12D3","reachability":"private","addresses":[
                  {"address":"/ip4/9.9.9.9/tcp/1/p2p/12D4/p2p-circuit","reason":"relay"}]}
                """))
        .containsExactly(
            "reachability  private",
            "address       /ip4/9.9.9.9/tcp/1/p2p/12D4/p2p-circuit  relay",
            "no more       /ip4/10.0.0.1/tcp/4001");
  }
}
