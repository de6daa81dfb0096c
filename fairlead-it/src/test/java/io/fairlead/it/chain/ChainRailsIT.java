package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.CommandLine;
import io.fairlead.it.ExpectedErrors;
import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.plan.Rails;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a contract may not do without a person, and what it may not do at all. */
@ExpectedErrors("the list names what is not known here, and on_unknown says exit")
class ChainRailsIT {
  private static final String LONG = "x".repeat(290) + ".example:80";
  private static final String NOBODY =
      "policy: mirror, first_sync: auto,"
          + " rails: { allow_empty: true, max_remove: 100%, min_entries: 0 }";

  @Test
  void scenarioD1AListThatEmptiesItselfIsHeldAndARevocationOfTheLastIsNot() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      world.three(world.mesh(""), 2);
      world.remove(world.node(1).endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 1);
      world.remove(world.node(2).endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).state() == TargetState.HOLD);
      world.atEach(
          gateway -> {
            assertThat(ChainWorld.target(gateway).why()).contains("become empty");
            assertThat(ChainWorld.target(gateway).rail()).contains(Rails.Rail.EMPTY);
            assertThat(ChainWorld.target(gateway).lines()).isEqualTo(1);
            assertThat(
                    ChainWorld.metric(gateway, "fairlead_registry_holds_total", "rail=\"empty\""))
                .isEqualTo(1);
            assertThat(ChainWorld.events(gateway, "registry.state", "\"state\":\"hold\""))
                .contains("event: registry.state");
            assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");
            world.traffic(gateway).undisturbed("P2");
          });

      world.atEach(
          gateway -> {
            String plan = ChainWorld.target(gateway).open().orElseThrow().id();
            StrictHttpParser.Response approved =
                gateway.api().post("/v1/registry/plans/" + plan + "/approve");
            assertThat(approved.status()).isEqualTo(200);
          });
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 0);
      world.atEach(gateway -> world.traffic(gateway).ended("P2"));
    }
  }

  @Test
  void aRevocationOfTheLastOneIsNotHeld() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(1);
      world.three(world.mesh(""), 1);
      world.revoke(world.node(1).endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 0);
      world.atEach(gateway -> world.traffic(gateway).ended("P1"));
    }
  }

  @Test
  void scenarioNAddressesThatAreNotPublicAreCountedAndNeverDialled() throws Exception {
    AtomicReference<String> list = new AtomicReference<>("");
    try (ChainWorld world = ChainWorld.start();
        RecordingServer http =
            RecordingServer.http(_ -> RecordingServer.response(200, "[" + list.get() + "]"));
        RecordingServer graphql =
            RecordingServer.http(
                _ ->
                    RecordingServer.response(
                        200, "{\"data\":{\"proxies\":[" + list.get() + "]}}"))) {
      world.nodes(1);
      String own = world.node(1).endpoint();
      String port = own.split(":")[1];
      List<String> bad =
          List.of("169.254.169.254:80", "127.1:" + port, "[::1]:" + port, "localhost:" + port, own);
      for (String endpoint : bad.subList(0, 3)) world.add(endpoint, 1);
      world.add(own, 1);
      // The one whose name leads to the gateway itself is another's address at first.
      world.add("8.8.8.8:1", 1);
      world.send(
          RegistryAbi.UPDATE.call(
              ChainWorld.id("8.8.8.8:1"),
              BigInteger.ONE,
              BigInteger.ONE,
              BigInteger.ZERO,
              ("localhost:" + port).getBytes(StandardCharsets.UTF_8),
              new byte[0],
              new byte[0]));
      assertThatThrownBy(() -> world.add(LONG, 1))
          .as("the contract does not take it")
          .isInstanceOf(IOException.class);
      list.set("\"" + String.join("\", \"", bad) + "\", \"" + LONG + "\"");
      world.chain().mine(5);
      world.three(everySource(world, http, graphql));
      world.atEach(
          gateway -> {
            // Each entry of the contract is counted with its one address.
            refused(gateway, "main", 2 * bad.size(), bad);
            refused(gateway, "byhttp", bad.size() + 1, bad);
            refused(gateway, "bygraphql", bad.size() + 1, bad);
          });
      assertThat(world.node(1).accepted()).isZero();
    }
  }

  /** All that a source names is counted, and who comes for it gets nothing. */
  private static void refused(GatewayFixture gateway, String source, int count, List<String> bad)
      throws Exception {
    await()
        .atMost(SOON)
        .until(
            () ->
                gateway.gateway().registry().target(source).orElseThrow().state()
                    == TargetState.IN_SYNC);
    var list = gateway.gateway().registry().sources().get(source).lastGood().orElseThrow();
    assertThat(list.invalid()).as(source + list.warnings()).isEqualTo(count);
    for (String each : bad)
      assertThat(list.warnings()).as(source).anyMatch(line -> line.contains(each));
    assertThat(gateway.gateway().registry().target(source).orElseThrow().lines()).isZero();
    assertThat(
            ChainWorld.metric(
                gateway, "fairlead_registry_invalid_entries", "source=\"" + source + "\""))
        .isEqualTo(count);
    try (RawClient client = RawClient.connect(gateway.port(source))) {
      client.awaitEnd();
    }
  }

  private static String everySource(
      ChainWorld world, RecordingServer http, RecordingServer graphql) {
    StringBuilder yaml = new StringBuilder(world.followed());
    String main = world.source("confirmations: { add: 3, remove: 1 }");
    yaml.append("registry:\n  interval: 2s\n  sources:\n    - ")
        .append(main.replace("allow_private: true", "allow_private: false"))
        .append(
            """

                - { name: byhttp, type: http, url: "http://127.0.0.1:%d/list" }
                - { name: bygraphql, type: graphql, url: "http://127.0.0.1:%d/graphql",
                    query: "{ proxies }", pointer: /data/proxies }
              targets:
            """
                .formatted(http.port(), graphql.port()));
    List<String> sources = List.of("main", "byhttp", "bygraphql");
    for (String each : sources) {
      yaml.append("    - { name: @, kind: upstream, upstream: @, source: @, ".replace("@", each))
          .append("roles: [proxy], " + NOBODY + " }\n");
    }
    yaml.append("listeners:\n");
    for (String each : sources)
      yaml.append("  @: { bind: \"127.0.0.1:0\", proto: tcp, service: @ }\n".replace("@", each));
    yaml.append("streams:\n");
    for (String each : sources) yaml.append("  @: { upstream: @ }\n".replace("@", each));
    yaml.append("upstreams:\n");
    for (String each : sources)
      yaml.append("  @: { endpoints: [ { address: \"127.0.0.1:1\" } ] }\n".replace("@", each));
    return yaml.toString();
  }

  @Test
  void scenarioLWhatIsNotKnownIsToldAndAStrictNodeEndsWithSix() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      List<GatewayFixture> mirrors = world.three(world.mesh(""), 2);
      String[] known = {node(world, 1), node(world, 2)};
      GatewayFixture pruning = world.gateway(pruned(world, "policy: prune_only", known));
      // A removal that counts earlier would be applied before the other change is known.
      GatewayFixture strict =
          world.gateway(
              pruned(world, "policy: strict", known).replace("remove: 1 }", "remove: 3 }"));
      world.paced();
      assertThat(strict.gateway().registry().ended()).isEmpty();
      assertThat(ChainWorld.target(pruning).unknown()).isEmpty();
      Node third = world.nodes(1).get(2);
      inOneBlock(world, third);

      // Who mirrors takes both.
      assertThat(mirrors).hasSize(3);
      world.atEach(
          gateway -> {
            world.traffic(gateway).ended("P1");
            await()
                .atMost(SOON)
                .untilAsserted(
                    () -> {
                      Map<String, RawClient> reached = ChainWorld.everyNode(gateway, 2);
                      for (RawClient each : reached.values()) each.close();
                      assertThat(reached).containsOnlyKeys("P2", "P3");
                    });
            ChainWorld.inSync(gateway);
            world.traffic(gateway).undisturbed("P2");
          });

      // Who only takes away does so, and tells of the other.
      await().atMost(SOON).until(() -> ChainWorld.target(pruning).lines() == 1);
      await()
          .atMost(SOON)
          .until(() -> ChainWorld.target(pruning).unknown().equals(List.of(third.endpoint())));
      for (int i = 0; i < 5; i++) assertThat(ChainWorld.reached(pruning)).isEqualTo("P2");

      // Who is strict changes nothing, and ends.
      await().atMost(SOON).until(() -> strict.gateway().registry().ended().isPresent());
      assertThat(ChainWorld.target(strict).exit()).isEqualTo(6);
      assertThat(ChainWorld.target(strict).lines()).isEqualTo(2);
      CommandLine.Outcome told = asked(strict, "sync", "--offline", "--dry-run");
      assertThat(told.exit()).as(told.out() + told.err()).isEqualTo(6);
      Map<String, RawClient> still = ChainWorld.everyNode(strict, 2);
      for (RawClient client : still.values()) client.close();
      assertThat(still).as("it stays").containsOnlyKeys("P1", "P2");
    }
  }

  @Test
  void theListOfAFormerBlockIsComparedWithWhatHolds() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      GatewayFixture gateway = world.gateway(world.mesh(""));
      long before = world.chain().head();
      world.remove(world.node(1).endpoint());
      world.chain().mine(4);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 1);
      ChainWorld.inSync(gateway);
      CommandLine.Outcome then = asked(gateway, "diff", "--at-block", Long.toString(before));
      assertThat(then.exit()).as(then.out() + then.err()).isEqualTo(2);
      assertThat(then.out())
          .contains("block:" + before + ":")
          .contains("+ " + world.node(1).endpoint());
      String now = Long.toString(world.chain().head());
      CommandLine.Outcome same = asked(gateway, "diff", "--at-block", now);
      assertThat(same.exit()).as(same.out() + same.err()).isZero();
      assertThat(asked(gateway, "diff", "--at-block", "latest").exit()).isEqualTo(64);
      assertThat(ChainWorld.target(gateway).lines()).as("nothing was changed").isEqualTo(1);
    }
  }

  private static CommandLine.Outcome asked(GatewayFixture gateway, String... words) {
    List<String> all = new ArrayList<>(List.of("registry"));
    all.addAll(List.of(words));
    all.addAll(List.of("--config", gateway.configFile().toString()));
    return CommandLine.run(gateway.dir(), all.toArray(String[]::new));
  }

  private static String node(ChainWorld world, int number) {
    return "{ address: \"" + world.node(number).endpoint() + "\" }";
  }

  /** A gateway that knows these servers, and follows by taking away only. */
  private static String pruned(ChainWorld world, String policy, String... servers) {
    return world
        .mesh("")
        .replace("kind: subscribe", "kind: upstream")
        .replace("policy: mirror", policy + ", roles: [proxy]")
        .replace("[ { address: \"127.0.0.1:1\" } ]", "[ " + String.join(", ", servers) + " ]");
  }

  /** The registrar adds that one and removes the first; both are three blocks deep then. */
  private static void inOneBlock(ChainWorld world, Node added) throws Exception {
    String removal = RegistryAbi.REMOVE.call((Object) ChainWorld.id(world.node(1).endpoint()));
    world.newBlock(); // both come into the next one
    List<JsonNode> mined = world.sendAll(world.addCall(added.endpoint(), 1, new byte[0]), removal);
    assertThat(mined.getFirst().path("blockHash")).isEqualTo(mined.getLast().path("blockHash"));
    world.deep(mined.getLast(), 3);
  }
}
