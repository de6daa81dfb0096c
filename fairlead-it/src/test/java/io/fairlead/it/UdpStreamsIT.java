package io.fairlead.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** UDP sessions through a whole gateway. */
@Timeout(60)
class UdpStreamsIT {
  /** Answers each datagram with its name and the datagram. */
  static final class Named implements AutoCloseable {
    final Set<InetSocketAddress> sources = ConcurrentHashMap.newKeySet();
    private final DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    private final String name;

    Named(String name) throws IOException {
      this.name = name;
      Thread.ofVirtual().start(this::serve);
    }

    int port() {
      return socket.getLocalPort();
    }

    private void serve() {
      byte[] buffer = new byte[65_535];
      while (!socket.isClosed()) {
        try {
          DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
          socket.receive(packet);
          sources.add((InetSocketAddress) packet.getSocketAddress());
          byte[] start = (name + ":").getBytes(US_ASCII);
          byte[] answer = new byte[Math.min(65_507, start.length + packet.getLength())];
          System.arraycopy(start, 0, answer, 0, start.length);
          System.arraycopy(buffer, 0, answer, start.length, answer.length - start.length);
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        } catch (IOException closed) {
          return;
        }
      }
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** A client of its own port. */
  static final class Client implements AutoCloseable {
    private final DatagramSocket socket;

    Client(String from, int port) throws IOException {
      socket = new DatagramSocket(new InetSocketAddress(from, 0));
      socket.connect(new InetSocketAddress("127.0.0.1", port)); // takes nothing from elsewhere
      socket.setSoTimeout(5000);
    }

    Client send(String text) throws IOException {
      byte[] bytes = text.getBytes(US_ASCII);
      socket.send(new DatagramPacket(bytes, bytes.length));
      return this;
    }

    String receive() throws IOException {
      DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
      socket.receive(packet);
      return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
    }

    /** The answer, asked for again where a datagram is lost. */
    String ask(String text) throws IOException {
      socket.setSoTimeout(500);
      for (int i = 0; i < 10; i++) {
        try {
          return send(text).receive();
        } catch (SocketTimeoutException lost) {
          // once more
        }
      }
      throw new AssertionError("no answer to " + text);
    }

    boolean silent() throws IOException {
      socket.setSoTimeout(300);
      try {
        receive();
        return false;
      } catch (SocketTimeoutException nothing) {
        return true;
      }
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static String sections(String sections, Object... arguments) {
    return "listeners: { dns: { bind: \"127.0.0.1:0\", proto: udp, service: names } }\n"
        + sections.formatted(arguments);
  }

  private static GatewayFixture gateway(String sections, Object... arguments) throws Exception {
    return GatewayFixture.start(sections(sections, arguments));
  }

  @Test
  void eachClientHasASessionAndAnswersComeFromTheAddressItAsked() throws Exception {
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway("streams: { names: { destination: \"127.0.0.1:%d\" } }", server.port())) {
      for (int i = 0; i < 5; i++) {
        try (Client client = new Client("127.0.0." + (i + 2), gateway.port("dns"))) {
          assertThat(client.ask("one" + i)).isEqualTo("s:one" + i);
          assertThat(client.ask("two" + i)).isEqualTo("s:two" + i);
        }
      }
      assertThat(server.sources).hasSize(5);
    }
  }

  @Test
  void theLongestDatagramPassesAndALongerThanConfiguredDoesNot() throws Exception {
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway(
                "streams: { names: { destination: \"127.0.0.1:%d\", udp: { datagram_max: 60000 } }"
                    + " }",
                server.port());
        Client client = new Client("127.0.0.1", gateway.port("dns"))) {
      String longest = "x".repeat(59_998);
      assertThat(client.ask(longest)).isEqualTo("s:" + longest);
      assertThat(client.send("y".repeat(60_001)).silent()).isTrue();
    }
  }

  @Test
  void aClientStaysWithItsServer() throws Exception {
    List<Named> servers = new ArrayList<>();
    for (int i = 0; i < 4; i++) servers.add(new Named("s" + i));
    try (GatewayFixture gateway =
        gateway(
            """
            streams: { names: { upstream: pool } }
            upstreams:
              pool:
                endpoints:
                  - { address: "127.0.0.1:%d" }
                  - { address: "127.0.0.1:%d" }
                  - { address: "127.0.0.1:%d" }
                  - { address: "127.0.0.1:%d" }
            """,
            servers.stream().map(Named::port).toArray())) {
      Set<String> used = new HashSet<>();
      for (int i = 2; i < 26; i++) {
        Set<String> ofOne = new HashSet<>();
        for (int port = 0; port < 3; port++) {
          try (Client client = new Client("127.0.0." + i, gateway.port("dns"))) {
            ofOne.add(client.ask("x"));
          }
        }
        assertThat(ofOne).hasSize(1);
        used.addAll(ofOne);
      }
      assertThat(used).hasSizeGreaterThan(2);
    } finally {
      servers.forEach(Named::close);
    }
  }

  @Test
  void aSessionEndsByItsAnswersBySilenceAndByTheBound() throws Exception {
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway(
                "streams: { names: { destination: \"127.0.0.1:%d\", udp: { responses: 1 } } }",
                server.port());
        Client client = new Client("127.0.0.1", gateway.port("dns"))) {
      for (int i = 0; i < 3; i++) client.ask("x");
      assertThat(server.sources).hasSizeGreaterThanOrEqualTo(3);
    }
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway(
                "streams: { names: { destination: \"127.0.0.1:%d\", idle_timeout: 200ms } }",
                server.port());
        Client client = new Client("127.0.0.1", gateway.port("dns"))) {
      client.ask("x");
      await().until(() -> metric(gateway, "fairlead_proxy_stream_sessions") == 0);
      client.ask("y");
      assertThat(server.sources).hasSizeGreaterThanOrEqualTo(2);
    }
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway(
                "streams: { names: { destination: \"127.0.0.1:%d\", limits: { sessions: 2 } } }",
                server.port())) {
      for (int i = 0; i < 5; i++) {
        try (Client client = new Client("127.0.0.1", gateway.port("dns"))) {
          client.ask("x");
        }
      }
      assertThat(metric(gateway, "fairlead_proxy_stream_sessions")).isEqualTo(2);
      assertThat(metric(gateway, "fairlead_limit_rejections_total{limit=\"stream_sessions\"}"))
          .isEqualTo(3);
    }
  }

  @Test
  void whoMayNotComeIsNotAnsweredAlsoAfterAReload() throws Exception {
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway("streams: { names: { destination: \"127.0.0.1:%d\" } }", server.port());
        Client kept = new Client("127.0.0.2", gateway.port("dns"));
        Client cut = new Client("127.0.0.3", gateway.port("dns"))) {
      kept.ask("x");
      cut.ask("x");
      int before = server.sources.size();
      gateway.replaceConfig(
          sections(
              """
              streams:
                names: { destination: "127.0.0.1:%d", acl: [ { deny: 127.0.0.3/32 } ] }
              """,
              server.port()));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(kept.ask("y")).isEqualTo("s:y");
      assertThat(server.sources).hasSize(before); // the same session
      assertThat(cut.send("z").silent()).isTrue();
    }
  }

  @Test
  void aStormOfReloadsLosesNoSession() throws Exception {
    try (Named server = new Named("s");
        GatewayFixture gateway =
            gateway("streams: { names: { destination: \"127.0.0.1:%d\" } }", server.port())) {
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger asked = new AtomicInteger();
      List<Throwable> failures = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Client client = new Client("127.0.0." + (10 + i), gateway.port("dns"));
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (client) {
                        while (!stop.get()) {
                          String text = "q" + asked.incrementAndGet();
                          assertThat(client.send(text).receive()).isEqualTo("s:" + text);
                        }
                      } catch (IOException | AssertionError failure) {
                        synchronized (failures) {
                          failures.add(failure);
                        }
                      }
                    }));
      }
      for (int i = 0; i < 20; i++) {
        gateway.replaceConfig(
            sections(
                "streams: { names: { destination: \"127.0.0.1:%d\", idle_timeout: %ds } }",
                server.port(), 30 + i));
        assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      }
      stop.set(true);
      for (Thread thread : threads) thread.join();
      assertThat(failures).isEmpty();
      assertThat(asked.get()).isGreaterThan(50);
      assertThat(server.sources).hasSize(8);
    }
  }

  static double metric(GatewayFixture gateway, String name) throws IOException {
    return gateway
        .api()
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .filter(line -> !name.contains("{") || line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void nothingIsBoundForTcp() throws Exception {
    try (GatewayFixture gateway = gateway("streams: { names: { destination: \"127.0.0.1:9\" } }")) {
      int port = gateway.port("dns");
      assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
          .isInstanceOf(ConnectException.class);
    }
  }
}
