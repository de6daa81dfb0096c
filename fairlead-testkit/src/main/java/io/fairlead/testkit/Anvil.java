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
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real Ethereum node for one test: anvil on a port of its own choice, mining only when told. HTTP
 * and WebSocket are on the same port.
 */
public final class Anvil implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(20);
  private static final Pattern LISTENING = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern RESULT = Pattern.compile("\"result\":(.*)}\\s*$", Pattern.DOTALL);

  private static final Pattern CONTRACT = Pattern.compile("\"contractAddress\":\"(0x[0-9a-f]{40})");

  /** Deploys: push 31, copy, return; then: for (i = 0; i < calldata[0]; i++) log1(i, 0xaa). */
  private static final String LOGGER =
      "0x601f600c600039601f6000f3"
          + "60005b806000351115601d578060005260aa60206000a16001016002565b00";

  private final Proc process;
  private final int port;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Anvil(Proc process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one that mines only when told; more arguments as anvil takes them. */
  public static Anvil start(String... arguments) throws IOException, InterruptedException {
    return startOn(0, arguments);
  }

  /** The same on a given port: for a node that comes back. */
  public static Anvil startOn(int port, String... arguments)
      throws IOException, InterruptedException {
    Path program = Peers.require("anvil");
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of("--port", Integer.toString(port), "--no-mining"));
    command.addAll(List.of(arguments));
    Proc process = Proc.start(command, Path.of("").toAbsolutePath(), Map.of("NO_COLOR", "1"));
    process.awaitLine("Listening on", START_MAX);
    Matcher matcher = LISTENING.matcher(process.stdout());
    if (!matcher.find()) {
      process.close();
      throw new IOException("anvil says no port: " + process.stdout());
    }
    return new Anvil(process, Integer.parseInt(matcher.group(1)));
  }

  /** Another program that understands the same requests. */
  static Anvil of(Proc process, int port) {
    return new Anvil(process, port);
  }

  public int port() {
    return port;
  }

  public String ws() {
    return "ws://127.0.0.1:" + port;
  }

  public String http() {
    return "http://127.0.0.1:" + port;
  }

  /**
   * Asks over HTTP.
   *
   * @param params a JSON array
   * @return the result, as JSON text
   */
  public String rpc(String method, String params) throws IOException, InterruptedException {
    String body =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":" + params + "}";
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(http()))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    Matcher result = RESULT.matcher(answer.body());
    if (!result.find()) throw new IOException(method + ": " + answer.body());
    return result.group(1);
  }

  /** Mines so many empty blocks, or those with what is pending. */
  public void mine(int blocks) throws IOException, InterruptedException {
    for (int i = 0; i < blocks; i++) rpc("evm_mine", "[]");
  }

  /** The first of the node's own accounts, which it signs for. */
  public String account() throws IOException, InterruptedException {
    return rpc("eth_accounts", "[]").substring(2, 44);
  }

  /**
   * Puts a contract on the chain that emits, when called with a number, so many logs with the topic
   * 0xaa and their index as data. Mines one block.
   *
   * @return its address
   */
  public String deployLogger() throws IOException, InterruptedException {
    String hash =
        rpc(
            "eth_sendTransaction",
            "[{\"from\":\"" + account() + "\",\"gas\":\"0xf4240\",\"data\":\"" + LOGGER + "\"}]");
    mine(1);
    String receipt = rpc("eth_getTransactionReceipt", "[" + hash + "]");
    Matcher address = CONTRACT.matcher(receipt);
    if (!address.find()) throw new IOException("no contract: " + receipt);
    return address.group(1);
  }

  /**
   * Lets the contract emit so many logs in the next block.
   *
   * @return the transaction's hash
   */
  public String emit(String contract, int logs) throws IOException, InterruptedException {
    String data = String.format("0x%064x", logs);
    String gas = "0x" + Long.toHexString(100_000L + 2_000L * logs);
    String hash =
        rpc(
            "eth_sendTransaction",
            "[{\"from\":\""
                + account()
                + "\",\"to\":\""
                + contract
                + "\",\"gas\":\""
                + gas
                + "\",\"data\":\""
                + data
                + "\"}]");
    return hash.substring(1, hash.length() - 1);
  }

  /** Sends a signal to the node by name, such as {@code "STOP"}. */
  public void signal(String name) throws IOException, InterruptedException {
    process.signal(name);
  }

  /** Waits until it ended by itself. */
  public void awaitExit() throws InterruptedException {
    process.awaitExit(START_MAX);
  }

  /** Ends it, and waits until its port is free. */
  @Override
  public void close() {
    process.close();
    http.close();
  }
}
