package io.fairlead.control;

import io.fairlead.control.access.ControlToken;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A control server on a free port and a socket in a directory of its own, with a fake gateway. */
final class ControlFixture implements AutoCloseable {
  final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final ConnectionRegistry connections =
      new ConnectionRegistry(Clock.system(), new Meters(new SimpleMeterRegistry()));
  final FakeGateway gateway = new FakeGateway(connections);
  final AuditLines audit = new AuditLines();
  final Path socket;
  final String token;
  final ControlServer server;

  ControlFixture(Path directory) throws Exception {
    this(directory, "");
  }

  /**
   * @param more keys of the section {@code control}, as YAML
   */
  ControlFixture(Path directory, String more) throws Exception {
    this.socket = directory.resolve("run/control.sock");
    ControlToken made = ControlToken.loadOrCreate(directory.resolve("state"), Randomness.system());
    this.token = Files.readString(made.file()).strip();
    this.server =
        new ControlServer(
            settings(more),
            made,
            new ControlServer.Behind(gateway, List.of(), audit),
            new Http1Edge(Clock.system(), new Meters(registry)),
            registry,
            Clock.system());
    server.start();
  }

  /** Lines of the audit trail, in their order. */
  static final class AuditLines implements AuditTrail {
    final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void record(String kind, Map<String, ?> fields) {
      lines.add(kind + " " + fields);
    }
  }

  /** The doors of this fixture and {@code more} keys. */
  ControlServer.Settings settings(String more) {
    return read("listen: \"127.0.0.1:0\"\nsocket: " + socket + "\n" + more);
  }

  /** A section {@code control} that is valid, with the certificate in the folder of the socket. */
  ControlServer.Settings read(String yaml) {
    ControlConfig config =
        ConfigReader.read(
                ControlConfig.TYPE,
                new ConfigSource("fairlead.yaml", yaml, socket.getParent().getParent()),
                Environment.withVariables(Map.of()))
            .value()
            .orElseThrow();
    return new ControlServer.Settings(config, Optional.empty());
  }

  int port() {
    return ((InetSocketAddress) server.addresses().getFirst()).getPort();
  }

  /** One request with the token over TCP; lines like {@code "Accept: x"}. */
  Response ask(String method, String target, String... lines) throws IOException {
    String[] more = java.util.Arrays.copyOf(lines, lines.length + 1);
    more[lines.length] = "Authorization: Bearer " + token;
    return bare(method, target, more);
  }

  /** One request without credentials over TCP. */
  Response bare(String method, String target, String... lines) throws IOException {
    try (RawClient client = RawClient.connect(port())) {
      return exchange(client, "127.0.0.1:" + port(), method, target, "", lines);
    }
  }

  /** One request with a body and the token. */
  Response post(String target, String body, String... lines) throws IOException {
    String[] more = java.util.Arrays.copyOf(lines, lines.length + 1);
    more[lines.length] = "Authorization: Bearer " + token;
    try (RawClient client = RawClient.connect(port())) {
      return exchange(client, "127.0.0.1:" + port(), "POST", target, body, more);
    }
  }

  /** One request over the unix socket. */
  Response local(String method, String target, String... lines) throws IOException {
    try (RawClient client = RawClient.connect(socket)) {
      return exchange(client, "localhost", method, target, "", lines);
    }
  }

  /** Lets a {@code Host} among the lines replace the usual one. */
  static Response exchange(
      RawClient client, String host, String method, String target, String body, String... lines)
      throws IOException {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    boolean hosted = false;
    for (String line : lines) {
      hosted |= line.startsWith("Host:");
      head.append(line).append("\r\n");
    }
    if (!hosted) head.append("Host: ").append(host).append("\r\n");
    if (!body.isEmpty()) head.append("Content-Length: ").append(body.length()).append("\r\n");
    client.send(head + "\r\n" + body);
    return client.readResponse(method);
  }

  @Override
  public void close() {
    server.close();
  }
}
