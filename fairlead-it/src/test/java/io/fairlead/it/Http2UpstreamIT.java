package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.HpackReader;
import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * An HTTP/2 upstream of frames: what it refuses is sent again, where nothing can be lost, and how
 * its connections are shared.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113#section-8.7">RFC 9113 §8.7</a>
 */
class Http2UpstreamIT {
  private static final String CONFIG =
      """
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
      http:
        site:
          routes:
            - { match: { path: /* }, upstream: up }
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ], protocol: h2c }
      """;

  /** What the upstream does with a request. */
  private interface Conduct {
    /**
     * Answers a request.
     *
     * @param number counts requests over all connections, from 1
     */
    void answer(Upstream connection, int number, int stream, String path) throws IOException;
  }

  /** One connection of the upstream. */
  private static final class Upstream {
    private final RecordingServer.Conversation conversation;
    private final List<String> paths = new CopyOnWriteArrayList<>();

    Upstream(RecordingServer.Conversation conversation) {
      this.conversation = conversation;
    }

    void send(int type, int flags, int stream, byte... payload) throws IOException {
      conversation.send(Http2Client.bytes(type, flags, stream, payload));
    }

    void ok(int stream) throws IOException {
      send(Http2Client.HEADERS, 4, stream, Http2Client.block(":status", "200"));
      send(Http2Client.DATA, 1, stream, (byte) 'o', (byte) 'k');
    }
  }

  private static final class Upstreams implements AutoCloseable {
    final List<Upstream> connections = new CopyOnWriteArrayList<>();
    final AtomicInteger requests = new AtomicInteger();
    final RecordingServer server;
    final Conduct conduct;
    final byte[] settings;

    Upstreams(Conduct conduct, byte... settings) throws IOException {
      this.conduct = conduct;
      this.settings = settings;
      server = RecordingServer.start(this::converse);
    }

    private void converse(RecordingServer.Conversation conversation) throws IOException {
      Upstream connection = new Upstream(conversation);
      connections.add(connection);
      connection.send(Http2Client.SETTINGS, 0, 0, settings);
      DataInputStream in = new DataInputStream(conversation.input());
      in.readFully(new byte[24]);
      HpackReader heads = new HpackReader();
      try {
        while (true) {
          byte[] head = new byte[9];
          in.readFully(head);
          byte[] payload = new byte[(head[0] & 255) << 16 | (head[1] & 255) << 8 | head[2] & 255];
          in.readFully(payload);
          int stream = ByteBuffer.wrap(head).getInt(5);
          if (head[3] == Http2Client.SETTINGS && head[4] == 0) {
            connection.send(Http2Client.SETTINGS, Http2Client.ACK, 0);
          } else if (head[3] == Http2Client.HEADERS) {
            String path =
                heads.read(payload).stream()
                    .filter(field -> field.name().equals(":path"))
                    .findFirst()
                    .orElseThrow()
                    .value();
            connection.paths.add(path);
            conduct.answer(connection, requests.incrementAndGet(), stream, path);
          }
        }
      } catch (EOFException over) {
        // the gateway has left
      }
    }

