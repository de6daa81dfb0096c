package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.config.Environment;
import io.fairlead.core.time.Clock;
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
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;

/**
 * A development chain with a registry, the nodes it names, and gateways that follow it: three of
 * them, G1 to G3, as a rule.
 */
final class ChainWorld implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(20);

  /** A listener through which streams go to the nodes the contract names. */
  static final String LISTENER = "mesh: { bind: \"127.0.0.1:0\", proto: tcp, service: mesh }";

  /** The target of these streams, an item of {@code registry.targets}. */
  static final String MESH =
      "- { name: mesh, kind: subscribe, upstream: mesh, source: main, policy: mirror,"
          + " first_sync: auto, rails: { hold_down: 1s, max_remove: 100% } }";

  /** The service of these streams, and where they go: an item of {@code upstreams}. */
  static final String STREAMS = "streams: { mesh: { upstream: mesh } }";

  static final String POOL =
      "mesh: { balance: round_robin, endpoints: [ { address: \"127.0.0.1:1\" } ] }";

  private DevChain chain;
  private final String contract;
  private final List<Node> nodes = new ArrayList<>();
  private final List<GatewayFixture> gateways = new ArrayList<>();
  private final Map<GatewayFixture, String> names = new LinkedHashMap<>();
  private final Map<GatewayFixture, Traffic> traffic = new LinkedHashMap<>();
  private Clock clock = Clock.system();
  private Environment machine = Environment.ofProcess();
  private boolean paced;

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

  /**
   * From now on the node mines a block each second, full or empty, and none when a transaction
   * comes; until then it mines when it is told to.
   */
  void paced() throws Exception {
    chain.call("evm_setIntervalMining", 1);
    paced = true;
  }

  /**
   * Waits until so many blocks are above a transaction's; without a pace they are mined now.
   *
   * @return when the last of them was not there yet, in {@link System#nanoTime}
   */
  long deep(JsonNode receipt, int blocks) throws Exception {
    long wanted = Long.decode(receipt.path("blockNumber").asString("")) + blocks;
    long before = System.nanoTime();
    if (!paced) {
      long missing = wanted - chain.head();
      if (missing > 0) chain.mine(Math.toIntExact(missing));
      return before;
    }
    long[] since = {before};
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              long look = System.nanoTime();
              if (chain.head() >= wanted) return true;
              since[0] = look;
              return false;
            });
    return since[0];
  }

  /** Waits for the next block of a paced node, so that what is sent now has almost a second. */
  void newBlock() throws Exception {
    long head = chain.head();
    await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> chain.head() > head);
  }

  /** Sends all of it before any is mined, and waits for each receipt. */
  List<JsonNode> sendAll(String... data) throws Exception {
    List<String> hashes = new ArrayList<>();
    for (String each : data) hashes.add(chain.send(chain.account(0), contract, each));
    List<JsonNode> receipts = new ArrayList<>();
    for (String each : hashes) {
      JsonNode receipt = chain.receipt(each);
      assertThat(receipt.path("status").asString("")).as(receipt.toString()).isEqualTo("0x1");
      receipts.add(receipt);
    }
    return receipts;
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

  /** What the contract answers at the newest block. */
  String asked(String data) throws Exception {
    return chain.call("eth_call", Map.of("to", contract, "data", data), "latest").asString("");
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
            @TARGET@
        @MORE@
        @STREAMS@
        upstreams: { @POOL@ }
        """
            .replace("@TARGET@", MESH)
            .replace("@STREAMS@", STREAMS)
            .replace("@POOL@", POOL)
            .replace("@SOURCE@", source("confirmations: { add: 3, remove: 1 }"))
            .replace(
                "@MORE@",
                more.contains("listeners:") ? more : "listeners: { " + LISTENER + " }\n" + more);
  }

  /** The time by which gateways go that are started from now on. */
  void clock(Clock next) {
    clock = next;
  }

  /** The machine on which gateways are that are started from now on. */
  void machine(Environment next) {
    machine = next;
  }

  /** Starts a gateway, and waits until it follows. */
  GatewayFixture gateway(String yaml) throws Exception {
    GatewayFixture gateway = GatewayFixture.start(yaml, clock, machine);
    gateways.add(gateway);
    inSync(gateway);
    return gateway;
  }

  /** Starts a gateway of that name, which {@link #atEach} visits. */
  GatewayFixture named(String name, String yaml) throws Exception {
    GatewayFixture gateway = GatewayFixture.start("name: " + name + "\n" + yaml, clock, machine);
    gateways.add(gateway);
    names.put(gateway, name);
    return gateway;
  }

  /** Starts G1 to G3 with one configuration, and waits until each follows. */
  List<GatewayFixture> three(String yaml) throws Exception {
    for (int i = 1; i <= 3; i++) named("G" + i, yaml);
    atEach(ChainWorld::inSync);
    return List.copyOf(names.keySet());
  }

  /** Starts G1 to G3, and at each a stream that is never idle to every one of n nodes. */
  List<GatewayFixture> three(String yaml, int count) throws Exception {
    List<GatewayFixture> three = three(yaml);
    atEach(gateway -> meshed(gateway, count));
    atEach(gateway -> steady(gateway, count));
    return three;
  }

  /** Waits until the target of the streams has n nodes; it may not be the first. */
  static void meshed(GatewayFixture gateway, int count) {
    await()
        .atMost(SOON)
        .until(() -> gateway.gateway().registry().target("mesh").orElseThrow().lines() == count);
  }

  /** Begins such streams at one gateway. */
  void steady(GatewayFixture gateway, int count) throws Exception {
    traffic.put(gateway, new Traffic(gateway, count));
  }

  Traffic traffic(GatewayFixture gateway) {
    Traffic known = traffic.get(gateway);
    if (known == null) throw new AssertionError("no traffic at " + names.get(gateway));
    return known;
  }

  /** What a gateway calls itself. */
  String name(GatewayFixture gateway) {
    return names.getOrDefault(gateway, "fairlead");
  }

  /** What holds, or is done, at one gateway. */
  interface AtGateway {
    void look(GatewayFixture gateway) throws Exception;
  }

  /** Looks at each gateway that has a name; what fails is told with it. */
  void atEach(AtGateway look) throws Exception {
    at(List.copyOf(names.keySet()), look);
  }

  /** The same at some of them. */
  void at(List<GatewayFixture> some, AtGateway look) throws Exception {
    for (GatewayFixture gateway : some) {
      try {
        look.look(gateway);
      } catch (AssertionError | ConditionTimeoutException failure) {
        throw new AssertionError(name(gateway) + ": " + failure.getMessage(), failure);
      }
    }
  }

  /** Waits until something holds at each gateway that has a name. */
  void awaitEach(Predicate<GatewayFixture> holds) throws Exception {
    atEach(gateway -> await().atMost(SOON).until(() -> holds.test(gateway)));
  }

  /** A gateway that follows nothing, and ends with the others. */
  GatewayFixture also(GatewayFixture gateway) {
    gateways.add(gateway);
    return gateway;
  }

  /** Ends a gateway and starts it again in its folder. */
  GatewayFixture again(GatewayFixture gateway) throws Exception {
    Traffic cut = traffic.remove(gateway);
    if (cut != null) cut.close();
    Path folder = gateway.stopAndKeep();
    gateways.remove(gateway);
    GatewayFixture next = GatewayFixture.again(folder, clock);
    gateways.add(next);
    String name = names.remove(gateway);
    if (name != null) names.put(next, name);
    return next;
  }

  /** The newest block that a gateway has read. */
  static long seen(GatewayFixture gateway) {
    Object head = gateway.gateway().registry().details("main").get("head");
    return head instanceof Number number ? number.longValue() : -1;
  }

  /** What a gateway counts under a name and these words, over all its other labels. */
  static double metric(GatewayFixture gateway, String name, String... words) throws IOException {
    return metrics(gateway)
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> List.of(words).stream().allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Events of a kind that a gateway told since it was started. */
  static String events(GatewayFixture gateway, String kind, String until) throws IOException {
    try (RawClient watcher = gateway.api().open("/v1/events?since=1h&type=" + kind)) {
      return watcher.timeout(SOON).readUntil(until);
    }
  }

  static TargetStatus target(GatewayFixture gateway) {
    return gateway.gateway().registry().targets().getFirst();
  }

  static void inSync(GatewayFixture gateway) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(target(gateway).state())
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
    assertThat(client.readUntil("ping")).endsWith("ping");
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
    for (Traffic each : traffic.values()) each.close();
    for (GatewayFixture gateway : gateways) gateway.close();
    chain.close();
    for (Node node : nodes) node.close();
  }
}
