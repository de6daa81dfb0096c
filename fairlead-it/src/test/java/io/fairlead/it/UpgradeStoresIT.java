package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.app.doctor.Doctor;
import io.fairlead.app.doctor.Finding;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of the audit file, the membership, the registry and put-off reloads in an upgrade.
 */
class UpgradeStoresIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String ALICE = "0x" + "a".repeat(64);
  private static final String BOB = "0x" + "b".repeat(64);

  @TempDir private static Path cache;
  private static Launched fairlead;
  private static String hash;
  @TempDir private Path dir;

  @BeforeAll
  static void find() throws Exception {
    fairlead = Launched.built(cache);
    hash = Pem.passwordHash("pw");
  }

  @Test
  void theOldProcessCutsAMemberThatLeavesAndTellsItInItsLog() throws Exception {
    int echo = NginxOrigin.freePort();
    int mixed = NginxOrigin.freePort();
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("members.yaml"), members("alice", "bob"));
    String yaml = "membership: { file: members.yaml }\n" + proxy(echo, mixed);
    try (var gateway = UpgradingGateway.start(fairlead, dir, yaml, mixed);
        RawClient alice = tunnel(mixed, "alice", echo);
        RawClient bob = tunnel(mixed, "bob", echo)) {
      upgrade(gateway);
      ping(alice);
      ping(bob);
      try (RawClient fresh = tunnel(mixed, "alice", echo)) {
        ping(fresh);
        GatewayFixture.replace(dir.resolve("members.yaml"), members("bob"));
        alice.timeout(SOON).awaitEnd();
        fresh.timeout(SOON).awaitEnd();
      }
      ping(bob);
      await()
          .atMost(SOON)
          .until(() -> gateway.log().contains("audit file is another process's: told here only"));
      Path audit = dir.resolve("state/audit.log");
      await().atMost(SOON).until(() -> lines(audit, "entry-alice") > 0);
      assertThat(lines(audit, "entry-alice")).as("of the new process only").isEqualTo(1);
      assertThat(Doctor.audit(audit).level()).isEqualTo(Finding.Level.OK);
    }
  }

  @Test
  void theRegistryChangesHandsAndGoesOnWhereItWas() throws Exception {
    int echo = NginxOrigin.freePort();
    int mixed = NginxOrigin.freePort();
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("list.json"), users("active", "active"));
    String yaml =
        """
        registry:
          sources:
            - { name: main, type: file, path: list.json }
          targets:
            - { name: users, kind: proxy_users, source: main, policy: mirror, first_sync: auto }
        """
            + proxy(echo, mixed);
    try (var gateway = UpgradingGateway.start(fairlead, dir, yaml, mixed)) {
      await().atMost(SOON).until(() -> state(gateway).equals("in_sync"));
      try (RawClient alice = tunnel(mixed, "alice", echo);
          RawClient bob = tunnel(mixed, "bob", echo)) {
        upgrade(gateway);
        await()
            .atMost(SOON)
            .until(() -> state(gateway).equals("in_sync")); // the first look is quick
        ping(alice);
        try (RawClient fresh = tunnel(mixed, "alice", echo)) {
          ping(fresh);
          GatewayFixture.replace(dir.resolve("list.json"), users("revoked", "active"));
          fresh.timeout(SOON).awaitEnd();
          alice.timeout(SOON).awaitEnd();
        }
        ping(bob);
        try (RawClient refused = RawClient.connect(mixed)) {
          refused.timeout(SOON).send(connect("alice", echo));
          assertThat(refused.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 403");
        }
      }
      upgrade(gateway);
      await("what was revoked stays so").atMost(SOON).until(() -> state(gateway).equals("in_sync"));
      try (RawClient refused = RawClient.connect(mixed)) {
        refused.timeout(SOON).send(connect("alice", echo));
        assertThat(refused.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 403");
      }
      assertThat(Doctor.audit(dir.resolve("state/audit.log")).level()).isEqualTo(Finding.Level.OK);
    }
  }

  @Test
  void aSignalDuringAnUpgradeThatFailsIsFollowedAfterIt() throws Exception {
    int port = NginxOrigin.freePort();
    Path slow = Files.createDirectories(dir.resolve("bin")).resolve("slow");
    Files.writeString(slow, "#!/bin/sh\nexec sleep 600\n");
    Files.setPosixFilePermissions(slow, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (var gateway = UpgradingGateway.start(fairlead, dir, site(port, "one"), port)) {
      CompletableFuture<UpgradingGateway.Answer> upgrade =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return gateway.upgrade("{\"binary\":\"" + slow + "\",\"timeout\":\"3s\"}");
                } catch (IOException failure) {
                  throw new java.io.UncheckedIOException(failure);
                }
              });
      await().atMost(SOON).until(() -> gateway.log().contains("bin/slow"));
      Files.writeString(dir.resolve("fairlead.yaml"), UpgradingGateway.whole(site(port, "two")));
      gateway.first().signal("HUP");
      UpgradingGateway.Answer asked = gateway.post("/v1/reload", "");
      assertThat(asked.status()).as("who asks hears of it").isEqualTo(409);
      assertThat(UpgradingGateway.fetch(port, "/")).endsWith("one");
      assertThat(upgrade.join().status()).isEqualTo(500);
      await().atMost(SOON).until(() -> UpgradingGateway.fetch(port, "/").endsWith("two"));
    }
  }

  private static void upgrade(UpgradingGateway gateway) throws IOException {
    long before = gateway.pid();
    UpgradingGateway.Answer done = gateway.upgrade("");
    assertThat(done.status()).as("%s%n%s", done.body(), gateway.log()).isEqualTo(202);
    await().atMost(SOON).until(() -> gateway.pid() != before);
  }

  private static String state(UpgradingGateway gateway) throws IOException {
    return gateway
        .get("/v1/registry")
        .body()
        .get("targets")
        .get(0)
        .get("state")
        .stringValue()
        .toLowerCase(java.util.Locale.ROOT);
  }

  private static long lines(Path file, String what) throws IOException {
    try (var all = Files.lines(file)) {
      return all.filter(line -> line.contains(what)).count();
    }
  }

  private static String members(String... users) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (String user : List.of(users)) {
      text.append("  - { id: entry-").append(user).append(", user: ").append(user).append(" }\n");
    }
    return text.toString();
  }

  private static String users(String alice, String bob) {
    return """
        [ {"id": "%s", "user": "alice", "status": "%s"}, {"id": "%s", "user": "bob", "status": "%s"} ]
        """
        .formatted(ALICE, alice, BOB, bob);
  }

  private static String proxy(int echo, int mixed) {
    return """
    listeners:
      echo: { bind: "127.0.0.1:%d", proto: echo }
      mixed: { bind: "127.0.0.1:%d", proto: mixed, service: egress }
    forward:
      egress:
        auth: { users_file: users }
        destinations: { private: allow, connect_ports: all, allow: ["127.0.0.1"] }
    """
        .formatted(echo, mixed);
  }

  private static String site(int port, String body) {
    return """
    listeners: { web: { bind: "127.0.0.1:%d", proto: http, service: site } }
    http: { site: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 200, body: "%s" } } ] } }
    """
        .formatted(port, body);
  }

  private static RawClient tunnel(int mixed, String user, int echo) throws IOException {
    RawClient client = RawClient.connect(mixed);
    client.timeout(SOON).send(connect(user, echo));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    return client;
  }

  private static String connect(String user, int port) {
    String credentials =
        Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
    return "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nProxy-Authorization: Basic %s\r\n\r\n"
        .formatted(port, port, credentials);
  }

  private static void ping(RawClient client) throws IOException {
    byte[] bytes = {(byte) 0xF0, 1, 2, 3};
    assertThat(client.send(bytes).readExactly(4)).isEqualTo(bytes);
  }
}
