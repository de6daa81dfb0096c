package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A list says who and where; the gateway follows, at once and without a reload. */
class RegistryIT {
  private static final String ALICE = "0x" + "a1".repeat(32);
  private static final String BOB = "0x" + "b0".repeat(32);
  private static String hash;

  @BeforeAll
  static void hashOnePassword() throws Exception {
    try (Proc openssl =
        Proc.start(
            Peers.require("openssl").toString(), "passwd", "-6", "-salt", "fairlead", "pw")) {
      openssl.awaitExit(Duration.ofSeconds(20));
      hash = openssl.stdout().strip();
    }
  }

  @Test
  void aRevokedEntrysTunnelIsCutWithinASecondWithOneAuditLine() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(folder(users("active", "active")), USERS)) {
      inSync(gateway, "users");
      try (RawClient alice = tunnel(gateway, "alice", far.port("echo"));
          RawClient bob = tunnel(gateway, "bob", far.port("echo"))) {
        echo(alice);
        echo(bob);
        long start = System.nanoTime();
        GatewayFixture.replace(gateway.dir().resolve("list.json"), users("revoked", "active"));
        alice.timeout(Duration.ofSeconds(5)).awaitEnd();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));

        StrictHttpParser.Response refused = connect(gateway, "alice", far.port("echo"));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.field("X-Fairlead-Error")).contains("not_entitled");
        echo(bob);
        inSync(gateway, "users");
        assertThat(auditLines(gateway, ALICE))
            .filteredOn(line -> !line.contains("\"op\":\"add\""))
            .singleElement()
            .satisfies(
                line -> {
                  assertThat(line).contains("\"op\":\"revoke\"").contains("\"proxy_flows\":1");
                  assertThat(line).contains("\"position\":\"sha256:");
                });
      }
    }
  }

  @Test
  void theLastGoodListHoldsAcrossARestartWithoutItsSource() throws Exception {
    Path dir = folder(users("active", "active"));
    Path kept = Files.createTempDirectory("fairlead-kept");
    try (var gateway = GatewayFixture.start(dir, USERS)) {
      inSync(gateway, "users");
      Files.copy(dir.resolve("state/registry.json"), kept.resolve("registry.json"));
    }
    Path again = folder("");
    Files.createDirectories(again.resolve("state"));
    Files.copy(kept.resolve("registry.json"), again.resolve("state/registry.json"));
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(again, USERS);
        RawClient alice = tunnel(gateway, "alice", far.port("echo"))) {
      echo(alice);
      await().until(() -> status(gateway, "users").state() == TargetState.STALE);
      assertThat(status(gateway, "users").why()).contains("zero bytes");
      echo(alice);
      assertThat(gateway.control("/v1/status", bearer(gateway)).text()).contains("stale");
    }
  }

  @Test
  void anAccountThatIsRevokedFromTheStartIsDenied() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(folder(users("active", "revoked")), USERS)) {
      inSync(gateway, "users");
      assertThat(connect(gateway, "alice", far.port("echo")).status()).isEqualTo(200);
      assertThat(connect(gateway, "bob", far.port("echo")).status()).isEqualTo(403);
    }
  }

  @Test
  void anUpstreamFollowsItsList() throws Exception {
    try (var one = RecordingServer.http(_ -> RecordingServer.response(200, "one"));
        var two = RecordingServer.http(_ -> RecordingServer.response(200, "two"))) {
      Path dir = Files.createTempDirectory("fairlead-it");
      Files.writeString(dir.resolve("list"), "127.0.0.1:" + one.port() + "\n");
      try (var gateway = GatewayFixture.start(dir, UPSTREAM)) {
        inSync(gateway, "web");
        assertThat(get(gateway)).isEqualTo("one");
        GatewayFixture.replace(dir.resolve("list"), "127.0.0.1:" + two.port() + "\n");
        await().atMost(Duration.ofSeconds(5)).until(() -> get(gateway).equals("two"));
        GatewayFixture.replace(dir.resolve("list"), "# empty\n");
        await().until(() -> status(gateway, "web").state() == TargetState.HOLD);
        assertThat(get(gateway)).isEqualTo("two");
        String plan = status(gateway, "web").open().orElseThrow().id();
        assertThat(gateway.gateway().registry().approve(plan, "test")).isTrue();
        await().until(() -> status(gateway, "web").state() == TargetState.IN_SYNC);
        assertThat(statusOf(gateway)).isEqualTo(503);
      }
    }
  }

  @Test
  void theControlApiShowsWhatIsHeldAndLetsItGoOn() throws Exception {
    try (var gateway = GatewayFixture.start(folder(users("active", "active")), USERS)) {
      inSync(gateway, "users");
      GatewayFixture.replace(gateway.dir().resolve("list.json"), "[]");
      await().until(() -> status(gateway, "users").state() == TargetState.HOLD);
      String bearer = bearer(gateway);
      assertThat(gateway.control("/v1/registry", bearer).text())
          .contains("\"rail\":\"empty\"")
          .contains("\"name\":\"main\"");
      assertThat(gateway.control("/v1/registry/sources/main/entries", bearer).text())
          .contains("\"entries\":[]");
      assertThat(gateway.control("/v1/registry/targets/users/diff", bearer).text())
          .contains("\"op\":\"remove\"");
      assertThat(gateway.control("/v1/registry/targets/none/diff", bearer).status()).isEqualTo(404);
      assertThat(gateway.control("/v1/registry").status()).isIn(401, 403);
      String plan = status(gateway, "users").open().orElseThrow().id();
      assertThat(post(gateway, "/v1/registry/plans/p-0/approve").status()).isEqualTo(404);
      assertThat(post(gateway, "/v1/registry/plans/" + plan + "/approve").status()).isEqualTo(200);
      assertThat(post(gateway, "/v1/registry/sync").status()).isEqualTo(200);
      await().until(() -> status(gateway, "users").state() == TargetState.IN_SYNC);
      assertThat(gateway.control("/v1/registry/audit", bearer).text()).contains("approve");
    }
  }

  @Test
  void theCommandLineTellsByItsExitCode() throws Exception {
    try (var gateway = GatewayFixture.start(folder(users("active", "active")), USERS)) {
      inSync(gateway, "users");
      String control = "unix:" + gateway.controlSocket();
      assertThat(registry(gateway, "status", "--control", control).exit()).isZero();
      assertThat(registry(gateway, "diff", "--offline").exit()).isZero();
      GatewayFixture.replace(gateway.dir().resolve("list.json"), "[]");
      CommandLine.Outcome held = registry(gateway, "sync", "--control", control);
      assertThat(held.exit()).as(held.err()).isEqualTo(3);
      assertThat(held.out()).contains("target users  hold").contains("- alice  (removed)");
      assertThat(registry(gateway, "diff", "--offline").exit()).isEqualTo(2);
      assertThat(registry(gateway, "sync", "--force-empty", "--control", control).exit()).isZero();
      assertThat(registry(gateway, "history", "--control", control).out()).contains("approve");
    }
  }

  @Test
  void whoWatchesIsToldAsItHappens() throws Exception {
    try (var gateway = GatewayFixture.start(folder(users("active", "active")), USERS)) {
      inSync(gateway, "users");
      String control = "unix:" + gateway.controlSocket();
      FutureTask<CommandLine.Outcome> watching =
          new FutureTask<>(() -> registry(gateway, "watch", "--control", control));
      Thread watcher = Thread.ofPlatform().start(watching);
      await().until(() -> metric(gateway, "fairlead_control_event_watchers") == 1);
      GatewayFixture.replace(gateway.dir().resolve("list.json"), users("revoked", "active"));
      await().until(() -> status(gateway, "users").lines() == 1);
      GatewayFixture.replace(gateway.dir().resolve("list.json"), "[]");
      await().until(() -> status(gateway, "users").state() == TargetState.HOLD);
      // What it was told of before is on its way; a word of ours comes last.
      String plan = status(gateway, "users").open().orElseThrow().id();
      assertThat(gateway.gateway().registry().approve(plan, "test")).isTrue();
      await().until(() -> status(gateway, "users").state() == TargetState.IN_SYNC);
      watcher.interrupt();
      CommandLine.Outcome seen = watching.get(20, TimeUnit.SECONDS);
      assertThat(seen.exit()).as(seen.err()).isNotZero();
      assertThat(seen.out().lines().toList())
          .first()
          .asString()
          .startsWith("target users  in_sync  2 lines");
      assertThat(seen.out()).contains("target users  revoke  alice  (revoked)");
      assertThat(seen.out())
          .containsPattern("target users  hold  plan p-[0-9a-f]+  the list would");
    }
  }

  private static double metric(GatewayFixture gateway, String name) throws IOException {
    return gateway
        .control("/metrics", bearer(gateway))
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(-1);
  }

  private static CommandLine.Outcome registry(GatewayFixture gateway, String... words) {
    List<String> all = new java.util.ArrayList<>(List.of("registry"));
    all.addAll(List.of(words));
    all.addAll(List.of("-c", gateway.configFile().toString()));
    return CommandLine.run(gateway.dir(), all.toArray(String[]::new));
  }

  private static StrictHttpParser.Response post(GatewayFixture gateway, String path)
      throws IOException {
    try (RawClient client = RawClient.connect(gateway.controlPort())) {
      return client
          .timeout(Duration.ofSeconds(20))
          .send(
              "POST "
                  + path
                  + " HTTP/1.1\r\nHost: 127.0.0.1:"
                  + gateway.controlPort()
                  + "\r\n"
                  + bearer(gateway)
                  + "\r\nContent-Length: 0\r\n\r\n")
          .readResponse();
    }
  }

  private static String get(GatewayFixture gateway) throws IOException {
    try (RawClient client = gateway.client("web")) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().text();
    }
  }

  private static int statusOf(GatewayFixture gateway) throws IOException {
    try (RawClient client = gateway.client("web")) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().status();
    }
  }

  private static String bearer(GatewayFixture gateway) throws IOException {
    return "Authorization: Bearer " + gateway.token();
  }

  private static TargetStatus status(GatewayFixture gateway, String target) {
    return gateway.gateway().registry().target(target).orElseThrow();
  }

  private static void inSync(GatewayFixture gateway, String target) {
    await().until(() -> status(gateway, target).state() == TargetState.IN_SYNC);
  }

  private static List<String> auditLines(GatewayFixture gateway, String id) throws IOException {
    try (var files = Files.walk(gateway.dir().resolve("state"))) {
      Path file =
          files
              .filter(path -> String.valueOf(path.getFileName()).startsWith("audit"))
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow();
      return Files.readAllLines(file).stream().filter(line -> line.contains(id)).toList();
    }
  }

  private static Path folder(String list) throws IOException {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("list.json"), list);
    return dir;
  }

  private static String users(String alice, String bob) {
    return """
        [ {"id": "%s", "user": "alice", "status": "%s"}, {"id": "%s", "user": "bob", "status": "%s"} ]
        """
        .formatted(ALICE, alice, BOB, bob);
  }

  private static RawClient tunnel(GatewayFixture gateway, String user, int port)
      throws IOException {
    RawClient client = RawClient.connect(gateway.port("mixed"));
    client.send(connectHead(user, port));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    return client;
  }

  private static StrictHttpParser.Response connect(GatewayFixture gateway, String user, int port)
      throws IOException {
    try (RawClient client = RawClient.connect(gateway.port("mixed"))) {
      return client.send(connectHead(user, port)).readResponse("CONNECT");
    }
  }

  private static String connectHead(String user, int port) {
    String credentials =
        Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
    return "CONNECT 127.0.0.1:"
        + port
        + " HTTP/1.1\r\nHost: 127.0.0.1:"
        + port
        + "\r\nProxy-Authorization: Basic "
        + credentials
        + "\r\n\r\n";
  }

  private static void echo(RawClient client) throws IOException {
    byte[] ping = {(byte) 0xF0, 1, 2, 3};
    assertThat(client.send(ping).readExactly(4)).isEqualTo(ping);
  }

  private static final String ECHO = "listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }";

  private static final String USERS =
      """
      registry:
        sources:
          - { name: main, type: file, path: "@DIR@/list.json" }
        targets:
          - { name: users, kind: proxy_users, source: main, policy: mirror, first_sync: auto }
      listeners:
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress:
          auth: { users_file: "@DIR@/users" }
          destinations: { private: allow, connect_ports: all }
      """;

  private static final String UPSTREAM =
      """
      registry:
        sources:
          - { name: main, type: file, path: "@DIR@/list" }
        targets:
          - { name: web, kind: upstream, upstream: app, source: main, policy: mirror, first_sync: auto }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
      http:
        site:
          default: true
          routes: [ { id: all, match: { path: /* }, upstream: app } ]
      upstreams:
        app: { endpoints: [ { address: "127.0.0.1:1" } ] }
      """;
}
