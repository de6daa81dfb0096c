package io.fairlead.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TCP streams through a whole gateway. */
@Timeout(60)
class TcpStreamsIT {
  /** Says its name, then gives everything back; after the client's end, a last word. */
  static RecordingServer named(String name) throws IOException {
    return named(name, 0);
  }

  private static RecordingServer named(String name, int port) throws IOException {
    return RecordingServer.start(
        port,
        conversation -> {
          conversation.send(name + "\n");
          byte[] buffer = new byte[64 * 1024];
          int count = conversation.input().read(buffer);
          while (count >= 0) {
            byte[] back = new byte[count];
            System.arraycopy(buffer, 0, back, 0, count);
            conversation.send(back);
            count = conversation.input().read(buffer);
          }
          conversation.send("the end");
          conversation.halfClose();
        });
  }

  private static GatewayFixture gateway(String sections, Object... arguments) throws Exception {
    return GatewayFixture.start(sections(sections, arguments));
  }

  private static String sections(String sections, Object... arguments) {
    return "listeners: { db: { bind: \"127.0.0.1:0\", proto: tcp, service: pg } }\n"
        + sections.formatted(arguments);
  }

  @Test
  void aStreamGoesToAFixedDestinationAndEachEndIsPassedOn() throws Exception {
    try (RecordingServer server = named("one");
        GatewayFixture gateway =
            gateway("streams: { pg: { destination: \"127.0.0.1:%d\" } }", server.port());
        RawClient client = gateway.client("db")) {
      client.send("hello ");
      assertThat(client.readUntil("hello ")).isEqualTo("one\nhello ");
      client.send("again").halfClose();
      assertThat(client.readAllText()).isEqualTo("againthe end");
      await().until(() -> gateway.gateway().connections().size() == 0);
    }
  }

  @Test
  void aStreamThatGoesOnTellsTheBreakerThatItsServerIsBack() throws Exception {
    int port = NginxOrigin.freePort();
    try (GatewayFixture gateway =
        gateway(
            """
            streams: { pg: { upstream: pool } }
            upstreams:
              pool:
                endpoints: [ { address: "127.0.0.1:%d" } ]
                passive: { connect_fail: off, consecutive_gateway: off, consecutive_5xx: off }
                retry: { attempts: 1 }
                breaker:
                  error_ratio: { window: 1m, min: 3, threshold: 0.5, open: 100ms, half_open: 1 }
            """,
            port)) {
      for (int i = 0; i < 3; i++) {
        try (RawClient client = gateway.client("db")) {
          assertThat(client.drainToEnd()).isNotNull();
        }
      }
      try (RecordingServer server = named("back", port)) {
        RawClient probe = await().until(() -> gateway.client("db"), TcpStreamsIT::isServed);
        try (probe;
            RawClient next = gateway.client("db")) {
          assertThat(isServed(next)).as("while the probe goes on").isTrue();
          probe.send("still there");
          assertThat(probe.readUntil("still there")).endsWith("still there");
        }
      }
    }
  }

  /** Whether the server speaks; else the client is closed. */
  private static boolean isServed(RawClient client) {
    try {
      if (client.read() >= 0) return true;
      client.close();
      return false;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void megabytesPassBothWaysUnchanged() throws Exception {
    byte[] sent = new byte[8 << 20];
    new Random(17).nextBytes(sent);
    try (RecordingServer server = named("big");
        GatewayFixture gateway =
            gateway(
                """
                streams: { pg: { upstream: pool } }
                upstreams: { pool: { endpoints: [ { address: "127.0.0.1:%d" } ] } }
                """,
                server.port());
        Socket client = new Socket("127.0.0.1", gateway.port("db"))) {
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(sent);
                      client.shutdownOutput();
                    } catch (IOException failure) {
                      throw new AssertionError(failure);
                    }
                  });
      assertThat(client.getInputStream().readNBytes(4)).isEqualTo("big\n".getBytes(US_ASCII));
      assertThat(client.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
      assertThat(client.getInputStream().readAllBytes()).isEqualTo("the end".getBytes(US_ASCII));
      writer.join();
    }
  }

