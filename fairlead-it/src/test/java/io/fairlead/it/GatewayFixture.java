package io.fairlead.it;

import io.fairlead.app.Gateway;
import io.fairlead.core.config.Environment;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A gateway of this JVM on port 0, in a folder of its own that goes with it.
 *
 * <pre>{@code
 * try (var gateway = GatewayFixture.start("listeners: {...}")) {
 *   gateway.client("web").send("GET / HTTP/1.1\r\n...");
 * }
 * }</pre>
 */
public final class GatewayFixture implements AutoCloseable {
  private final Path dir;
  private final Gateway gateway;

  private GatewayFixture(Path dir, Gateway gateway) {
    this.dir = dir;
    this.gateway = gateway;
  }

  /**
   * Starts a gateway.
   *
   * @param yaml the configuration without {@code version}, {@code runtime} and {@code control},
   *     which the fixture adds; {@code @DIR@} stands for its folder, a remark {@code # watched}
   *     asks for a watch on the file, and {@code # quick} for drains that end within a moment
   */
  public static GatewayFixture start(String yaml) throws Exception {
    return start(yaml, Clock.system());
  }

  /** The same by a clock of the test's. */
  public static GatewayFixture start(String yaml, Clock clock) throws Exception {
    return start(yaml, clock, Environment.ofProcess());
  }

  /** The same on a machine of the test's. */
  public static GatewayFixture start(String yaml, Clock clock, Environment machine)
      throws Exception {
    return start(Files.createTempDirectory("fairlead-it"), yaml, clock, machine);
  }

  /** The same in a folder that already holds the files the configuration names. */
  public static GatewayFixture start(Path dir, String yaml) throws Exception {
    return start(dir, yaml, Clock.system(), Environment.ofProcess());
  }

  private static GatewayFixture start(Path dir, String yaml, Clock clock, Environment machine)
      throws Exception {
    Path file = dir.resolve("fairlead.yaml");
    Files.writeString(file, whole(dir, yaml));
    try {
      Gateway gateway = Gateway.open(file, machine, clock);
      try {
        gateway.start();
      } catch (Exception failure) {
        gateway.close();
        throw failure;
      }
      return new GatewayFixture(dir, gateway);
    } catch (Exception refused) {
      remove(dir);
      throw refused;
    }
  }

  /** Starts once more in a folder that an earlier one left by {@link #stopAndKeep}. */
  public static GatewayFixture again(Path dir) throws Exception {
    return again(dir, Clock.system());
  }

  /** The same by a clock of the test's. */
  public static GatewayFixture again(Path dir, Clock clock) throws Exception {
    Gateway gateway = Gateway.open(dir.resolve("fairlead.yaml"), Environment.ofProcess(), clock);
    try {
      gateway.start();
    } catch (Exception failure) {
      gateway.close();
      throw failure;
    }
    return new GatewayFixture(dir, gateway);
  }

  /** Ends the gateway and leaves its folder. */
  public Path stopAndKeep() throws InterruptedException {
    gateway.drain(Deadline.in(Clock.system(), Duration.ZERO));
    gateway.close();
    return dir;
  }

  /** The control API, asked with the token. */
  public ControlApi api() throws IOException {
    return new ControlApi(controlPort(), token());
  }

  /** The text of a configuration file as the fixture writes it. */
  public static String whole(Path dir, String yaml) {
    return """
    version: 1
    runtime: { state_dir: @DIR@/state, drain: { stop: 5s, announce: 0s@DRAIN@ }@MORE@ }
    control: { listen: "127.0.0.1:0", socket: @DIR@/run/control.sock }
    """
        .replace("@DRAIN@", yaml.contains("# quick") ? ", http: 300ms, stream: 300ms" : "")
        .replace("@MORE@", yaml.contains("# watched") ? ", watch: true" : "")
        .concat(yaml)
        .concat(shedsNothing(yaml))
        .replace("@DIR@", dir.toString());
  }

  /** A busy machine is no reason to refuse a test's request, unless the test sets limits itself. */
  private static String shedsNothing(String yaml) {
    boolean own = yaml.lines().anyMatch(line -> line.startsWith("limits:"));
    return own ? "" : "\nlimits: { event_loop_delay: off }\n";
  }

  public Gateway gateway() {
    return gateway;
  }

  public Path dir() {
    return dir;
  }

  public Path configFile() {
    return dir.resolve("fairlead.yaml");
  }

  public Path controlSocket() {
    return dir.resolve("run/control.sock");
  }

  /** Bearer token of the control API. */
  public String token() throws IOException {
    return Files.readString(dir.resolve("state/control.token")).strip();
  }

  /** Port a listener is bound to. */
  public int port(String listener) {
    return gateway.listeners().bound().stream()
        .filter(bound -> bound.id().equals(listener))
        .flatMap(bound -> bound.addresses().stream())
        .map(address -> ((InetSocketAddress) address).getPort())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no listener " + listener));
  }

  public int controlPort() {
    return gateway.control().addresses().stream()
        .filter(InetSocketAddress.class::isInstance)
        .map(door -> ((InetSocketAddress) door).getPort())
        .findFirst()
        .orElseThrow();
  }

  /** A raw connection to a listener. */
  public RawClient client(String listener) throws IOException {
    return RawClient.connect(port(listener));
  }

  /** Replaces the configuration by rename, as careful editors do. */
  public void replaceConfig(String yaml) throws IOException {
    replace(configFile(), whole(dir, yaml));
  }

  /** Replaces any file of the folder by rename. */
  public static void replace(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** {@code GET path} on the control port, as plain curl sends it. */
  public StrictHttpParser.Response control(String path, String... fieldLines) throws IOException {
    try (RawClient client = RawClient.connect(controlPort())) {
      StringBuilder head =
          new StringBuilder(
              "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + controlPort() + "\r\n");
      for (String line : fieldLines) head.append(line).append("\r\n");
      return client.send(head + "User-Agent: curl/8\r\nAccept: */*\r\n\r\n").readResponse();
    }
  }

  @Override
  public void close() {
    try {
      gateway.drain(Deadline.in(Clock.system(), Duration.ZERO));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    gateway.close();
    remove(dir);
  }

  private static void remove(Path dir) {
    if (!Files.exists(dir)) return; // another fixture had it last
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
