package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Anvil;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that follows a real node, and the command that does. */
class ChainsIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  @TempDir Path dir;

  private static String chain(String endpoints) {
    return "pubsub: { chains: { main: { chain_id: 31337, reconnect: { base: 50ms, cap: 100ms },"
        + " endpoints: ["
        + endpoints
        + "] } } }\nlisteners: {}\n";
  }

  private static String endpoint(String alias, String url) {
    return "{ alias: " + alias + ", url: \"" + url + "\" }";
  }

  @Test
  void aChainIsShownAndFollowsAReload() throws Exception {
    try (Anvil node = Anvil.start();
        GatewayFixture gateway = GatewayFixture.start(chain(endpoint("one", node.ws())))) {
      live(gateway, "one");
      assertThat(gateway.api().get("/v1/pubsub/chains/main/subscriptions").text())
          .contains("\"method\":\"eth_subscribe\"")
          .contains("\"state\":\"active\"");
      assertThat(gateway.api().get("/v1/pubsub/chains/other/subscriptions").status())
          .isEqualTo(404);
      assertThat(gateway.api().post("/v1/pubsub/chains/main/failover?to=nobody").status())
          .isEqualTo(404);
      assertThat(gateway.api().post("/v1/pubsub/chains/main/reconnect").status()).isEqualTo(200);
      live(gateway, "one");
      node.mine(1);
      await().atMost(SOON).until(() -> chains(gateway).contains("\"head_number\":1"));

      // The other endpoint is the same node over HTTP: the subscription moves and goes on.
      gateway.replaceConfig(chain(endpoint("two", node.http())));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      live(gateway, "two");
      await()
          .atMost(SOON)
          .until(
              () -> {
                node.mine(1);
                return !chains(gateway).contains("\"head_number\":1,");
              });

      gateway.replaceConfig("listeners: {}\n");
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(chains(gateway)).contains("\"chains\":[]");
    }
  }

  @Test
  void aNodeOfAnotherChainIsNotUsedAndKeepsNothingFromStarting() throws Exception {
    try (Anvil node = Anvil.start("--chain-id", "7");
        GatewayFixture gateway = GatewayFixture.start(chain(endpoint("wrong", node.ws())))) {
      await().atMost(SOON).until(() -> chains(gateway).contains("wrong OUT"));
      assertThat(chains(gateway)).doesNotContain("\"state\":\"live\"");
    }
  }

  private static void live(GatewayFixture gateway, String endpoint) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(chains(gateway))
                    .contains("\"state\":\"live\"")
                    .contains("\"endpoint\":\"" + endpoint + "\""));
  }

  private static String chains(GatewayFixture gateway) throws Exception {
    return gateway.api().get("/v1/pubsub/chains").text();
  }

  @Test
  void theCommandAsksAndFollows() throws Exception {
    try (Anvil node = Anvil.start()) {
      CommandLine.Outcome asked =
          CommandLine.run(dir, "pubsub", "call", "eth_chainId", "--rpc", node.ws());
      assertThat(asked.err()).isEmpty();
      assertThat(asked.exit()).isZero();
      assertThat(asked.out().strip()).isEqualTo("\"0x7a69\"");

      CommandLine.Outcome refused =
          CommandLine.run(dir, "pubsub", "call", "no_such", "--rpc", node.http());
      assertThat(refused.exit()).isEqualTo(4);
      assertThat(refused.err()).contains("-32601");

      String contract = node.deployLogger();
      Thread miner =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      while (true) {
                        node.emit(contract, 1);
                        node.mine(1);
                      }
                    } catch (Exception _) {
                      // the node is gone: the test is over
                    }
                  });
      CommandLine.Outcome heads =
          CommandLine.run(dir, "pubsub", "newHeads", "--rpc", node.ws(), "--count", "2", "--stats");
      assertThat(heads.exit()).isZero();
      assertThat(heads.err())
          .containsPattern("stats: [0-9.]+ s, items 2 .*, bytes in [1-9][0-9]*, .*reconnects 0,");
      assertThat(heads.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{\"data\":{"));
      CommandLine.Outcome logs =
          CommandLine.run(
              dir, "pubsub", "logs", "--rpc", node.ws(), "--address", contract, "--count", "1");
      assertThat(logs.out()).contains("\"t\":\"log\"").contains("\"origin\":\"");
      miner.interrupt();
    }
  }

  @Test
  void theCommandSaysWhatIsWrong() {
    assertThat(CommandLine.run(dir, "pubsub", "newHeads").exit()).isEqualTo(64);
    assertThat(CommandLine.run(dir, "pubsub", "newHeads", "--rpc", "gopher://x").exit())
        .isEqualTo(64);
    assertThat(CommandLine.run(dir, "pubsub", "raw", "nothing", "--rpc", "ws://127.0.0.1:1").err())
        .contains("does not look like a subscribing method");
    CommandLine.Outcome gone =
        CommandLine.run(
            dir, "pubsub", "call", "eth_chainId", "--rpc", "ws://127.0.0.1:1/secretkey0123456789");
    assertThat(gone.exit()).isEqualTo(69);
    assertThat(gone.err()).doesNotContain("secretkey");
  }
}
