package io.fairlead.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A chain of our own: the development node {@code anvil} on a free port, which mines when it is
 * told to, unless it is started with a pace. Ten accounts are funded and unlocked. Thread-safe.
 */
public final class DevChain implements AutoCloseable {
  public static final long CHAIN_ID = 31_337;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Of the node's output: it has a line for each request. */
  private static final int LINES = 1_000;

  private static final Pattern LISTENING = Pattern.compile("Listening on [^:]+:([0-9]+)");

  private final Proc node;
  private final int port;
  private final List<String> accounts = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private DevChain(Proc node, int port) throws IOException, InterruptedException {
    this.node = node;
    this.port = port;
    for (JsonNode account : call("eth_accounts")) accounts.add(account.asString(""));
  }

  /**
   * Starts a node.
   *
   * @param options of anvil, e.g. {@code --block-time 1}; without {@code --block-time} every
   *     transaction is mined at once
   */
  public static DevChain start(String... options) throws IOException, InterruptedException {
    return start(0, options);
  }

  /**
   * Starts a node on a port, e.g. that of a former one.
   *
   * @param port 0 for a free one
   */
  public static DevChain start(int port, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Peers.require("anvil").toString());
    command.addAll(List.of("--port", Integer.toString(port), "--accounts", "10"));
    command.addAll(List.of("--gas-limit", "4000000000"));
    command.addAll(List.of("--chain-id", Long.toString(CHAIN_ID)));
    command.addAll(List.of(options));
    Proc node = Proc.start(command, Path.of("").toAbsolutePath(), Map.of());
    try {
      Matcher line = LISTENING.matcher(node.awaitLine("Listening on", PATIENCE));
      if (!line.find()) throw new AssertionError("anvil does not say where it listens");
      node.keepLast(LINES);
      return new DevChain(node, Integer.parseInt(line.group(1)));
    } catch (AssertionError | IOException | InterruptedException failure) {
      node.close();
      throw failure;
    }
  }

  public int port() {
    return port;
  }

  /** {@code http://…}; the same port takes WebSockets. */
  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** {@code ws://…}. */
  public String webSocketUrl() {
    return "ws://127.0.0.1:" + port;
  }

  /** One of the funded accounts, 20 bytes as {@code 0x…}. */
  public String account(int index) {
    return accounts.get(index).toLowerCase(Locale.ROOT);
  }

  /** Process id of the node, to stop and continue it. */
  public long pid() {
    return node.pid();
  }

  /**
   * Calls a method of the node.
   *
   * @param params texts, numbers, booleans, maps and lists
   * @throws IOException also when it answers with an error, whose text is the message
   */
  public JsonNode call(String method, Object... params) throws IOException, InterruptedException {
    JsonNode answer =
        answer(
            JSON.valueToTree(
                Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params))));
    if (answer.has("error")) throw new IOException(answer.path("error").toString());
    return answer.path("result");
  }

  /** What the node says to a request, word for word, be it an error. */
  public JsonNode answer(JsonNode request) throws IOException, InterruptedException {
    HttpRequest sent =
        HttpRequest.newBuilder(URI.create(url()))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(request)))
            .build();
    return JSON.readTree(client.send(sent, HttpResponse.BodyHandlers.ofByteArray()).body());
  }

  /**
   * Sends a transaction of an unlocked account and returns its hash.
   *
   * @param to empty to deploy
   */
  public String send(String from, String to, String data) throws IOException, InterruptedException {
    Map<String, Object> transaction =
        to.isEmpty()
            ? Map.of("from", from, "data", data, "gas", "0x989680")
            : Map.of("from", from, "to", to, "data", data, "gas", "0x1312d00");
    return call("eth_sendTransaction", transaction).asString("");
  }

  /** Sends a transaction, and waits until it is mined without an error. */
  public JsonNode transact(String from, String to, String data)
      throws IOException, InterruptedException {
    String hash = send(from, to, data);
    JsonNode receipt = receipt(hash);
    if (!receipt.path("status").asString("").equals("0x1")) {
      throw new IOException("reverted: " + receipt);
    }
    return receipt;
  }

  /** The receipt of a transaction; waits until it is mined. */
  public JsonNode receipt(String hash) throws IOException, InterruptedException {
    for (int i = 0; i < 2_000; i++) {
      JsonNode receipt = call("eth_getTransactionReceipt", hash);
      if (receipt.isObject()) return receipt;
      if (node.endsWithin(Duration.ofMillis(10))) break;
    }
    throw new AssertionError("not mined: " + hash);
  }

  /** Mines blocks. */
  public void mine(int blocks) throws IOException, InterruptedException {
    call("anvil_mine", "0x" + Integer.toHexString(blocks));
  }

  /** The number of the newest block. */
  public long head() throws IOException, InterruptedException {
    return Long.decode(call("eth_blockNumber").asString("0x0"));
  }

  /** Ends the node in peace: with {@code --state} it keeps its chain. */
  public void stop() throws IOException, InterruptedException {
    node.signal("TERM");
    node.awaitExit(PATIENCE);
  }

  @Override
  public void close() {
    client.shutdownNow();
    node.close();
  }
}
