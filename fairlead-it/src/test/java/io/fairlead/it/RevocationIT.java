package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A member leaves the file: a second later nothing of his is left, and nobody else noticed. */
class RevocationIT {
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
  void aRemovedMembersTunnelIsCutAndHisNextRequestRefusedWithinASecond() throws Exception {
    try (var far =
            GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
        var gateway = GatewayFixture.start(folder("alice", "bob"), CONFIG)) {
      try (RawClient alice = tunnel(gateway, "alice", far.port("echo"));
          RawClient bob = tunnel(gateway, "bob", far.port("echo"))) {
        echo(alice);
        echo(bob);
        long generation =
            gateway.gateway().configuration().running().current().snapshot().version();

        long start = System.nanoTime();
        GatewayFixture.replace(gateway.dir().resolve("members.yaml"), members("bob"));
        alice.timeout(Duration.ofSeconds(5)).awaitEnd();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));

        StrictHttpParser.Response refused = connect(gateway, "alice", far.port("echo"));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.field("X-Fairlead-Error")).contains("not_entitled");
        echo(bob);
        assertThat(connect(gateway, "bob", far.port("echo")).status()).isEqualTo(200);
        assertThat(gateway.gateway().configuration().running().current().snapshot().version())
            .as("no reload was involved")
            .isEqualTo(generation);
      }
    }
  }

  @Test
  void aDialInProgressDoesNotCompleteForARemovedMember() throws Exception {
    // A full accept queue leaves further connects unanswered until somebody accepts.
    try (ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var gateway = GatewayFixture.start(folder("alice", "bob"), CONFIG)) {
      List<Socket> filling = fill(slow);
      try (RawClient alice = RawClient.connect(gateway.port("mixed"))) {
        alice.send(connectHead("alice", slow.getLocalPort()));
        assertThat(alice.silentFor(Duration.ofMillis(300))).as("dial hangs").isTrue();

        GatewayFixture.replace(gateway.dir().resolve("members.yaml"), members("bob"));
        String answer = alice.timeout(Duration.ofSeconds(5)).readAllText();
        assertThat(answer).doesNotContain(" 200 ");
      } finally {
        for (Socket socket : filling) socket.close();
      }
    }
  }

  @Test
  void anEmptiedOrBrokenMembersFileRemovesNobody() throws Exception {
    try (var far =
            GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
        var gateway = GatewayFixture.start(folder("alice", "bob"), CONFIG);
        RawClient alice = tunnel(gateway, "alice", far.port("echo"))) {
      for (String broken : List.of("version: 1\nmembers: []\n", "version: 1\nmembers: [", "")) {
        GatewayFixture.replace(gateway.dir().resolve("members.yaml"), broken);
        org.awaitility.Awaitility.await().until(() -> gateway.gateway().membership().held());
        echo(alice);
        GatewayFixture.replace(gateway.dir().resolve("members.yaml"), members("alice", "bob"));
        org.awaitility.Awaitility.await().until(() -> !gateway.gateway().membership().held());
      }
    }
  }

  private static List<Socket> fill(ServerSocket slow) throws IOException {
    List<Socket> filling = new ArrayList<>();
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), slow.getLocalPort());
    for (int i = 0; i < 16; i++) {
      Socket socket = new Socket();
      filling.add(socket);
      try {
        socket.connect(address, 200);
      } catch (java.net.SocketTimeoutException _) {
        return filling;
      }
    }
    throw new AssertionError("the accept queue never filled");
  }

  private static Path folder(String... users) throws IOException {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("members.yaml"), members(users));
    return dir;
  }

  private static String members(String... users) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (String user : users) {
      text.append("  - { id: entry-").append(user).append(", user: ").append(user).append(" }\n");
    }
    return text.toString();
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

  private static final String CONFIG =
      """
      membership: { file: "@DIR@/members.yaml" }
      listeners:
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress:
          auth: { users_file: "@DIR@/users" }
          destinations: { private: allow, connect_ports: all }
      """;
}
