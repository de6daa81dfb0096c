package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.it.NameServer;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Places that a list from elsewhere may not name: its entries come from a contract, a web server
 * and a GraphQL server at once. The node mines a block each second, and streams go on to servers
 * that another source lets be anywhere.
 */
class ChainPlacesIT {
  private static final int PROXY = 1;
  private static final int UPSTREAM = 4;
  private static final int STREAMS = 4;
  private static final List<String> SOURCES = List.of("main", "byhttp", "bygraphql");
  private static final String LONG = "x".repeat(290) + ".example:80";
  private static final String NOBODY =
      "policy: mirror, first_sync: auto,"
          + " rails: { allow_empty: true, max_remove: 100%, min_entries: 0 }";

  /** A web server and a GraphQL server that answer with one list. */
  private static final class Lists implements AutoCloseable {
    final AtomicReference<String> list = new AtomicReference<>("");
    final RecordingServer http =
        RecordingServer.http(_ -> RecordingServer.response(200, "[" + list.get() + "]"));
    final RecordingServer graphql =
        RecordingServer.http(
            _ -> RecordingServer.response(200, "{\"data\":{\"proxies\":[" + list.get() + "]}}"));

    Lists() throws IOException {}

    void say(List<String> endpoints) {
      list.set("\"" + String.join("\", \"", endpoints) + "\"");
    }

    @Override
    public void close() throws IOException {
      http.close();
      graphql.close();
    }
  }

  @Test
  void scenarioNAddressesThatAreNotPublicAreCountedAndNeverDialled() throws Exception {
    try (ChainWorld world = ChainWorld.start();
        Lists lists = new Lists()) {
      world.register(STREAMS);
      Node never = world.nodes(1).getLast();
      String port = port(never);
      List<String> bad =
          List.of(
              "169.254.169.254:80",
              "127.1:" + port,
              "[::1]:" + port,
              "localhost:" + port,
              never.endpoint());
      for (String endpoint : bad.subList(0, 3)) world.add(endpoint, UPSTREAM);
      world.add(never.endpoint(), UPSTREAM);
      // The one whose name leads to the gateway itself is another's address at first.
      world.add("8.8.8.8:1", UPSTREAM);
      world.send(
          RegistryAbi.UPDATE.call(
              ChainWorld.id("8.8.8.8:1"),
              BigInteger.valueOf(UPSTREAM),
              BigInteger.ONE,
              BigInteger.ZERO,
              ("localhost:" + port).getBytes(StandardCharsets.UTF_8),
              new byte[0],
              new byte[0]));
      assertThatThrownBy(() -> world.add(LONG, UPSTREAM))
          .as("the contract does not take it")
          .isInstanceOf(IOException.class);
      lists.say(List.of(String.join("\", \"", bad), LONG));
      world.chain().mine(5);
      world.paced();
      world.three(yaml(world, lists), STREAMS);
      world.atEach(
          gateway -> {
            // Each entry of the contract is counted with its one address; those of the streams are
            // no better there.
            refused(gateway, "main", 2 * (bad.size() + STREAMS), bad);
            refused(gateway, "byhttp", bad.size() + 1, bad);
            refused(gateway, "bygraphql", bad.size() + 1, bad);
            world.traffic(gateway).undisturbed("P1", "P2", "P3", "P4");
          });
      assertThat(never.accepted()).isZero();
    }
  }

