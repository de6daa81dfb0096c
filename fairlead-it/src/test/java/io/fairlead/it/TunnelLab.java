package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A tunnel server in a gateway of its own, and agents in others. */
final class TunnelLab implements AutoCloseable {
  private GatewayFixture server;
  private final List<GatewayFixture> agents = new ArrayList<>();

  private TunnelLab(GatewayFixture server) {
    this.server = server;
  }

  /**
   * @param expose of the section of that name, without braces
   * @param more further sections, or empty
   */
  static TunnelLab start(String expose, String more) throws Exception {
    return startWith("agents: []", expose, more);
  }

  /** Around a server that is there. */
  static TunnelLab of(GatewayFixture server) {
    return new TunnelLab(server);
  }

  /** Ends the server's process, and begins another one with its folder. */
  void startAgain() throws Exception {
    server = GatewayFixture.again(server.stopAndKeep());
  }

  /**
   * @param keys of {@code tunnels.server}, lines of four blanks
   */
  static TunnelLab startWith(String keys, String expose, String more) throws Exception {
    return new TunnelLab(
        GatewayFixture.start(
            """
            # quick
            certs: { local: { internal: true, hosts: [localhost] } }
            tunnels:
              server:
                listen: 127.0.0.1:0
                tls: { cert: local }
                %s
                expose: { %s }
            %s
            """
                .formatted(keys, expose, more)));
  }

  /** One agent whose http service answers for these hosts at the listener {@code web}. */
  static TunnelLab site(int service, String... hosts) throws Exception {
    TunnelLab lab =
        start(
            "http: web",
            """
            limits: { connections_per_ip: off, new_connections_per_ip: off }
            listeners:
              web: { bind: 127.0.0.1:0, proto: http, service: web }
            http:
              web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200 } } ] }
            """);
    try {
      String quoted = "[\"" + String.join("\", \"", hosts) + "\"]";
      lab.agentWith(
          "token: !secret \"" + lab.token("box", ",\"http_hosts\":" + quoted) + "\"",
          "name: web, type: http, hosts: "
              + quoted
              + ", destination: \"127.0.0.1:"
              + service
              + "\"");
      lab.awaitReport("http://" + hosts[hosts.length - 1]);
      return lab;
    } catch (Exception | AssertionError failure) {
      lab.close();
      throw failure;
    }
  }

  GatewayFixture server() {
    return server;
  }

  int carrierPort() {
    return server.port("tunnels/server");
  }

  /** Makes a token; {@code more} are members of the request's body behind a comma, or empty. */
  String token(String name, String more) throws IOException {
    var answer =
        server
            .api()
            .send(
                "POST",
                "/v1/tunnel-tokens",
                "{\"name\":\"" + name + "\"" + more + "}",
                "Content-Type: application/json");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return ControlApi.value(answer, "token");
  }

  /**
   * Starts an agent with a fresh token.
   *
   * @param services lines of the list {@code services}
   */
  GatewayFixture agent(String name, String... services) throws Exception {
    return agentWith("token: !secret \"" + token(name, "") + "\"", services);
  }

  /** The same with what it proves itself by. */
  GatewayFixture agentWith(String keys, String... services) throws Exception {
    GatewayFixture agent = GatewayFixture.start(agentYaml(keys, services));
    agents.add(agent);
    return agent;
  }

  String agentYaml(String keys, String... services) {
    StringBuilder yaml =
        new StringBuilder(
            """
            # quick
            tunnels:
              agent:
                servers: ["127.0.0.1:%d"]
                %s
                services:
            """
                .formatted(carrierPort(), keys));
    for (String service : services) yaml.append("      - { ").append(service).append(" }\n");
    if (services.length == 0) yaml.append("      []\n");
    return yaml.toString();
  }

  String report() throws IOException {
    return server.api().get("/v1/tunnels").text();
  }

  /** Where a service is, once it is there: host and port of a tcp or udp service. */
  int port(String agent, String service) {
    Pattern form =
        Pattern.compile(
            "\"name\":\""
                + service
                + "\",\"type\":\"(?:tcp|udp)\",\"at\":\\[\"(?:tcp|udp)://[^:]+:([0-9]+)\"\\]");
    return await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () -> {
              String report = report();
              int from = report.indexOf("\"name\":\"" + agent + "\"");
              if (from < 0) return Optional.<Integer>empty();
              Matcher found = form.matcher(report.substring(from));
              return found.find()
                  ? Optional.of(Integer.valueOf(found.group(1)))
                  : Optional.<Integer>empty();
            },
            Optional::isPresent)
        .orElseThrow();
  }

  /** Waits until the server's report has this text. */
  void awaitReport(String text) {
    await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> assertThat(report()).contains(text));
  }

  /** A port that nobody has now. */
  static int freePort() {
    return FreePorts.one();
  }

  /** A range of ports, none of which anybody has now. */
  static String freePorts(int count) {
    int first = FreePorts.inARow(count);
    return first + "-" + (first + count - 1);
  }

  /** Connects to a port of the server. */
  static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    return socket;
  }

  /**
   * From another address of this machine, so that its visits are counted apart from the agents'.
   */
  static Socket connect(int port, String from) throws IOException {
    Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.ofLiteral(from), 0);
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** Sends a text through a port and gives what comes back for it. */
  static String echo(int port, String text) throws IOException {
    try (Socket socket = connect(port)) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      socket.getOutputStream().write(bytes);
      return new String(socket.getInputStream().readNBytes(bytes.length), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    agents.forEach(GatewayFixture::close);
    server.close();
  }
}