    GatewayFixture gateway() throws Exception {
      return GatewayFixture.start(CONFIG.replace("@UP@", Integer.toString(server.port())));
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private static String post(String path) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  void aRefusedStreamIsSentAgainWhateverItsMethod() throws Exception {
    try (Upstreams up =
            new Upstreams(
                (connection, number, stream, _) -> {
                  if (number == 2) {
                    connection.send(Http2Client.RST_STREAM, 0, stream, Http2Client.number(7));
                  } else {
                    connection.ok(stream);
                  }
                });
        GatewayFixture gateway = up.gateway();
        RawClient client = gateway.client("web")) {
      assertThat(client.send(post("/a")).readResponse().status()).isEqualTo(200);
      assertThat(client.send(post("/b")).readResponse().text()).isEqualTo("ok");
      assertThat(up.requests).hasValue(3);
    }
  }

  @Test
  void aStreamAboveTheLastOfGoAwayIsSentAgain() throws Exception {
    try (Upstreams up =
            new Upstreams(
                (connection, number, stream, _) -> {
                  if (number == 2) {
                    connection.send(Http2Client.GOAWAY, 0, 0, new byte[] {0, 0, 0, 1, 0, 0, 0, 0});
                  } else {
                    connection.ok(stream);
                  }
                });
        GatewayFixture gateway = up.gateway();
        RawClient client = gateway.client("web")) {
      assertThat(client.send(post("/a")).readResponse().status()).isEqualTo(200);
      assertThat(client.send(post("/b")).readResponse().text()).isEqualTo("ok");
      assertThat(up.connections).hasSize(2);
    }
  }

  @Test
  void aStreamThatWasBegunIsNotSentAgain() throws Exception {
    try (Upstreams up =
            new Upstreams(
                (connection, number, stream, _) ->
                    connection.send(Http2Client.RST_STREAM, 0, stream, Http2Client.number(2)));
        GatewayFixture gateway = up.gateway();
        RawClient client = gateway.client("web")) {
      assertThat(client.send(post("/a")).readResponse().status()).isEqualTo(502);
      assertThat(up.requests).hasValue(1);
    }
  }

  @Test
  void requestsShareAConnectionUntilItIsNearlyFull() throws Exception {
    // MAX_CONCURRENT_STREAMS 5: the fourth request makes it crowded.
    try (Upstreams up =
            new Upstreams(
                (_, _, _, _) -> {}, (byte) 0, (byte) 3, (byte) 0, (byte) 0, (byte) 0, (byte) 5);
        GatewayFixture gateway = up.gateway();
        Http2Client client = Http2Client.connect(gateway.port("web")).start()) {
      for (int i = 0; i < 3; i++) client.get(2 * i + 1, "/" + i);
      Awaitility.await().until(() -> up.requests.get() == 3);
      assertThat(up.connections).hasSize(1);
      client.get(7, "/3");
      Awaitility.await().until(() -> up.connections.size() == 2);
      for (int i = 4; i < 9; i++) client.get(2 * i + 1, "/" + i);
      Awaitility.await().until(() -> up.requests.get() == 9);
      List<Integer> loads = new ArrayList<>();
      for (Upstream connection : up.connections) loads.add(connection.paths.size());
      assertThat(loads).allMatch(load -> load <= 5);
      assertThat(loads.stream().mapToInt(Integer::intValue).sum()).isEqualTo(9);
    }
  }

  @Test
  void aBrokenResponseIs502AndTheConnectionIsKept() throws Exception {
    try (Upstreams up =
            new Upstreams(
                (connection, number, stream, _) -> {
                  if (number == 1) {
                    connection.send(
                        Http2Client.HEADERS,
                        5,
                        stream,
                        Http2Client.block(":status", "200", "Bad-Name", "x"));
                  } else {
                    connection.ok(stream);
                  }
                });
        GatewayFixture gateway = up.gateway();
        RawClient client = gateway.client("web")) {
      assertThat(client.send(post("/a")).readResponse().status()).isEqualTo(502);
      assertThat(client.send(post("/b")).readResponse().status()).isEqualTo(200);
      assertThat(up.connections).hasSize(1);
    }
  }

  @Test
  void aRemovedUpstreamLosesItsConnection() throws Exception {
    try (Upstreams up = new Upstreams((connection, _, stream, _) -> connection.ok(stream));
        GatewayFixture gateway = up.gateway();
        RawClient client = gateway.client("web")) {
      assertThat(client.send(post("/a")).readResponse().status()).isEqualTo(200);
      gateway.replaceConfig(CONFIG.replace("@UP@", "1"));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      up.server.conversation(0).awaitOver();
    }
  }
}
