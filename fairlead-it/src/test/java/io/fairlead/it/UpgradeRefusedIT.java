package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Successors of every kind that do not succeed: the running process goes on and says so. */
class UpgradeRefusedIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pattern CONTROL_PORT = Pattern.compile("control +127\\.0\\.0\\.1:(\\d+)");

  /** Speaks the protocol as a new process does, and dies before one of its steps. */
  private static final String MORTAL =
      """
      #!%s
      import os, socket, struct, sys
      BEFORE = "%s"
      def step(name):
          if name == BEFORE:
              os.kill(os.getpid(), 9)
      def text(value):
          return struct.pack(">H", len(value)) + value.encode()
      def say(payload):
          words.sendall(struct.pack(">I", len(payload)) + payload)
      def hear():
          size = struct.unpack(">I", words.recv(4, socket.MSG_WAITALL))[0]
          return words.recv(size, socket.MSG_WAITALL)
      path = sys.argv[sys.argv.index("--upgrade") + 1]
      step("connecting")
      words = socket.socket(socket.AF_UNIX); words.connect(path)
      hands = socket.socket(socket.AF_UNIX); hands.connect(path)
      step("HELLO")
      say(b"\\x01" + struct.pack(">I", 1) + text("test") + text("none") + struct.pack(">Q", os.getpid()))
      step("MANIFEST")
      manifest = hear()
      assert manifest[0] == 2, manifest
      socket.recv_fds(hands, 1, 1)
      step("ASK_STORE")
      say(b"\\x03" + text("state"))
      step("STORE_GIVEN")
      given = hear()
      assert given[0] == 4, given
      step("READY")
      say(b"\\x05" + struct.pack(">Q", 9))
      step("HANDED_OVER")
      over = hear()
      assert over[0] == 6, over
      step("SETTLED")
      """;

  private static final int CLIENTS = 8;
  private static final Duration TICK = Duration.ofMillis(50);

  @TempDir private static Path cache;
  private static Launched fairlead;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);
  @TempDir private Path dir;

  @BeforeAll
  static void find() {
    fairlead = Launched.built(cache);
  }

  @Test
  void whateverTheSuccessorDoesTheRunningProcessGoesOn() throws Exception {
    String python = Peers.require("python3").toString();
    int port = NginxOrigin.freePort();
    Files.createDirectories(dir.resolve("bin"));
    String yaml =
        """
        limits: { new_connections_per_ip: off, event_loop_delay: off }
        listeners: { echo: { bind: "127.0.0.1:%d", proto: echo } }
        """
            .formatted(port);
    try (var gateway = UpgradingGateway.start(fairlead, dir, yaml, port)) {
      long pid = gateway.pid();
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(Thread.ofVirtual().start(() -> keepAsking(port)));
      }
      for (String before :
          new String[] {
            "connecting",
            "HELLO",
            "MANIFEST",
            "ASK_STORE",
            "STORE_GIVEN",
            "READY",
            "HANDED_OVER",
            "SETTLED"
          }) {
        refused(gateway, script("dies-before-" + before, MORTAL.formatted(python, before)), "");
        assertThat(UpgradingGateway.fetch(port, "/" + before)).startsWith("HTTP/1.1 200");
      }
      refused(gateway, dir.resolve("bin/missing"), "cannot be found");
      Path plain = Files.writeString(dir.resolve("bin/plain"), "#!/bin/sh\n");
      refused(gateway, plain, "not an executable file");
      refused(gateway, script("ends", "#!/bin/sh\nexit 3\n"), "exit code 3");
      refused(gateway, script("garbled", "not a program\n"), "");
      refused(gateway, script("hangs", "#!/bin/sh\nexec sleep 600\n"), "not ready in time");
      assertThat(gateway.pid()).isEqualTo(pid);
      assertThat(gateway.get("/readyz").status()).isEqualTo(200);
      assertThat(echoed(port)).isEqualTo("over udp");

      refusedByRule(gateway);
      busy(gateway, script("slow", "#!/bin/sh\nexec sleep 600\n"));
      aWrongConfiguration(gateway, yaml);

      over.countDown();
      for (Thread client : clients) client.join();
      assertThat(failures).as("requests while successors died").isEmpty();
      assertThat(answered.get()).isGreaterThan(200);

      // After all that: one that succeeds, and every descriptor and lock is where it belongs.
      UpgradingGateway.Answer done = gateway.upgrade("");
      assertThat(done.status()).as("%s%n%s", done.body(), gateway.log()).isEqualTo(202);
      assertThat(done.body().get("generation").longValue()).isEqualTo(1);
      Awaitility.await().atMost(SOON).until(() -> gateway.pid() != pid);
      assertThat(gateway.first().awaitExit(SOON)).as("the old process").isZero();
      assertThat(UpgradingGateway.fetch(port, "/new")).startsWith("HTTP/1.1 200");
      assertThat(echoed(port)).isEqualTo("over udp");
      assertThat(gateway.get("/v1/status").body().get("pid").longValue()).isEqualTo(gateway.pid());
      aRemovedAndAnAddedListener(gateway, port);
    }
  }

  /** A connection for each request, until it is over. */
  private void keepAsking(int port) {
    try {
      while (!over.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        String answer = UpgradingGateway.fetch(port, "/load");
        if (answer.startsWith("HTTP/1.1 200")) answered.incrementAndGet();
        else failures.add(answer);
      }
    } catch (IOException | InterruptedException failure) {
      failures.add(failure.toString());
    }
  }

  /** Upgrades to a configuration with other listeners, by the command line. */
  private void aRemovedAndAnAddedListener(UpgradingGateway gateway, int port) throws Exception {
    long before = gateway.pid();
    int other = NginxOrigin.freePort();
    Files.writeString(
        dir.resolve("fairlead.yaml"),
        UpgradingGateway.whole(
            "listeners: { b: { bind: \"127.0.0.1:%d\", proto: echo } }\n".formatted(other)));
    try (Proc command = fairlead.start(dir, "upgrade", "-c", "fairlead.yaml", "--json")) {
      assertThat(command.awaitExit(Duration.ofSeconds(60))).as(command.stderr()).isZero();
      assertThat(command.stdout()).contains("\"handed_over\":true").contains("\"generation\":2");
    }
    Awaitility.await().atMost(SOON).until(() -> gateway.pid() != before);
    assertThat(UpgradingGateway.fetch(other, "/b")).startsWith("HTTP/1.1 200");
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        org.assertj.core.api.Assertions.catchThrowable(
                            () -> UpgradingGateway.fetch(port, "/gone")))
                    .isInstanceOf(java.net.ConnectException.class));
    assertThat(gateway.get("/v1/status").body().get("generation").longValue()).isEqualTo(2);
  }

  private void refused(UpgradingGateway gateway, Path binary, String reason) throws IOException {
    UpgradingGateway.Answer answer =
        gateway.upgrade(
            "{\"binary\":\"%s\",\"timeout\":\"%s\"}"
                .formatted(binary, binary.endsWith("hangs") ? "1s" : "20s"));
    assertThat(answer.status()).as("%s: %s", binary, answer.body()).isEqualTo(500);
    assertThat(answer.body().get("code").stringValue()).isEqualTo("upgrade_failed");
    assertThat(answer.body().get("generation").longValue()).isEqualTo(1);
    assertThat(answer.body().get("message").stringValue()).contains(reason);
  }

  private void refusedByRule(UpgradingGateway gateway) throws Exception {
    Path outside = Files.copy(Path.of("/bin/true"), dir.resolve("true"));
    assertThat(gateway.upgrade("{\"binary\":\"" + outside + "\"}").status()).isEqualTo(403);
    Path link = Files.createSymbolicLink(dir.resolve("bin/link"), outside);
    assertThat(gateway.upgrade("{\"binary\":\"" + link + "\"}").status()).isEqualTo(403);
    assertThat(gateway.upgrade("{\"binary\":\"bin/x\"}").status()).isEqualTo(400);
    assertThat(gateway.upgrade("{\"timeout\":\"0s\"}").status()).isEqualTo(400);
    Matcher found = CONTROL_PORT.matcher(gateway.log());
    assertThat(found.find()).isTrue();
    int port = Integer.parseInt(found.group(1));
    String token = Files.readString(dir.resolve("state/control.token")).strip();
    String body = "{\"binary\":\"" + script("fine", "#!/bin/sh\n") + "\"}";
    try (RawClient client = RawClient.connect(port)) {
      StrictHttpParser.Response overTcp =
          client
              .send(
                  "POST /v1/upgrade HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                          .formatted(port, token)
                      + "Content-Type: application/json\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
              .readResponse();
      assertThat(overTcp.status()).isEqualTo(403);
      assertThat(overTcp.text()).contains("binary_not_allowed");
    }
  }

  private static void busy(UpgradingGateway gateway, Path slow) throws Exception {
    CompletableFuture<UpgradingGateway.Answer> first =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return gateway.upgrade("{\"binary\":\"" + slow + "\",\"timeout\":\"2s\"}");
              } catch (IOException failure) {
                throw new java.io.UncheckedIOException(failure);
              }
            });
    Awaitility.await().atMost(SOON).until(() -> gateway.log().contains("bin/slow"));
    assertThat(gateway.upgrade("").status()).as("a second upgrade").isEqualTo(409);
    assertThat(gateway.post("/v1/reload", "").status()).as("a reload meanwhile").isEqualTo(409);
    assertThat(first.get(30, TimeUnit.SECONDS).status()).isEqualTo(500);
    assertThat(gateway.post("/v1/reload", "").status()).as("a reload after it").isEqualTo(200);
  }

  private void aWrongConfiguration(UpgradingGateway gateway, String yaml) throws Exception {
    Path file = dir.resolve("fairlead.yaml");
    String right = Files.readString(file);
    Files.writeString(file, right.replace("listeners", "listenres"));
    UpgradingGateway.Answer answer = gateway.upgrade("");
    assertThat(answer.status()).isEqualTo(500);
    // Whether its end or its silence is heard first.
    assertThat(answer.body().get("message").stringValue()).containsAnyOf("exit code 65", "away");
    Files.writeString(file, right);
  }

  private static String echoed(int port) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(10_000);
      byte[] bytes = "over udp".getBytes(StandardCharsets.US_ASCII);
      socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
      DatagramPacket back = new DatagramPacket(new byte[100], 100);
      socket.receive(back);
      return new String(back.getData(), 0, back.getLength(), StandardCharsets.US_ASCII);
    }
  }

  private Path script(String name, String text) throws IOException {
    Path file = Files.writeString(dir.resolve("bin").resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
