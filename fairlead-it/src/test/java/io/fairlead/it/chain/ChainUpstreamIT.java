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
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A contract names servers and tunnel agents, their weights, and what becomes of them. */
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
        listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
        http: { site: { default: true, routes: [ { id: all, match: { path: /* }, upstream: app } ] } }
        upstreams: { app: { balance: round_robin, endpoints: [] } }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 3, remove: 1 }"));
  }

  private static byte[] weighed(String endpoint, int weight, boolean add) {
    byte[] text = endpoint.getBytes(StandardCharsets.UTF_8);
    BigInteger roles = BigInteger.valueOf(UPSTREAM);
    BigInteger heavy = BigInteger.valueOf(weight);
    byte[] none = new byte[0];
    byte[] id = ChainWorld.id(endpoint);
    String data =
        add
            ? RegistryAbi.ADD.call(
                id, new byte[20], roles, heavy, BigInteger.ZERO, text, none, none)
            : RegistryAbi.UPDATE.call(id, roles, heavy, BigInteger.ZERO, text, none, none);
    return data.getBytes(StandardCharsets.US_ASCII);
  }

  private static void write(ChainWorld world, String endpoint, int weight, boolean add)
      throws Exception {
    world.send(new String(weighed(endpoint, weight, add), StandardCharsets.US_ASCII));
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
      write(world, at(one), 100, true);
      write(world, at(two), 300, true);
      world.chain().mine(4);
      GatewayFixture gateway = world.gateway(web(world));
      Map<String, Integer> first = share(gateway, REQUESTS);
      near(first.get("one"), 0.25);
      near(first.get("two"), 0.75);

      // A third one, and another weight for the second: 100, 100 and 200.
      write(world, at(three), 200, true);
      write(world, at(two), 100, false);
      world.chain().mine(4);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 3);
      ChainWorld.inSync(gateway);
      Map<String, Integer> second = share(gateway, REQUESTS);
      near(second.get("one"), 0.25);
      near(second.get("two"), 0.25);
      near(second.get("three"), 0.5);

      // Requests that take their time and are not asked twice, at least one at each server.
      List<RawClient> busy = new ArrayList<>();
      for (int i = 0; i < 40 && (slow(one) == 0 || slow(two) == 0); i++) {
        RawClient client = gateway.client("web").timeout(SOON);
        busy.add(client.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
        int sent = busy.size();
        await().atMost(SOON).until(() -> slow(one) + slow(two) + slow(three) == sent);
      }

      // Who drains gets nothing new.
      world.setStatus(at(two), 2);
      world.chain().mine(1);
      await().atMost(SOON).until(() -> !share(gateway, 8).containsKey("two"));
      int drained = two.requests().size();
      assertThat(share(gateway, 50)).containsOnlyKeys("one", "three");
      assertThat(two.requests()).hasSize(drained);

      // Nor does who is revoked, and what it was busy with ends at once.
      long victims = slow(one);
      world.revoke(at(one));
      world.chain().mine(1);
      await().atMost(SOON).until(() -> share(gateway, 8).keySet().equals(Set.of("three")));
      int gone = one.requests().size();
      assertThat(share(gateway, 50)).containsOnlyKeys("three");
      assertThat(one.requests()).hasSize(gone);
      hold.countDown();
      List<Integer> statuses = new ArrayList<>();
      for (RawClient each : busy) {
        statuses.add(each.readResponse().status());
        each.close();
      }
      assertThat(statuses).containsOnly(200, 502);
      assertThat(statuses).filteredOn(status -> status == 502).hasSize((int) victims);
    }
  }

  private static long slow(RecordingServer server) {
    return server.requests().stream().filter(each -> each.target().equals("/slow")).count();
  }

  /** Sends to whoever connects for as long as somebody listens. */
  private static ServerSocket endless() throws IOException {
    ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              byte[] chunk = new byte[16 * 1024];
              try {
                while (true) {
                  Socket socket = server.accept();
                  Thread.ofVirtual()
                      .start(
                          () -> {
                            try (socket) {
                              while (true) socket.getOutputStream().write(chunk);
                            } catch (IOException ended) {
                              return;
                            }
                          });
                }
              } catch (IOException closed) {
                return;
              }
            });
    return server;
  }

  @Test
  @Tag("nightly")
  void scenarioFARevokedAgentsDownloadEndsAndItIsNotLetInAgain() throws Exception {
    IdentityKey key = IdentityKey.make(Randomness.system());
    int port = FreePorts.one();
    try (ChainWorld world = ChainWorld.start();
        ServerSocket source = endless()) {
      world.chain().mine(5); // deep enough to be read
      GatewayFixture gateway = world.gateway(tunnels(world, port));
      Path keyFile = gateway.dir().resolve("agent.key");
      key.write(keyFile);
      GatewayFixture agent =
          world.also(
              GatewayFixture.start(
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
                          keyFile,
                          InternalCa.certificateFile(gateway.dir().resolve("state")),
                          source.getLocalPort(),
                          port)));
      assertThat(agent.dir()).isNotEqualTo(gateway.dir());
      await().atMost(SOON).until(() -> refusals(gateway) > 0); // nobody knows it yet

      byte[] bytes = key.publicKey().multicodec();
      world.send(world.addCall(AGENT, TUNNEL_CLIENT, bytes));
      world.chain().mine(4);
      RawClient visitor =
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> download(port), Optional::isPresent)
              .orElseThrow();
      visitor.readExactly(1024 * 1024);
      long before = refusals(gateway);
      world.revoke(AGENT);
      long start = System.nanoTime();
      world.chain().mine(1);
      visitor.timeout(Duration.ofSeconds(30)).drainToEnd();
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println("chain: a tunnel's download ended after " + took.toMillis() + " ms");
      assertThat(took).isLessThan(Duration.ofSeconds(10));
      await().atMost(Duration.ofSeconds(60)).until(() -> refusals(gateway) > before);
      assertThat(download(port)).isEmpty();
      visitor.close();
    }
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
        certs: { local: { internal: true, hosts: [localhost] } }
        tunnels:
          server:
            listen: 127.0.0.1:0
            tls: { cert: local }
            agents: [ { registry: main, allow: { tcp_ports: [ "@PORT@" ] } } ]
            expose: { bind: 127.0.0.1, tcp_ports: "@PORT@-@PORT@" }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 3, remove: 1 }"))
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

  private static long refusals(GatewayFixture gateway) throws IOException {
    return ChainWorld.metrics(gateway)
        .lines()
        .filter(line -> line.startsWith("fairlead_tunnel_refused_total"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
