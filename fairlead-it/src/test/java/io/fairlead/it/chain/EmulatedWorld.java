package io.fairlead.it.chain;

import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.evm.emulator.ChainEmulator;
import io.fairlead.registry.evm.emulator.EmulatorServer;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Many entries in the emulated contract, and gateways that follow them: quick to fill. */
final class EmulatedWorld implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SOON = Duration.ofSeconds(60);

  private final ChainEmulator chain = new ChainEmulator(Clock.system());
  private final EmulatorServer server;
  private final List<GatewayFixture> gateways = new ArrayList<>();
  private final String admin;
  private final String contract;

  EmulatedWorld() throws IOException {
    this.server = EmulatorServer.start(chain);
    this.admin = call("eth_accounts").path(0).asString("");
    send("", ContractArtifact.load().deployment(admin));
    call("evm_setAutomine", false);
    this.contract = call("eth_getTransactionReceipt", last()).path("contractAddress").asString("");
  }

  private String last() throws IOException {
    return call("eth_getBlockByNumber", "latest", false).path("transactions").path(0).asString("");
  }

  JsonNode call(String method, Object... params) throws IOException {
    JsonNode answer =
        chain.answer(
            JSON.valueToTree(Map.of("id", 1, "method", method, "params", List.of(params))));
    if (answer.has("error")) throw new IOException(answer.path("error").toString());
    return answer.path("result");
  }

  private void send(String to, String data) throws IOException {
    call(
        "eth_sendTransaction",
        to.isEmpty()
            ? Map.of("from", admin, "data", data)
            : Map.of("from", admin, "to", to, "data", data));
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
  void add(int number, int weight) throws IOException {
    byte[] key = new byte[34];
    key[0] = (byte) 0xed;
    key[1] = 1;
    for (int i = 0; i < 4; i++) key[2 + i] = (byte) (number >> (8 * i));
    key[6] = 1;
    send(
        contract,
        RegistryAbi.ADD.call(
            id(number),
            new byte[20],
            BigInteger.valueOf(127),
            BigInteger.valueOf(weight),
            BigInteger.ZERO,
            endpoint(number).getBytes(StandardCharsets.UTF_8),
            key,
            new byte[0]));
  }

  void remove(int number) throws IOException {
    send(contract, RegistryAbi.REMOVE.call((Object) id(number)));
  }

  void status(int number, int status) throws IOException {
    send(contract, RegistryAbi.SET_STATUS.call(id(number), BigInteger.valueOf(status)));
  }

  void mine() throws IOException {
    call("anvil_mine", "0x1");
  }

  /** A gateway whose pool and whose users are the contract's. */
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
        - { name: mesh, kind: upstream, upstream: mesh, source: main, policy: mirror, first_sync: auto,
            rails: { hold_down: 0s, max_remove: 100%%, max_add: 10000, max_plans: 10000, flap: { changes: 32, window: 1s } } }
        - { name: users, kind: proxy_users, source: main, policy: mirror, first_sync: auto,
            rails: { hold_down: 0s, max_remove: 100%%, max_add: 10000, max_plans: 10000, flap: { changes: 32, window: 1s } } }
    listeners: { mesh: { bind: "127.0.0.1:0", proto: tcp, service: mesh } }
    streams: { mesh: { upstream: mesh } }
    upstreams: { mesh: { balance: round_robin, endpoints: [] } }
    """
        .formatted(ChainEmulator.CHAIN_ID, server.url(), contract);
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
              for (String target : List.of("mesh", "users")) {
                TargetStatus now = target(gateway, target);
                if (now.lines() != count || now.state() != TargetState.IN_SYNC) return false;
              }
              return true;
            });
  }

  @Override
  public void close() throws IOException {
    for (GatewayFixture each : gateways) each.close();
    server.close();
  }
}
