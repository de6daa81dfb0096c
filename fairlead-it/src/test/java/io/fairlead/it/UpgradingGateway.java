package io.fairlead.it;

import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The built program in a folder of its own, replaced again and again. Ends every process it knows
 * of by its id.
 */
final class UpgradingGateway implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);

  /** An answer of the control API. */
  record Answer(int status, JsonNode body) {}

  private final Path dir;
  private final Proc first;
  private final Set<Long> pids = new LinkedHashSet<>();

  private UpgradingGateway(Path dir, Proc first) {
    this.dir = dir;
    this.first = first;
    pids.add(first.pid());
  }

  /**
   * Starts {@code fairlead run} on this configuration.
   *
   * @param yaml without {@code version}, {@code runtime} and {@code control}
   * @param port of a listener to wait for
   */
  static UpgradingGateway start(Launched fairlead, Path dir, String yaml, int port)
      throws Exception {
    Files.writeString(dir.resolve("fairlead.yaml"), whole(yaml));
    Proc first = fairlead.start(dir, "run", "-c", "fairlead.yaml", "--log-format", "json");
    UpgradingGateway gateway = new UpgradingGateway(dir, first);
    try {
      first.awaitPort(port, START);
      Awaitility.await().atMost(START).until(() -> Files.exists(dir.resolve("pid")));
      return gateway;
    } catch (Exception | AssertionError failure) {
      gateway.close();
      throw failure;
    }
  }

  static String whole(String yaml) {
    return """
        version: 1
        runtime:
          state_dir: state
          pid_file: pid
          drain: { stop: 5s, announce: 0s, http: 2s }
          upgrade: { allow_dir: bin }
        control: { listen: "127.0.0.1:0", socket: run/control.sock }
        """
        .concat(yaml);
  }

  /** Everything all processes have written so far. */
  String log() {
    return first.stderr();
  }

  Proc first() {
    return first;
  }

  /** The process that serves, by its pid file. */
  long pid() throws IOException {
    return Long.parseLong(Files.readString(dir.resolve("pid")).strip());
  }

  /** Asks for an upgrade over the control socket and waits for the answer. */
  Answer upgrade(String body) throws IOException {
    Answer answer = post("/v1/upgrade", body);
    if (answer.status() == 202) pids.add(answer.body().get("pid").longValue());
    return answer;
  }

  Answer post(String path, String body) throws IOException {
    return ask(
        "POST "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\nConnection: close\r\n\r\n"
            + body);
  }

  Answer get(String path) throws IOException {
    return ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private Answer ask(String request) throws IOException {
    try (RawClient client = RawClient.connect(dir.resolve("run/control.sock"))) {
      client.timeout(Duration.ofSeconds(90));
      String answer = client.send(request).readAllText();
      int end = answer.indexOf("\r\n\r\n");
      if (end < 0) throw new IOException("no answer: " + answer);
      String body = answer.substring(end + 4);
      boolean json = answer.substring(0, end).contains("json");
      ObjectMapper mapper = new ObjectMapper();
      return new Answer(
          Integer.parseInt(answer.substring(9, 12)),
          json ? mapper.readTree(body) : mapper.createObjectNode());
    }
  }

  /** One request on a connection of its own, read to its end. */
  static String fetch(int port, String path) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      socket.setTcpNoDelay(true);
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (SocketTimeoutException late) {
      throw new IOException("no answer in 20 s", late);
    }
  }

  @Override
  public void close() {
    try {
      pids.add(pid());
    } catch (IOException | NumberFormatException unknown) {
      // It never came so far, or ended in order.
    }
    // All of them before waiting for any: they share the pipes that are read here, and what waits
    // for
    // the end of a process waits for the end of its pipes.
    for (long pid : pids) ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                pids.stream()
                    .flatMap(pid -> ProcessHandle.of(pid).stream())
                    .noneMatch(ProcessHandle::isAlive));
    first.close();
  }
}
