package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.it.GatewayFixture;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.certs.InternalCa;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A contract names servers and tunnel agents, their weights, and what becomes of them. Its node
 * mines a block each second, and streams to other nodes of the list go on.
 */
class ChainUpstreamIT {
  private static final int UPSTREAM = 4;
  private static final int TUNNEL_CLIENT = 16;
  private static final int REQUESTS = 200;
  private static final String AGENT = "127.0.0.1:7777"; // nobody is there

  /** A backend: says its name; the path {@code /slow} waits until the test lets it go. */
  private static RecordingServer backend(String name, CountDownLatch hold) throws IOException {
    return RecordingServer.http(
        request -> {
          if (request.target().equals("/slow")) hold.await();
          return RecordingServer.response(200, name);
        });
  }

  private static String at(RecordingServer server) {
    return "127.0.0.1:" + server.port();
  }

  private static String web(ChainWorld world) {
    return "# quick\n"
        + world.followed()
        + """
        registry:
          interval: 2s
          sources: [ @SOURCE@ ]
          targets:
            - { name: web, kind: upstream, upstream: app, source: main, policy: mirror, first_sync: auto, rails: { hold_down: 1s, max_remove: 100% } }
            @MESH@
        listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site }, @LISTENER@ }
        @STREAMS@
        http: { site: { default: true, routes: [ { id: all, match: { path: /* }, upstream: app } ] } }
        upstreams: { app: { balance: round_robin, endpoints: [] }, @POOL@ }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 3, remove: 1 }"))
            .replace("@MESH@", ChainWorld.MESH)
            .replace("@LISTENER@", ChainWorld.LISTENER)
            .replace("@STREAMS@", ChainWorld.STREAMS)
            .replace("@POOL@", ChainWorld.POOL);
  }

  private static String weighed(String endpoint, int weight, boolean add) {
    byte[] text = endpoint.getBytes(StandardCharsets.UTF_8);
    BigInteger roles = BigInteger.valueOf(UPSTREAM);
    BigInteger heavy = BigInteger.valueOf(weight);
    byte[] none = new byte[0];
    byte[] id = ChainWorld.id(endpoint);
    return add
        ? RegistryAbi.ADD.call(id, new byte[20], roles, heavy, BigInteger.ZERO, text, none, none)
        : RegistryAbi.UPDATE.call(id, roles, heavy, BigInteger.ZERO, text, none, none);
  }

  /** How often each backend answers; every request is answered well. */
  private static Map<String, Integer> share(GatewayFixture gateway, int requests)
      throws IOException {
    Map<String, Integer> answers = new TreeMap<>();
    try (RawClient client = gateway.client("web").timeout(SOON)) {
      for (int i = 0; i < requests; i++) {
        StrictHttpParser.Response response =
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
        assertThat(response.status()).isEqualTo(200);
        answers.merge(response.text(), 1, Integer::sum);
      }
    }
    return answers;
  }

  private static void near(int count, double share) {
    assertThat((double) count / REQUESTS).isBetween(share - 0.05, share + 0.05);
  }

  @Test
  void scenarioFServersFollowTheirWeightsDrainAndAreCut() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    try (ChainWorld world = ChainWorld.start();
        RecordingServer one = backend("one", hold);
        RecordingServer two = backend("two", hold);
        RecordingServer three = backend("three", hold)) {
      world.send(weighed(at(one), 100, true));
      world.send(weighed(at(two), 300, true));
      world.register(4);
      world.paced();
      world.three(web(world), 4);
      shares(world, Map.of("one", 0.25, "two", 0.75));

      // A third one, and another weight for the second: 100, 100 and 200.
      List<JsonNode> changed =
          world.sendAll(weighed(at(three), 200, true), weighed(at(two), 100, false));
      world.deep(changed.getLast(), 3);
      long head = world.chain().head();
      world.awaitEach(gateway -> ChainWorld.seen(gateway) >= head);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 3);
      world.atEach(ChainWorld::inSync);
      shares(world, Map.of("one", 0.25, "two", 0.25, "three", 0.5));

      // Requests that take their time and are not asked twice, at least one at each server.
      Map<GatewayFixture, Busy> busy = new LinkedHashMap<>();
      world.atEach(gateway -> busy.put(gateway, Busy.at(gateway, one, two, three)));

      // Who drains gets nothing new.
      world.deep(world.setStatus(at(two), 2), 1);
      world.atEach(
          gateway -> await().atMost(SOON).until(() -> !share(gateway, 8).containsKey("two")));
      int drained = two.requests().size();
      world.atEach(gateway -> assertThat(share(gateway, 50)).containsOnlyKeys("one", "three"));
      assertThat(two.requests()).hasSize(drained);

      // Nor does who is revoked, and what it was busy with ends at once.
      long start = world.deep(world.revoke(at(one)), 1);
      for (Busy each : busy.values()) each.cut(start);
      world.atEach(
          gateway ->
              await().atMost(SOON).until(() -> share(gateway, 8).keySet().equals(Set.of("three"))));
      int gone = one.requests().size();
      world.atEach(gateway -> assertThat(share(gateway, 50)).containsOnlyKeys("three"));
      assertThat(one.requests()).hasSize(gone);
      hold.countDown();
      for (Busy each : busy.values()) each.end();
      world.atEach(gateway -> world.traffic(gateway).undisturbed("P1", "P2", "P3", "P4"));
    }
  }

  private static void shares(ChainWorld world, Map<String, Double> wanted) throws Exception {
    world.atEach(
        gateway -> {
          Map<String, Integer> counted = share(gateway, REQUESTS);
          assertThat(counted).containsOnlyKeys(wanted.keySet());
          wanted.forEach((name, share) -> near(counted.getOrDefault(name, 0), share));
        });
  }

  /** Slow requests through one gateway, by the server that each is at. */
  private record Busy(List<RawClient> cut, List<RawClient> spared) {
    static Busy at(
        GatewayFixture gateway, RecordingServer one, RecordingServer two, RecordingServer three)
        throws IOException {
      Busy busy = new Busy(new ArrayList<>(), new ArrayList<>());
      boolean second = false;
      for (int i = 0; i < 40 && (busy.cut.isEmpty() || !second); i++) {
        long first = slow(one);
        long other = slow(two);
        long all = first + other + slow(three);
        RawClient client = gateway.client("web").timeout(SOON);
        client.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        await().atMost(SOON).until(() -> slow(one) + slow(two) + slow(three) == all + 1);
        (slow(one) > first ? busy.cut : busy.spared).add(client);
        second |= slow(two) > other;
      }
      assertThat(busy.cut).isNotEmpty();
      assertThat(second).isTrue();
      return busy;
    }

    /** What was at the revoked server is answered although that server never answers. */
    void cut(long since) throws IOException {
      for (RawClient each : cut) assertThat(each.readResponse().status()).isEqualTo(502);
      Duration took = Duration.ofNanos(System.nanoTime() - since);
      System.out.println("chain: slow requests cut after " + took.toMillis() + " ms");
      assertThat(took).isLessThan(Duration.ofSeconds(5));
      for (RawClient each : cut) each.close();
    }

    /** What was at the others, the draining one among them, ends well. */
    void end() throws IOException {
      for (RawClient each : spared) {
        assertThat(each.readResponse().status()).isEqualTo(200);
        each.close();
      }
    }
  }

  private static long slow(RecordingServer server) {
    return server.requests().stream().filter(each -> each.target().equals("/slow")).count();
  }

  /** Sends to whoever connects for as long as both are there, some megabytes a second. */
  private static final class Endless implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    private final ScheduledExecutorService turns =
        Executors.newScheduledThreadPool(8, Thread.ofVirtual().factory());

    Endless() throws IOException {
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      byte[] chunk = new byte[16 * 1024];
      while (true) {
        try {
          Socket socket = server.accept();
          turns.scheduleWithFixedDelay(() -> write(socket, chunk), 0, 5, TimeUnit.MILLISECONDS);
        } catch (IOException closed) {
          return;
        }
      }
    }

    private static void write(Socket socket, byte[] chunk) {
      try {
        socket.getOutputStream().write(chunk);
      } catch (IOException ended) {
        throw new UncheckedIOException(ended); // no more turns
      }
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      turns.shutdownNow();
      server.close();
    }
  }

  @Test
  @Tag("nightly")
  void scenarioFARevokedAgentsDownloadEndsAndItIsNotLetInAgain() throws Exception {
    IdentityKey key = IdentityKey.make(Randomness.system());
    Map<GatewayFixture, Integer> ports = new LinkedHashMap<>();
    try (ChainWorld world = ChainWorld.start();
        Endless source = new Endless()) {
      world.register(4);
      world.paced();
      for (int i = 1; i <= 3; i++) {
        int port = FreePorts.one();
        ports.put(world.named("G" + i, tunnels(world, port)), port);
      }
      world.atEach(ChainWorld::inSync);
      world.atEach(gateway -> ChainWorld.meshed(gateway, 4));
      world.atEach(gateway -> world.steady(gateway, 4));
      for (Map.Entry<GatewayFixture, Integer> each : ports.entrySet())
        world.also(agent(each.getKey(), key, source.port(), each.getValue()));
      world.awaitEach(gateway -> refusals(gateway) > 0); // nobody knows it yet

      byte[] bytes = key.publicKey().multicodec();
      world.deep(world.send(world.addCall(AGENT, TUNNEL_CLIENT, bytes)), 3);
      Map<GatewayFixture, RawClient> visitors = new LinkedHashMap<>();
      Map<GatewayFixture, Double> before = new LinkedHashMap<>();
      world.atEach(
          gateway -> {
            RawClient visitor =
                await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> download(port(ports, gateway)), Optional::isPresent)
                    .orElseThrow();
            visitor.readExactly(1024 * 1024);
            visitors.put(gateway, visitor);
            before.put(gateway, refusals(gateway));
          });
      long start = world.deep(world.revoke(AGENT), 1);
      for (RawClient visitor : visitors.values()) visitor.timeout(SOON).drainToEnd();
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println("chain: three downloads ended after " + took.toMillis() + " ms");
      assertThat(took).isLessThan(Duration.ofSeconds(1));
      world.awaitEach(gateway -> refusals(gateway) > before.getOrDefault(gateway, 0.0));
      world.atEach(gateway -> assertThat(download(port(ports, gateway))).isEmpty());
      for (RawClient visitor : visitors.values()) visitor.close();
      world.atEach(gateway -> world.traffic(gateway).undisturbed("P1", "P2", "P3", "P4"));
    }
  }

  private static int port(Map<GatewayFixture, Integer> ports, GatewayFixture gateway) {
    return ports.getOrDefault(gateway, 0);
  }

  /** An agent of that key, whose one service is the endless download. */
  private static GatewayFixture agent(GatewayFixture gateway, IdentityKey key, int source, int port)
      throws Exception {
    Path file = gateway.dir().resolve("agent.key");
    key.write(file);
    return GatewayFixture.start(
        """
        # quick
        tunnels:
          agent:
            servers: [ "localhost:%d" ]
            identity: { file: "%s" }
            ca: "%s"
            connections: 1
            services: [ { name: data, type: tcp, destination: "127.0.0.1:%d", port: %d } ]
        """
            .formatted(
                gateway.port("tunnels/server"),
                file,
                InternalCa.certificateFile(gateway.dir().resolve("state")),
                source,
                port));
  }

  private static String tunnels(ChainWorld world, int port) {
    return "# quick\n"
        + world.followed()
        + """
        registry:
          interval: 2s
          sources: [ @SOURCE@ ]
          targets:
            - { name: agents, kind: tunnel_clients, source: main, policy: mirror, first_sync: auto }
            @MESH@
        listeners: { @LISTENER@ }
        @STREAMS@
        upstreams: { @POOL@ }
        certs: { local: { internal: true, hosts: [localhost] } }
        tunnels:
          server:
            listen: 127.0.0.1:0
            tls: { cert: local }
            agents: [ { registry: main, allow: { tcp_ports: [ "@PORT@" ] } } ]
            expose: { bind: 127.0.0.1, tcp_ports: "@PORT@-@PORT@" }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 3, remove: 1 }"))
            .replace("@MESH@", ChainWorld.MESH)
            .replace("@LISTENER@", ChainWorld.LISTENER)
            .replace("@STREAMS@", ChainWorld.STREAMS)
            .replace("@POOL@", ChainWorld.POOL)
            .replace("@PORT@", Integer.toString(port));
  }

  private static Optional<RawClient> download(int port) {
    try {
      RawClient client = RawClient.connect(port);
      client.timeout(Duration.ofSeconds(2)).readExactly(1024);
      return Optional.of(client);
    } catch (IOException | AssertionError refused) {
      return Optional.empty();
    }
  }

  private static double refusals(GatewayFixture gateway) {
    try {
      return ChainWorld.metric(gateway, "fairlead_tunnel_refused_total");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
