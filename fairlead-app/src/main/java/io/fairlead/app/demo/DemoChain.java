package io.fairlead.app.demo;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.evm.contract.ContractArtifact;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.model.Entry;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The contract on a node, and what its registrar and its guardian do with it. One thread. */
final class DemoChain implements AutoCloseable {
  static final long ID = 31_337;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(10);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A transaction in its block. */
  record Mined(String tx, long block) {}

  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String admin;
  private final String contract;
  private final Mined deployment;

  private DemoChain(String url) throws IOException, InterruptedException, DemoFailureException {
    this.url = url;
    this.admin = call("eth_accounts").path(0).asString("").toLowerCase(Locale.ROOT);
    ObjectNode creation = transaction(ContractArtifact.load().deployment(admin));
    JsonNode receipt = mined(creation);
    this.contract = receipt.path("contractAddress").asString("").toLowerCase(Locale.ROOT);
    this.deployment = shown(receipt);
  }

  /** Deploys the contract. */
  static DemoChain deploy(DevNode node)
      throws IOException, InterruptedException, DemoFailureException {
    return new DemoChain(node.url());
  }

  String contract() {
    return contract;
  }

  Mined deployment() {
    return deployment;
  }

  /** What the node calls itself. */
  String version() throws IOException, InterruptedException {
    return call("web3_clientVersion").asString("");
  }

  static String idOf(String endpoint) {
    return Entry.idOf(endpoint);
  }

  /** The registrar lists a node. */
  Mined add(String endpoint, int roles, byte[] key)
      throws IOException, InterruptedException, DemoFailureException {
    return send(
        RegistryAbi.ADD.call(
            raw(endpoint),
            new byte[20],
            BigInteger.valueOf(roles),
            BigInteger.ONE,
            BigInteger.ZERO,
            endpoint.getBytes(StandardCharsets.UTF_8),
            key,
            new byte[0]));
  }

  /** The guardian revokes a node. */
  Mined revoke(String endpoint) throws IOException, InterruptedException, DemoFailureException {
    return send(RegistryAbi.SET_STATUS.call(raw(endpoint), BigInteger.valueOf(3)));
  }

  /** One more block on top, without a transaction. */
  long mine() throws IOException, InterruptedException {
    call("anvil_mine", "0x1");
    return Long.decode(call("eth_blockNumber").asString("0x0"));
  }

  private static byte[] raw(String endpoint) {
    return HexFormat.of().parseHex(Entry.idOf(endpoint).substring(2));
  }

  private Mined send(String data) throws IOException, InterruptedException, DemoFailureException {
    return shown(mined(transaction(data).put("to", contract)));
  }

  private ObjectNode transaction(String data) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("from", admin)
        .put("data", data)
        .put("gas", "0x989680");
  }

  private JsonNode mined(ObjectNode transaction)
      throws IOException, InterruptedException, DemoFailureException {
    String hash = call("eth_sendTransaction", transaction).asString("");
    Deadline deadline = Deadline.in(Clock.system(), PATIENCE);
    while (!deadline.passed()) {
      JsonNode receipt = call("eth_getTransactionReceipt", hash);
      if (receipt.isObject()) {
        if (receipt.path("status").asString("").equals("0x1")) return receipt;
        throw new DemoFailureException("the contract refused transaction " + hash);
      }
      Pause.system().sleep(LOOK);
    }
    throw new DemoFailureException("transaction " + hash + " was not mined");
  }

  private static Mined shown(JsonNode receipt) {
    return new Mined(
        receipt.path("transactionHash").asString(""),
        Long.decode(receipt.path("blockNumber").asString("0x0")));
  }

  private JsonNode call(String method, Object... params) throws IOException, InterruptedException {
    Map<String, Object> body =
        Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params));
    // Maps, lists, texts and trees only: nothing of ours is mapped by reflection.
    byte[] bytes = JSON.writeValueAsBytes(JSON.valueToTree(body));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
            .build();
    JsonNode answer =
        JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
    if (answer.has("error")) throw new IOException(method + ": " + answer.path("error"));
    return answer.path("result");
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
