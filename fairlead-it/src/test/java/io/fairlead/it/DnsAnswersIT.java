package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many answers of name servers are remembered. */
@Timeout(60)
class DnsAnswersIT {
  /** Says 127.0.0.1 to every question for an IPv4 address, to be believed for an hour. */
  private static final class NameServer implements AutoCloseable {
    private static final int A = 1;
    private static final int HEADER = 12; // RFC 1035 §4.1.1

    private final DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();

    NameServer() throws IOException {
      Thread.ofVirtual().start(this::serve);
    }

    int port() {
      return socket.getLocalPort();
    }

    /** The first labels of the names asked for since the last call. */
    List<String> asked() {
      List<String> names = List.copyOf(asked);
      asked.clear();
      return names;
    }

    private void serve() {
      byte[] buffer = new byte[1500];
      while (!socket.isClosed()) {
        try {
          DatagramPacket query = new DatagramPacket(buffer, buffer.length);
          socket.receive(query);
          byte[] reply = reply(ByteBuffer.wrap(buffer, 0, query.getLength()));
          socket.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));
        } catch (IOException closed) {
          return;
        }
      }
    }

    private byte[] reply(ByteBuffer query) {
      int end = HEADER;
      while (query.get(end) != 0) end += 1 + query.get(end);
      byte[] question = new byte[end + 5 - HEADER];
      query.get(HEADER, question);
      boolean four = query.getShort(end + 1) == A;
      if (four) {
        asked.add(new String(question, 1, question[0], StandardCharsets.US_ASCII));
      }
      ByteBuffer reply = ByteBuffer.allocate(512);
      reply.putShort(query.getShort(0)).putShort((short) 0x8180).putShort((short) 1);
      reply.putShort((short) (four ? 1 : 0)).putInt(0).put(question);
      if (four) {
        reply.putShort((short) 0xc00c).putShort((short) A).putShort((short) 1).putInt(3600);
        reply.putShort((short) 4).put(new byte[] {127, 0, 0, 1});
      }
      byte[] bytes = new byte[reply.position()];
      reply.flip().get(bytes);
      return bytes;
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  @Test
  void dns_answers() throws Exception {
    try (NameServer names = new NameServer();
        RecordingServer origin = RecordingServer.http(_ -> RecordingServer.response(200, "x"));
        GatewayFixture gateway = GatewayFixture.start(config("2", names.port()))) {
      for (String name : List.of("a", "b", "a", "b")) reach(gateway, name, origin.port());
      assertThat(names.asked()).containsExactly("a", "b");
      assertThat(rejected(gateway)).isZero();

      reach(gateway, "c", origin.port()); // a was used longest ago and leaves
      assertThat(rejected(gateway)).isEqualTo(1);
      reach(gateway, "b", origin.port());
      reach(gateway, "a", origin.port()); // and is asked for again; c leaves
      assertThat(names.asked()).containsExactly("c", "a");
      assertThat(rejected(gateway)).isEqualTo(2);

      gateway.replaceConfig(config("off", names.port()));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      for (int round = 0; round < 2; round++) {
        for (String name : List.of("a", "b", "c", "d")) reach(gateway, name, origin.port());
      }
      assertThat(names.asked()).containsExactly("c", "d");
      assertThat(rejected(gateway)).isEqualTo(2);
    }
  }

  @Test
  void aNameServerThatSaysNothingIsWaitedForAsLongAsItMayTake() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        GatewayFixture gateway =
            GatewayFixture.start(config("off, dns_query: 200ms", silent.getLocalPort()));
        RawClient client = gateway.client("mixed")) {
      client.send("CONNECT a.example:1 HTTP/1.1\r\nHost: a.example:1\r\n\r\n");
      assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 50");
      LimitsIT.assertRejected(gateway, "dns_query");
    }
  }

  private static String config(String names, int port) {
    return """
        limits: { dns_names: %s, event_loop_delay: off }
        listeners: { mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
        forward:
          egress:
            destinations: { private: allow, connect_ports: all }
            egress: { dns: { servers: ["127.0.0.1:%d"] } }
        """
        .formatted(names, port);
  }

  private static void reach(GatewayFixture gateway, String name, int port) throws IOException {
    try (RawClient client = gateway.client("mixed")) {
      String authority = name + ".example:" + port;
      client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
      assertThat(client.readUntil("\r\n\r\n")).as(name).startsWith("HTTP/1.1 200");
    }
  }

  private static double rejected(GatewayFixture gateway) throws IOException {
    return OverloadIT.metric(
        gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text(),
        "fairlead_limit_rejections_total{limit=\"dns_names\"}");
  }
}
