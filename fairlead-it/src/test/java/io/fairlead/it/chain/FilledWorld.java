package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.testkit.DevChain;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Many entries in a contract on a development node, and gateways that follow them. */
final class FilledWorld implements AutoCloseable {
  /** What fits into a block of the node, at this much gas for each. */
  private static final int FILL = 2_000;

  /** All but that of the servers that streams go to. */
  private static final int ROLES = 126;

  private static final int STREAMS = 4;
  private static final String GAS = "0xf4240";
  private static final Duration SOON = Duration.ofSeconds(60);

  private final DevChain chain;
  private final List<Node> nodes = new ArrayList<>();
  private final List<GatewayFixture> gateways = new ArrayList<>();
  private final List<Traffic> traffic = new ArrayList<>();
  private final String admin;
  private final String contract;

  FilledWorld() throws Exception {
    this.chain = DevChain.start();
    try {
      this.admin = chain.account(0);
      this.contract =
          chain
              .transact(admin, "", ContractArtifact.load().deployment(admin))
              .path("contractAddress")
              .asString("")
              .toLowerCase(Locale.ROOT);
      chain.call("evm_setAutomine", false);
    } catch (Exception failure) {
      chain.close();
      throw failure;
    }
  }

  private void send(String data) throws IOException, InterruptedException {
    chain.call(
        "eth_sendTransaction", Map.of("from", admin, "to", contract, "data", data, "gas", GAS));
  }

  /** Puts servers P1 to P4 and entries 0 to n-1 there, in as many blocks as they need. */
  void fill(int entries) throws IOException, InterruptedException {
    for (int i = 1; i <= STREAMS; i++) {
      nodes.add(new Node("P" + i));
      send(ChainWorld.added(nodes.getLast().endpoint(), 1, new byte[0]));
    }
    for (int i = 0; i < entries; i++) {
      add(i, 1);
      if (i % FILL == FILL - 1) mine();
    }
    mine();
  }

  /** The endpoint of an entry; no two are alike, and nobody is there. */
  static String endpoint(int number) {
    return "127."
        + (1 + number / 62_500)
        + "."
        + (number / 250 % 250)
        + "."
        + (number % 250 + 1)
        + ":9";
  }

  private static byte[] id(int number) {
    return HexFormat.of().parseHex(Entry.idOf(endpoint(number)).substring(2));
  }

  /** Waits for the next block, as everything that changes does. */
  void add(int number, int weight) throws IOException, InterruptedException {
    byte[] key = new byte[34];
    key[0] = (byte) 0xed;
    key[1] = 1;
    for (int i = 0; i < 4; i++) key[2 + i] = (byte) (number >> (8 * i));
    key[6] = 1;
    send(
        RegistryAbi.ADD.call(
            id(number),
            new byte[20],
            BigInteger.valueOf(ROLES),
            BigInteger.valueOf(weight),
            BigInteger.ZERO,
            endpoint(number).getBytes(StandardCharsets.UTF_8),
            key,
            new byte[0]));
  }

  void remove(int number) throws IOException, InterruptedException {
    send(RegistryAbi.REMOVE.call((Object) id(number)));
  }

  void status(int number, int status) throws IOException, InterruptedException {
    send(RegistryAbi.SET_STATUS.call(id(number), BigInteger.valueOf(status)));
  }

  void mine() throws IOException, InterruptedException {
    chain.mine(1);
  }

  /** A gateway whose pool and whose users are the contract's, and whose streams go to P1 to P4. */
  String yaml() {
    return """
    # quick
    pubsub:
      chains:
        main: { chain_id: %d, endpoints: [ { alias: e1, url: "%s", poll_interval: 20ms } ] }
    registry:
      interval: 5s
      debounce: { quiet: 10ms, max: 50ms }
      sources:
        - { name: main, type: evm, chain: main, contract: "%s", allow_private: true, timeout: 30s,
            page_size: 500, confirmations: { add: 0, remove: 0 } }
      targets:
        - { name: pool, kind: upstream, upstream: pool, source: main, policy: mirror, first_sync: auto,
            rails: { hold_down: 0s, max_remove: 100%%, max_add: 10000, max_plans: 10000, flap: { changes: 32, window: 1s } } }
        - { name: users, kind: proxy_users, source: main, policy: mirror, first_sync: auto,
            rails: { hold_down: 0s, max_remove: 100%%, max_add: 10000, max_plans: 10000, flap: { changes: 32, window: 1s } } }
        @MESH@
    listeners: { pool: { bind: "127.0.0.1:0", proto: tcp, service: pool }, @LISTENER@ }
    streams: { pool: { upstream: pool }, mesh: { upstream: mesh } }
    upstreams: { pool: { balance: round_robin, endpoints: [] }, @POOL@ }
    """
        .formatted(DevChain.CHAIN_ID, chain.url(), contract)
        .replace("@MESH@", ChainWorld.MESH)
        .replace("@LISTENER@", ChainWorld.LISTENER)
        .replace("@POOL@", ChainWorld.POOL);
  }

  /** Starts G1 to Gn, which end with this. */
  List<GatewayFixture> gateways(int count) throws Exception {
    for (int i = 1; i <= count; i++)
      gateways.add(GatewayFixture.start("name: G" + i + "\n" + yaml()));
    return List.copyOf(gateways);
  }

  static TargetStatus target(GatewayFixture gateway, String name) {
    return gateway.gateway().registry().target(name).orElseThrow();
  }

  /** Waits until both targets of each gateway have so many lines and are in step. */
  void awaitLines(int count) {
    for (int i = 0; i < gateways.size(); i++) awaitLines("G" + (i + 1), gateways.get(i), count);
  }

  private static void awaitLines(String name, GatewayFixture gateway, int count) {
    await(name)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              for (String target : List.of("pool", "users")) {
                TargetStatus now = target(gateway, target);
                if (now.lines() != count || now.state() != TargetState.IN_SYNC) return false;
              }
              return true;
            });
  }

  /** Begins a stream that is never idle to each of P1 to P4 at each gateway. */
  void steady() throws Exception {
    for (GatewayFixture gateway : gateways) {
      await().atMost(SOON).until(() -> target(gateway, "mesh").state() == TargetState.IN_SYNC);
      traffic.add(new Traffic(gateway, STREAMS));
    }
  }

  /** None of these streams ever failed, and bytes go to and fro on them. */
  void undisturbed() {
    assertThat(traffic).hasSameSizeAs(gateways);
    for (Traffic each : traffic) each.undisturbed("P1", "P2", "P3", "P4");
  }

  @Override
  public void close() throws Exception {
    for (Traffic each : traffic) each.close();
    for (GatewayFixture each : gateways) each.close();
    chain.close();
    for (Node each : nodes) each.close();
  }
}
