package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two hundred changes of the file in twenty seconds, under traffic that must not notice. */
class ReloadStormIT {
  private static final int RELOADS = 200;
  private static final int EVERY_MILLIS = 100;
  private static final int CLIENTS = 32;

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong served = new AtomicLong();
  private final AtomicLong streamed = new AtomicLong();
  private final AtomicLong overHttp2 = new AtomicLong();
  private final AtomicLong exchanged = new AtomicLong();

  /** Makes a stream of a fresh connection. */
  private interface Opening {
    void open(RawClient client) throws IOException;
  }

  @Test
  void twoHundredReloadsLoseNothingAndRefuseEveryInvalidFile() throws Exception {
    try (var upstream =
            GatewayFixture.start(
                "listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }\n" + LIMITS);
        var datagrams = new UdpStreamsIT.Named("echo");
        var gateway = GatewayFixture.start(config(0, upstream.port("echo"), datagrams.port()))) {
      Set<Long> inodes = ListeningSockets.inodes(gateway.port("web"));
      assertThat(inodes).hasSize(1);
      List<Thread> clients =
          IntStream.range(0, CLIENTS)
              .mapToObj(i -> Thread.ofVirtual().start(() -> loop(gateway.port("web"), i % 2 == 0)))
              .toList();
      List<Thread> streams =
          List.of(
              Thread.ofVirtual().start(() -> stream(gateway, "web", ReloadStormIT::upgrade)),
              Thread.ofVirtual().start(() -> stream(gateway, "mixed", socks(upstream))),
              Thread.ofVirtual().start(() -> shortStreams(gateway, socks(upstream))),
              Thread.ofVirtual().start(() -> http2(gateway.port("h2"))),
              Thread.ofVirtual().start(() -> session(gateway.port("dgram"))));
      long generation = storm(gateway, upstream.port("echo"), datagrams.port());
      over.set(true);
      for (Thread client : clients) client.join();
      for (Thread stream : streams) stream.join();
      assertThat(streamed.get()).as("rounds on streams").isGreaterThan(100);
      assertThat(overHttp2.get()).as("requests over HTTP/2").isGreaterThan(100);
      assertThat(exchanged.get()).as("datagrams there and back").isGreaterThan(100);
      assertThat(datagrams.sources).as("sessions of the one client").hasSize(1);
      assertThat(failures).isEmpty();
      assertThat(served.get()).as("requests served during the storm").isGreaterThan(10_000);
      assertThat(ListeningSockets.inodes(gateway.port("web"))).isEqualTo(inodes);
      assertThat(gateway.gateway().configuration().running().current().snapshot().version())
          .isEqualTo(generation);
    }
  }

  /** Runs the reloads at a fixed rate; returns the generation that must run at the end. */
  private long storm(GatewayFixture gateway, int echoPort, int datagramPort) throws Exception {
    var generation = new AtomicLong(1);
    var left = new CountDownLatch(RELOADS);
    try (var pace = Executors.newSingleThreadScheduledExecutor()) {
      var round = new AtomicLong();
      pace.scheduleAtFixedRate(
          () -> {
            if (left.getCount() == 0) return;
            try {
              reload(
                  gateway,
                  config((int) round.incrementAndGet(), echoPort, datagramPort),
                  (int) round.get(),
                  generation);
            } catch (IOException | AssertionError | RuntimeException failure) {
              failures.add("reload " + round.get() + ": " + failure);
            } finally {
              left.countDown();
            }
          },
          0,
          EVERY_MILLIS,
          TimeUnit.MILLISECONDS);
      assertThat(left.await(180, TimeUnit.SECONDS)).isTrue();
      pace.shutdownNow();
    }
    return generation.get();
  }

