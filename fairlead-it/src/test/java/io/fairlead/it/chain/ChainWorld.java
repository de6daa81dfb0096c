package io.fairlead.it.chain;

import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.testkit.DevChain;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** A development chain with a registry, the nodes it names, and gateways that follow it. */
final class ChainWorld implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(20);

  private DevChain chain;
  private final String contract;
  private final List<Node> nodes = new ArrayList<>();
  private final List<GatewayFixture> gateways = new ArrayList<>();

  private ChainWorld(DevChain chain, String contract) {
    this.chain = chain;
    this.contract = contract;
  }

  /** A chain with a contract and nothing in it. */
  static ChainWorld start(String... options) throws Exception {
    DevChain chain = DevChain.start(options);
    try {
      String admin = chain.account(0);
      JsonNode receipt = chain.transact(admin, "", ContractArtifact.load().deployment(admin));
      return new ChainWorld(
          chain, receipt.path("contractAddress").asString("").toLowerCase(Locale.ROOT));
    } catch (Exception failure) {
      chain.close();
      throw failure;
    }
  }

  DevChain chain() {
    return chain;
  }

  String contract() {
    return contract;
  }

  /** Another process of the node, at the same port. */
  void chain(DevChain next) {
    chain = next;
  }

  /** Starts servers P1 to Pn. */
  List<Node> nodes(int count) throws IOException {
    for (int i = 1; i <= count; i++) nodes.add(new Node("P" + (nodes.size() + 1)));
    return nodes;
  }

  Node node(int number) {
    return nodes.get(number - 1);
  }

  /** Registers servers P1 to Pn, and lets them be confirmed. */
  void register(int count) throws Exception {
    for (Node node : nodes(count)) add(node.endpoint(), 1);
    chain.mine(5);
  }

  static byte[] id(String endpoint) {
    return HexFormat.of().parseHex(Entry.idOf(endpoint).substring(2));
  }

  String addCall(String endpoint, int roles, byte[] key) {
    return added(endpoint, roles, key);
  }

  /** Data of {@code add} with the advised id. */
  static String added(String endpoint, int roles, byte[] key) {
    return RegistryAbi.ADD.call(
        id(endpoint),
        new byte[20],
        BigInteger.valueOf(roles),
        BigInteger.ONE,
        BigInteger.ZERO,
        endpoint.getBytes(StandardCharsets.UTF_8),
        key,
        new byte[0]);
  }

  JsonNode add(String endpoint, int roles) throws Exception {
    return send(addCall(endpoint, roles, new byte[0]));
  }

  JsonNode revoke(String endpoint) throws Exception {
    return setStatus(endpoint, 3);
  }

  JsonNode setStatus(String endpoint, int status) throws Exception {
    return send(RegistryAbi.SET_STATUS.call(id(endpoint), BigInteger.valueOf(status)));
  }

  JsonNode remove(String endpoint) throws Exception {
    return send(RegistryAbi.REMOVE.call((Object) id(endpoint)));
  }

  JsonNode send(String data) throws Exception {
    return chain.transact(chain.account(0), contract, data);
  }

  /** The section {@code pubsub} and a source {@code main} on this chain. */
  String followed(String... urls) {
    String endpoints =
        (urls.length == 0 ? List.of(chain.webSocketUrl()) : List.of(urls))
            .stream().collect(Collectors.joining("\" }, { alias: e@, url: \""));
    String text = "{ alias: e@, url: \"" + endpoints + "\" }";
    for (int i = 1; text.contains("e@"); i++) text = text.replaceFirst("e@", "e" + i);
    return "pubsub: { chains: { main: { chain_id: %d, endpoints: [ %s ] } } }\n"
        .formatted(DevChain.CHAIN_ID, text);
  }

  String source(String more) {
    return "{ name: main, type: evm, chain: main, contract: \"%s\", allow_private: true, %s }"
        .formatted(contract, more);
  }

  /** The YAML of a gateway that carries TCP streams to the nodes the contract names. */
  String mesh(String more) {
    return followed()
        + """
        registry:
          interval: 2s
          sources: [ @SOURCE@ ]
          targets:
            - name: mesh
              kind: subscribe
              upstream: mesh
              source: main
              policy: mirror
              first_sync: auto
              rails: { hold_down: 1s, max_remove: 100% }
        @MORE@
        streams: { mesh: { upstream: mesh } }
        upstreams: { mesh: { balance: round_robin, endpoints: [ { address: "127.0.0.1:1" } ] } }
        """
            .replace("@SOURCE@", source("confirmations: { add: 3, remove: 1 }"))
            .replace(
                "@MORE@",
                more.contains("listeners:")
                    ? more
                    : "listeners: { mesh: { bind: \"127.0.0.1:0\", proto: tcp, service: mesh } }\n"
                        + more);
  }

  /** Starts a gateway, and waits until it follows. */
  GatewayFixture gateway(String yaml) throws Exception {
    GatewayFixture gateway = GatewayFixture.start(yaml);
    gateways.add(gateway);
    inSync(gateway);
    return gateway;
  }

  /** A gateway that follows nothing, and ends with the others. */
  GatewayFixture also(GatewayFixture gateway) {
    gateways.add(gateway);
    return gateway;
  }

  /** Ends a gateway and starts it again in its folder. */
  GatewayFixture again(GatewayFixture gateway) throws Exception {
    Path folder = gateway.stopAndKeep();
    gateways.remove(gateway);
    GatewayFixture next = GatewayFixture.again(folder);
    gateways.add(next);
    return next;
  }

  static TargetStatus target(GatewayFixture gateway) {
    return gateway.gateway().registry().targets().getFirst();
  }

  static void inSync(GatewayFixture gateway) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                org.assertj.core.api.Assertions.assertThat(target(gateway).state())
                    .as(() -> target(gateway).why() + gateway.gateway().registry().details("main"))
                    .isEqualTo(TargetState.IN_SYNC));
  }

  /** One connection through the gateway to each node, by its name. */
  static Map<String, RawClient> everyNode(GatewayFixture gateway, int count) throws Exception {
    Map<String, RawClient> byName = new LinkedHashMap<>();
    for (int i = 0; i < count * 6 && byName.size() < count; i++) {
      RawClient client = RawClient.connect(gateway.port("mesh"));
      String name = client.readUntil("\n").strip();
      RawClient former = byName.put(name, client);
      if (former != null) former.close();
    }
    return byName;
  }

  /** The name of the node that a new connection through the gateway reaches. */
  static String reached(GatewayFixture gateway) throws Exception {
    try (RawClient client = RawClient.connect(gateway.port("mesh"))) {
      return client.readUntil("\n").strip();
    }
  }

  static void echo(RawClient client) throws IOException {
    client.send("ping");
    org.assertj.core.api.Assertions.assertThat(client.readUntil("ping")).endsWith("ping");
  }

  /** What the gateway counts. */
  static String metrics(GatewayFixture gateway) throws IOException {
    return gateway.api().get("/metrics").text();
  }

  /** Audit lines of a gateway that name an entry. */
  static List<String> audit(GatewayFixture gateway, String endpoint) throws IOException {
    Path file = gateway.dir().resolve("state/audit.log");
    String id = Entry.idOf(endpoint);
    return Files.readAllLines(file).stream().filter(line -> line.contains(id)).toList();
  }

  @Override
  public void close() throws Exception {
    for (GatewayFixture gateway : gateways) gateway.close();
    chain.close();
    for (Node node : nodes) node.close();
  }
}
