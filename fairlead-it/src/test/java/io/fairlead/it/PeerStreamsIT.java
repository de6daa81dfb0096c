package io.fairlead.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Streams of a gateway that reach a server behind another one, through a relay. */
class PeerStreamsIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final int WITHIN_MILLIS = (int) WITHIN.toMillis();

  private static String relay(String limits) {
    return """
    # quick
    relay:
      listen: ["/ip4/127.0.0.1/tcp/0"]
      reachability: { mode: public }
      service: { mode: "on", limits: { %s } }
    """
        .formatted(limits);
  }

  private static String home(String relay, int server, String more) {
    return """
    # quick
    membership: { file: "@DIR@/members.yaml" }
    streams: { shell: { destination: "127.0.0.1:%d" } }
    relay:
      reachability: { mode: private }
      auto: { static: ["%s"], num_relays: 1, reconnect_grace: 1s }
      streams: { answers: [ { protocol: /shell/1, service: shell } ]%s }
    """
        .formatted(server, relay, more);
  }

  private static String away(String through, String peer, String more) {
    return """
    # quick
    listeners: { in: { bind: "127.0.0.1:0", proto: tcp, service: home } }
    streams: { home: { destination: /p2p/%s/shell/1 } }
    relay:
      reachability: { mode: private }
      streams: { peers: ["%s/p2p/%s"]%s }
    """
        .formatted(peer, through, peer, more);
  }

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  private static String at(GatewayFixture gateway) {
    RelayNode node = node(gateway);
    return node.host().listening().getFirst() + "/p2p/" + node.host().id();
  }

  private static Path folder(String member) throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.createDirectories(dir.resolve("state"));
    Files.writeString(dir.resolve("members.yaml"), members(member));
    return dir;
  }

  private static String members(String member) {
    return "version: 1\nmembers:\n  - { id: away, public_key: " + member + " }\n";
  }

  private static String key(Path dir) throws Exception {
    return RelayNode.identity(dir.resolve("state/identity.key")).peerId().toString();
  }

  /** The folder of a node whose peer id is known before it begins. */
  private static Path fresh() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.createDirectories(dir.resolve("state"));
    return dir;
  }

  private static void awaitHeld(GatewayFixture home) {
    await()
        .atMost(WITHIN)
        .until(() -> node(home).finder().filter(each -> each.report().held() == 1).isPresent());
  }

  /** Answers what it gets, until the end of it, and then ends. */
  private static final class Echo implements AutoCloseable {
    final ServerSocket socket;

    Echo() throws IOException {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      while (true) {
        try {
          Socket client = socket.accept();
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (client) {
                      client.getInputStream().transferTo(client.getOutputStream());
                    } catch (IOException gone) {
                      assertThat(gone).isNotNull(); // its client went
                    }
                  });
        } catch (IOException closed) {
          return;
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static Socket client(GatewayFixture gateway) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port("in"));
    socket.setSoTimeout(WITHIN_MILLIS);
    return socket;
  }

  @Test
  void aStreamGoesThroughARelayUntilItsEntryIsRevoked() throws Exception {
    Path awayDir = fresh();
    Path homeDir = folder(key(awayDir));
    try (Echo echo = new Echo();
        var relay = GatewayFixture.start(relay("duration: off, data: off"));
        var home = GatewayFixture.start(homeDir, home(at(relay), echo.socket.getLocalPort(), ""));
        var away =
            GatewayFixture.start(
                awayDir, away(at(relay) + "/p2p-circuit", node(home).host().id().toString(), ""))) {
      awaitHeld(home);
      byte[] sent = new byte[1 << 20];
      new Random(7).nextBytes(sent);
      try (Socket socket = client(away)) {
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    socket.getOutputStream().write(sent);
                    socket.shutdownOutput();
                  } catch (IOException gone) {
                    assertThat(gone).isNotNull(); // the reader tells
                  }
                });
        byte[] back = socket.getInputStream().readAllBytes();
        assertThat(back.length).isEqualTo(sent.length);
        assertThat(Arrays.equals(back, sent)).isTrue();
      }

      try (Socket socket = client(away)) {
        socket.getOutputStream().write("still here\n".getBytes(US_ASCII));
        assertThat(socket.getInputStream().readNBytes(11))
            .asString(US_ASCII)
            .isEqualTo("still here\n");
        assertThat(home.api().get("/v1/connections").text())
            .contains("\"listener\":\"relay\"", "away");
        String other = key(fresh());
        GatewayFixture.replace(homeDir.resolve("members.yaml"), members(other));
        assertThat(ended(socket)).isTrue();
      }
      try (Socket refused = client(away)) {
        assertThat(ended(refused)).isTrue();
      }
    }
  }

  /** A relay's usual bounds would end most streams in the middle: that has to be wanted. */
  @Test
  void aRelayThatBoundsItsCircuitsServesOnlyWhereThatIsWanted() throws Exception {
    Path awayDir = fresh();
    Path homeDir = folder(key(awayDir));
    try (Echo echo = new Echo();
        var relay = GatewayFixture.start(relay("data: 128KiB"));
        var home =
            GatewayFixture.start(
                homeDir, home(at(relay), echo.socket.getLocalPort(), ", limited: true"));
        var away =
            GatewayFixture.start(
                awayDir, away(at(relay) + "/p2p-circuit", node(home).host().id().toString(), ""))) {
      awaitHeld(home);
      try (Socket refused = client(away)) {
        assertThat(ended(refused)).isTrue();
      }
      away.replaceConfig(
          away(at(relay) + "/p2p-circuit", node(home).host().id().toString(), ", limited: true"));
      assertThat(away.api().post("/v1/reload").status()).isEqualTo(200);
      try (Socket socket = client(away)) {
        socket.getOutputStream().write("short\n".getBytes(US_ASCII));
        assertThat(socket.getInputStream().readNBytes(6)).asString(US_ASCII).isEqualTo("short\n");
      }

      away.replaceConfig("streams: { home: { destination: /p2p/nobody/x } }\n");
      assertThat(away.api().post("/v1/reload").text()).contains("F1251");
    }
  }

  private static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException late) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
