package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.Gateway;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.config.Environment;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A gateway of this JVM with users and tokens at its control API and one live connection that a
 * forged request could cut; tells whether anything was changed, by the audit file.
 */
final class Guarded implements AutoCloseable {
  static final String PASSWORD = "open sesame";

  /** Sections whose parts have routes of their own: with them a forged request could do harm. */
  static final String ALL_PARTS =
      """
      mqtt: { persistence: { durability: memory } }
      relay: { listen: [], reachability: { mode: private } }
      certs: { local: { internal: true, hosts: [localhost] } }
      tunnels: { server: { listen: "127.0.0.1:0", tls: { cert: local }, agents: [] } }
      registry: { sources: [ { name: people, type: file, path: members.json } ] }
      """;

  /** A path of each part that changes something by the control API. */
  static final List<String> PATHS_OF_PARTS =
      List.of(
          "/v1/reload",
          "/v1/stop",
          "/stop",
          "/v1/config/source",
          "/v1/config/effective/{path...}",
          "/v1/upgrade",
          "/v1/connections/{id}",
          "/v1/mqtt/publish",
          "/v1/mqtt/retained",
          "/v1/mqtt/clients/{id}",
          "/v1/mqtt/traces",
          "/v1/tunnels/{agent}",
          "/v1/tunnel-tokens",
          "/v1/relay/reserve",
          "/v1/relay/peers/{peer}",
          "/v1/registry/sync",
          "/v1/certs/{id}/renew");

  private final Path dir;
  private final Gateway gateway;
  private final RawClient victim;
  private final long generation;

  private Guarded(Path dir, Gateway gateway) throws IOException {
    this.dir = dir;
    this.gateway = gateway;
    InetSocketAddress echo =
        (InetSocketAddress) gateway.listeners().bound().getFirst().addresses().getFirst();
    this.victim = RawClient.connect(echo);
    this.generation = generation();
  }

  /**
   * Starts it.
   *
   * @param control keys of the section, each line indented by two
   * @param more other sections
   */
  static Guarded start(Path dir, String control, String more) throws Exception {
    Files.writeString(dir.resolve("users.pw"), "ann:" + Pem.passwordHash(PASSWORD) + "\n");
    Files.writeString(dir.resolve("members.json"), "[]");
    Files.writeString(
        dir.resolve("fairlead.yaml"),
        """
        version: 1
        runtime: { state_dir: state, drain: { stop: 5s, announce: 0s } }
        listeners: { echo: { bind: "127.0.0.1:0", proto: echo } }
        control:
          listen: "127.0.0.1:0"
          socket: run/control.sock
          users: [ { name: ann, role: admin, password_file: users.pw } ]
        """
            + control
            + more);
    Gateway gateway =
        Gateway.open(dir.resolve("fairlead.yaml"), Environment.ofProcess(), Clock.system());
    try {
      gateway.start();
      return new Guarded(dir, gateway);
    } catch (Exception failure) {
      gateway.close();
      throw failure;
    }
  }

  Gateway gateway() {
    return gateway;
  }

  int port() {
    return ((InetSocketAddress) gateway.control().addresses().getFirst()).getPort();
  }

  Path socket() {
    return dir.resolve("run/control.sock");
  }

  String token() throws IOException {
    return Files.readString(dir.resolve("state/control.token")).strip();
  }

  /** Every route that changes something, whoever added it. */
  List<Route> changes() {
    return gateway.control().router().routes().stream().filter(Route::changes).toList();
  }

  /** A path that a route answers. */
  static String pathOf(Route route) {
    return route.template().replaceAll("/\\{[^}]*\\.\\.\\.}", "/a/b").replaceAll("\\{[^}]*}", "1");
  }

  /** The session cookie and the CSRF token of a new login, as field lines. */
  List<String> login() throws IOException {
    String body = "{\"user\":\"ann\",\"password\":\"" + PASSWORD + "\"}";
    try (RawClient client = RawClient.connect(port())) {
      Response answer =
          client
              .send(
                  "POST /v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      + "Content-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
              .readResponse();
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      Matcher csrf = Pattern.compile("\"csrf\":\"([^\"]+)\"").matcher(answer.text());
      assertThat(csrf.find()).isTrue();
      String cookie = answer.field("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
      return List.of("Cookie: " + cookie, "X-Fairlead-CSRF: " + csrf.group(1));
    }
  }

  /** Fails when a change was made since the start, by whatever road. */
  void assertNothingHappened() throws IOException {
    assertThat(gateway.stopRequested()).isFalse();
    assertThat(generation()).isEqualTo(generation);
    assertThat(Files.readAllLines(dir.resolve("state/audit.log")))
        .noneMatch(line -> line.contains("\"kind\":\"config.reload\""))
        .noneMatch(line -> line.contains("\"kind\":\"process.stop\""))
        .noneMatch(line -> line.contains("\"kind\":\"control.action\""));
    victim.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(victim.readResponse().status()).isEqualTo(200);
  }

  List<String> audit() throws IOException {
    return Files.readAllLines(dir.resolve("state/audit.log"));
  }

  private long generation() {
    return gateway.configuration().running().current().snapshot().version();
  }

  @Override
  public void close() {
    try {
      victim.close();
      gateway.drain(Deadline.in(Clock.system(), Duration.ZERO));
    } catch (IOException _) {
      // The gateway goes anyway.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    gateway.close();
  }
}