  private void reload(GatewayFixture gateway, String good, int round, AtomicLong generation)
      throws IOException {
    boolean invalid = round % 5 == 0;
    gateway.replaceConfig(invalid ? good.replace("upstreams:", "upstreems:") : good);
    StrictHttpParser.Response answer = gateway.control("/reload");
    if (invalid) {
      int line =
          (int)
              GatewayFixture.whole(gateway.dir(), good)
                  .substring(0, GatewayFixture.whole(gateway.dir(), good).indexOf("upstreams:"))
                  .lines()
                  .count();
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.text().replaceAll("\\s", ""))
          .contains("\"line\":" + (line + 1))
          .contains("\"column\":1")
          .contains("\"generation\":" + generation.get());
    } else {
      long expected = generation.incrementAndGet();
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.text().replaceAll("\\s", "")).contains("\"generation\":" + expected);
      assertThat(get(gateway.port("web"), "/version").text()).isEqualTo("round " + round);
    }
  }

  private void loop(int port, boolean keepAlive) {
    while (!over.get()) {
      try (RawClient client = RawClient.connect(port)) {
        boolean kept;
        do {
          StrictHttpParser.Response answer = client.send(request("/echo")).readResponse();
          if (answer.status() != 200)
            failures.add("status " + answer.status() + " " + answer.text());
          served.incrementAndGet();
          // A connection has a bound on its requests, and says so in time.
          kept = !answer.field("Connection").orElse("").equalsIgnoreCase("close");
        } while (keepAlive && kept && !over.get());
      } catch (IOException | RuntimeException failure) {
        failures.add((keepAlive ? "keep-alive: " : "new connection: ") + failure);
        return;
      }
    }
  }

  /** Requests over HTTP/2, on connections that last a while. */
  private void http2(int port) {
    while (!over.get()) {
      try (Http2Client client = Http2Client.connect(port).start()) {
        for (int stream = 1; stream < 2000 && !over.get(); stream += 2) {
          int status = client.get(stream, "/echo").response(stream).status();
          if (status != 200) failures.add("HTTP/2: status " + status);
          overHttp2.incrementAndGet();
        }
      } catch (IOException | RuntimeException failure) {
        failures.add("HTTP/2: " + failure);
        return;
      }
    }
  }

  /** One client's datagrams, each of which must come back. */
  private void session(int port) {
    try (var client = new UdpStreamsIT.Client("127.0.0.1", port)) {
      for (long i = 0; !over.get(); i++) {
        String answer = client.send("d" + i).receive();
        if (!answer.equals("echo:d" + i)) failures.add("datagram " + i + ": " + answer);
        exchanged.incrementAndGet();
      }
    } catch (IOException | RuntimeException failure) {
      failures.add("datagrams: " + failure);
    }
  }

  /** One stream that lives through all of it. */
  private void stream(GatewayFixture gateway, String listener, Opening opening) {
    try (RawClient client = gateway.client(listener)) {
      opening.open(client);
      while (!over.get()) echo(client);
    } catch (IOException | RuntimeException failure) {
      failures.add("stream through " + listener + ": " + failure);
    }
  }

  /** Streams that come and go. */
  private void shortStreams(GatewayFixture gateway, Opening opening) {
    while (!over.get()) {
      try (RawClient client = gateway.client("mixed")) {
        opening.open(client);
        echo(client);
      } catch (IOException | RuntimeException failure) {
        failures.add("new SOCKS stream: " + failure);
        return;
      }
    }
  }

  /** A masked WebSocket ping, which a raw echo gives back as it is. */
  private void echo(RawClient client) throws IOException {
    client.send(new byte[] {(byte) 0x89, (byte) 0x81, 0, 0, 0, 0, 'x'});
    client.readUntil("x");
    streamed.incrementAndGet();
  }

  private static void upgrade(RawClient client) throws IOException {
    client.send(
        "GET /ws HTTP/1.1\r\nHost: storm.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
  }

  private static Opening socks(GatewayFixture upstream) {
    int port = upstream.port("echo");
    return client -> {
      client.send(new byte[] {5, 1, 0});
      client.readExactly(2);
      client.send(new byte[] {5, 1, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port});
      assertThat(client.readExactly(10)[1]).isZero();
    };
  }

  private static StrictHttpParser.Response get(int port, String path) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return client.send(request(path)).readResponse();
    }
  }

  private static String request(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: storm.test\r\n\r\n";
  }

  private static final String LIMITS =
      "limits: { connections_per_ip: off, new_connections_per_ip: off, event_loop_delay: off }\n";

  private static String config(int round, int echoPort, int datagramPort) {
    return LIMITS
        + """
        listeners:
          web: { bind: "127.0.0.1:0", proto: http, service: site }
          mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
          h2: { bind: "127.0.0.1:0", proto: http, h2c: true, service: site }
          dgram: { bind: "127.0.0.1:0", proto: udp, service: packets }
        streams:
          packets: { destination: "127.0.0.1:%3$d" }
        forward:
          egress: { destinations: { private: allow, connect_ports: all, allow: ["127.0.0.1"] } }
        http:
          site:
            default: true
            routes:
              - { id: version, match: { path: /version }, respond: { status: 200, body: "round %1$d" } }
              - { id: echo, match: { path: /* }, upstream: echo, websocket: true }
        upstreams:
          echo: { endpoints: [ { url: "http://127.0.0.1:%2$d" } ] }
        """
            .formatted(round, echoPort, datagramPort);
  }
}