  /** All that a source names is counted, and who comes for it gets nothing. */
  private static void refused(GatewayFixture gateway, String source, int count, List<String> bad)
      throws Exception {
    inSync(gateway, source);
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

  @Test
  void scenarioNNamesThatLeadToSuchAddressesAreCountedAndNeverDialled() throws Exception {
    Map<String, InetAddress> known =
        Map.of(
            "ten", InetAddress.ofLiteral("10.1.2.3"),
            "metadata", InetAddress.ofLiteral("169.254.169.254"),
            "unique", InetAddress.ofLiteral("fd00::1"),
            "translated", InetAddress.ofLiteral("64:ff9b::a01:203"),
            "itself", InetAddress.getLoopbackAddress(),
            "here", InetAddress.getLoopbackAddress());
    // Without the one of the streams, which a gateway may know already.
    List<String> labels = List.of("ten", "metadata", "unique", "translated", "itself");
    try (ChainWorld world = ChainWorld.start();
        Lists lists = new Lists();
        NameServer names = new NameServer(label -> Optional.ofNullable(known.get(label)))) {
      world.machine(names.environment());
      // One server of the streams is named: who may be anywhere may have a name that leads there.
      world.nodes(STREAMS + 1);
      for (int i = 1; i < STREAMS; i++) world.add(world.node(i).endpoint(), PROXY);
      world.add("here.example:" + port(world.node(STREAMS)), PROXY);
      Node never = world.node(STREAMS + 1);
      List<String> bad = labels.stream().map(each -> each + ".example:" + port(never)).toList();
      for (String endpoint : bad) world.add(endpoint, UPSTREAM);
      lists.say(bad);
      world.chain().mine(5);
      world.paced();
      world.three(yaml(world, lists));
      world.atEach(gateway -> ChainWorld.meshed(gateway, STREAMS));
      names.asked();
      world.atEach(
          gateway -> {
            // A name may lead anywhere, and elsewhere tomorrow: it is judged where it is dialled.
            for (String source : SOURCES) {
              inSync(gateway, source);
              assertThat(gateway.gateway().registry().target(source).orElseThrow().lines())
                  .isEqualTo(bad.size());
            }
            for (String source : SOURCES) notDialled(gateway, source, bad.size());
            askedForAll(gateway, names, labels);
            world.steady(gateway, STREAMS);
          });
      world.atEach(gateway -> world.traffic(gateway).undisturbed("P1", "P2", "P3", "P4"));
      assertThat(never.accepted()).isZero();
    }
  }

  /** Whoever comes gets nothing, at once; each of the places is refused and counted. */
  private static void notDialled(GatewayFixture gateway, String source, int places)
      throws Exception {
    double before = refusals(gateway);
    long start = System.nanoTime();
    for (int i = 0; i < places; i++) {
      try (RawClient client = RawClient.connect(gateway.port(source))) {
        client.timeout(SOON).awaitEnd();
      }
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("nothing waits for a place that does not answer")
        .isLessThan(Duration.ofSeconds(4));
    assertThat(refusals(gateway) - before).as(source).isGreaterThanOrEqualTo(places);
  }

  /** Which place a connection is for, the balancer says: they come until each had its turn. */
  private static void askedForAll(GatewayFixture gateway, NameServer names, List<String> labels) {
    Set<String> asked = new HashSet<>(names.asked());
    await("names asked for by this gateway")
        .atMost(SOON)
        .untilAsserted(
            () -> {
              try (RawClient client = RawClient.connect(gateway.port("main"))) {
                client.timeout(SOON).awaitEnd();
              }
              asked.addAll(names.asked());
              assertThat(asked).containsAll(labels);
            });
  }

  private static double refusals(GatewayFixture gateway) throws IOException {
    return ChainWorld.metric(gateway, "fairlead_registry_dials_refused_total");
  }

  private static void inSync(GatewayFixture gateway, String source) {
    await()
        .atMost(SOON)
        .until(
            () ->
                gateway.gateway().registry().target(source).orElseThrow().state()
                    == TargetState.IN_SYNC);
  }

  private static String port(Node node) {
    return node.endpoint().substring(node.endpoint().lastIndexOf(':') + 1);
  }

  private static String yaml(ChainWorld world, Lists lists) {
    StringBuilder yaml = new StringBuilder(world.followed());
    String anywhere = world.source("confirmations: { add: 3, remove: 1 }");
    yaml.append("registry:\n  interval: 2s\n  sources:\n    - ")
        .append(anywhere.replace("allow_private: true", "allow_private: false"))
        .append("\n    - ")
        .append(anywhere.replace("name: main", "name: anywhere"))
        .append(
            """

                - { name: byhttp, type: http, url: "http://127.0.0.1:%d/list" }
                - { name: bygraphql, type: graphql, url: "http://127.0.0.1:%d/graphql",
                    query: "{ proxies }", pointer: /data/proxies }
              targets:
            """
                .formatted(lists.http.port(), lists.graphql.port()));
    for (String each : SOURCES)
      yaml.append("    - { name: @, kind: upstream, upstream: @, source: @, ".replace("@", each))
          .append(NOBODY + " }\n");
    yaml.append("    " + ChainWorld.MESH.replace("source: main", "source: anywhere") + "\n");
    yaml.append("listeners:\n  " + ChainWorld.LISTENER + "\n");
    for (String each : SOURCES)
      yaml.append("  @: { bind: \"127.0.0.1:0\", proto: tcp, service: @ }\n".replace("@", each));
    yaml.append("streams:\n  mesh: { upstream: mesh }\n");
    for (String each : SOURCES) yaml.append("  @: { upstream: @ }\n".replace("@", each));
    yaml.append("upstreams:\n  " + ChainWorld.POOL + "\n");
    for (String each : SOURCES)
      yaml.append("  @: { endpoints: [ { address: \"127.0.0.1:1\" } ] }\n".replace("@", each));
    return yaml.toString();
  }
}