  @Test
  void aServerThatCannotBeReachedIsPassedOver() throws Exception {
    int closed = NginxOrigin.freePort();
    try (RecordingServer server = named("alive");
        GatewayFixture gateway =
            gateway(
                """
                streams: { pg: { upstream: pool } }
                upstreams:
                  pool:
                    balance: round_robin
                    endpoints: [ { address: "127.0.0.1:%d" }, { address: "127.0.0.1:%d" } ]
                """,
                closed, server.port())) {
      for (int i = 0; i < 6; i++) {
        try (RawClient client = gateway.client("db")) {
          assertThat(client.readUntil("\n")).isEqualTo("alive\n");
        }
      }
    }
  }

  @Test
  void withoutAnyServerTheClientIsClosed() throws Exception {
    int closed = NginxOrigin.freePort();
    try (GatewayFixture gateway =
            gateway("streams: { pg: { destination: \"127.0.0.1:%d\" } }", closed);
        RawClient client = gateway.client("db")) {
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void aServiceTakesNoMoreStreamsThanItMay() throws Exception {
    try (RecordingServer server = named("few");
        GatewayFixture gateway =
            gateway(
                "streams: { pg: { destination: \"127.0.0.1:%d\", limits: { connections: 1 } } }",
                server.port())) {
      try (RawClient first = gateway.client("db")) {
        assertThat(first.readUntil("\n")).isEqualTo("few\n");
        try (RawClient second = gateway.client("db")) {
          assertThat(second.drainToEnd()).isNotNull();
        }
        LimitsIT.assertRejected(gateway, "stream_connections");
      }
      await().until(() -> gateway.gateway().connections().size() == 0);
      try (RawClient third = gateway.client("db")) {
        assertThat(third.readUntil("\n")).isEqualTo("few\n");
      }
    }
  }

  @Test
  void aSilentStreamEnds() throws Exception {
    try (RecordingServer server = named("quiet");
        GatewayFixture gateway =
            gateway(
                "streams: { pg: { destination: \"127.0.0.1:%d\", idle_timeout: 300ms } }",
                server.port());
        RawClient client = gateway.client("db")) {
      client.readUntil("\n");
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void streamsOutliveReloadsUntilARuleForbidsThem() throws Exception {
    try (RecordingServer server = named("kept");
        GatewayFixture gateway =
            gateway("streams: { pg: { destination: \"127.0.0.1:%d\" } }", server.port());
        RawClient client = gateway.client("db")) {
      client.readUntil("\n");
      gateway.replaceConfig(
          sections(
              "streams: { pg: { destination: \"127.0.0.1:%d\", idle_timeout: 2h } }",
              server.port()));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      client.send("still here");
      assertThat(client.readUntil("still here")).isEqualTo("still here");
      gateway.replaceConfig(
          sections(
              """
              streams: { pg: { destination: "127.0.0.1:%d", acl: [ { deny: 127.0.0.0/8 } ] } }
              """,
              server.port()));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(client.timeout(Duration.ofSeconds(2)).drainToEnd()).isNotNull();
      try (RawClient refused = gateway.client("db")) {
        assertThat(refused.readAll()).isEmpty();
      }
    }
  }

  @Test
  void aStreamWhoseServerLeavesEndsAfterTheDrainTime() throws Exception {
    String streams =
        """
        # quick
        streams: { pg: { upstream: pool } }
        upstreams: { pool: { endpoints: [ { address: "127.0.0.1:%d" } ] } }
        """;
    try (RecordingServer old = named("old");
        RecordingServer next = named("next");
        GatewayFixture gateway = gateway(streams, old.port());
        RawClient client = gateway.client("db")) {
      assertThat(client.readUntil("\n")).isEqualTo("old\n");
      gateway.replaceConfig(sections(streams, next.port()));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      try (RawClient other = gateway.client("db")) {
        assertThat(other.readUntil("\n")).isEqualTo("next\n");
        assertThat(client.drainToEnd()).isNotNull();
        other.send("x");
        assertThat(other.readUntil("x")).isEqualTo("x");
      }
    }
  }
}
