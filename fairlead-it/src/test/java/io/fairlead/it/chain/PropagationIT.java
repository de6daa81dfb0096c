package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.certs.InternalCa;
import io.fairlead.relay.RelayNode;
import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Revocations of members who are on every path: how long each path stays open, from the moment the
 * node is asked for the head that makes them count, and one audit line each.
 */
class PropagationIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String CALLER = "# quick\nrelay: { reachability: { mode: private } }\n";
  private static final List<String> PATHS =
      List.of(
          "proxy over http",
          "http forward",
          "proxy over socks",
          "udp association",
          "mqtt",
          "upstream stream",
          "upstream pool",
          "tunnel agent",
          "tunnel visitor",
          "relay reservation",
          "relay circuit");
  private static final int ROLES = 4 | 16 | 64; // upstream, tunnel client, client

  @Test
  void aFewRevocationsCloseEveryPathWithOneLineEach() throws Exception {
    assertThat(revocations(3, 1, 1).keySet()).containsExactlyInAnyOrderElementsOf(PATHS);
  }

  @Test
  @Tag("nightly")
  void aHundredRevocationsCloseEveryPathWithinASecond() throws Exception {
    Map<String, List<Long>> took = revocations(100, 100, 10);
    assertThat(took.keySet()).containsExactlyInAnyOrderElementsOf(PATHS);
    took.forEach(
        (path, millis) -> {
          assertThat(millis).as(path).hasSize(100);
          assertThat(percentile(millis, 99)).as(path).isLessThanOrEqualTo(1_000);
        });
  }

  /**
   * Revokes one member after the other.
   *
   * @param tunnels how many of them have a tunnel and a place at the relay
   * @param atOnce how many tunnels are there at one time
   */
  private static Map<String, List<Long>> revocations(int count, int tunnels, int atOnce)
      throws Exception {
    List<Member> members = new ArrayList<>();
    try (ChainWorld world = ChainWorld.start();
        GatewayFixture caller = GatewayFixture.start(CALLER);
        Node origin = new Node("origin");
        SocksLogin.Echo echo = new SocksLogin.Echo();
        MemberServer stays = new MemberServer("stays")) {
      world.add(stays.endpoint(), ROLES);
      for (int i = 0; i < count; i++) members.add(new Member(i));
      for (Member each : members) {
        byte[] key = each.key.publicKey().multicodec();
        world.send(world.addCall(each.server.endpoint(), ROLES, key));
      }
      world.chain().mine(3);
      List<Integer> ports = Stream.generate(FreePorts::one).limit(atOnce).toList();
      GatewayFixture gateway = world.gateway(yaml(world, ports));
      Map<String, RawClient> streams = everyMember(gateway, count + 1);
      Map<String, List<Long>> took = new TreeMap<>();
      for (int from = 0; from < count; from += atOnce) {
        List<GatewayFixture> agents = new ArrayList<>();
        try {
          List<Member> these = members.subList(from, Math.min(count, from + atOnce));
          for (int i = 0; i < these.size() && from + i < tunnels; i++) {
            agents.add(tunnel(gateway, these.get(i), ports.get(i)));
            relayed(gateway, agents.getLast(), caller, these.get(i));
          }
          for (Member member : these) {
            member.watch("upstream stream", streams.remove(member.server.name()));
            paths(gateway, member, origin, echo);
            member.watch("http forward", downloading(gateway, member, stays));
          }
          for (Member member : these) revoked(world, gateway, members, member, took);
        } finally {
          for (GatewayFixture agent : agents) agent.close();
        }
      }
      comesAgain(world, gateway, members.getFirst(), origin);
      assertThat(MemberServer.ask(streams.get("stays"), "/")).isEqualTo("stays");
      took.forEach(
          (path, millis) ->
              System.out.println(
                  "revocation: %s: %d, p50 %d ms, p99 %d ms, most %d ms"
                      .formatted(
                          path,
                          millis.size(),
                          percentile(millis, 50),
                          percentile(millis, 99),
                          Collections.max(millis))));
      for (RawClient client : streams.values()) client.close();
      return took;
    } finally {
      for (Member member : members) member.close();
    }
  }

  /** What a member has by its key alone; an association without datagrams would not last long. */
  private static void paths(
      GatewayFixture gateway, Member member, Node origin, SocksLogin.Echo echo) throws Exception {
    int proxy = gateway.port("proxy");
    member.ends.put("upstream pool", member.server.unpooled());
    member.watch("proxy over http", proxied(gateway, member, origin));
    RawClient socks = SocksLogin.stream(proxy, member.key, portOf(origin.endpoint()));
    assertThat(socks.readUntil("\n")).isEqualTo("origin\n");
    member.watch("proxy over socks", socks);
    member.watch("udp association", SocksLogin.association(proxy, member.key, echo));
    member.watch(session(gateway, member));
  }

  /** Revokes that one, and adds to {@code took} how many milliseconds each of its paths had. */
  private static void revoked(
      ChainWorld world,
      GatewayFixture gateway,
      List<Member> members,
      Member member,
      Map<String, List<Long>> took)
      throws Exception {
    pooled(gateway, members, member);
    member.look();
    member.ends.forEach((path, end) -> assertThat(end).as(path).isNotDone());
    JsonNode receipt = world.revoke(member.server.endpoint());
    long start = System.nanoTime();
    world.chain().mine(1);
    for (Map.Entry<String, CompletableFuture<Long>> end : member.ends.entrySet()) {
      long at = end.getValue().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      took.computeIfAbsent(end.getKey(), _ -> new ArrayList<>()).add((at - start) / 1_000_000);
    }
    oneLine(gateway, member, receipt);
  }

  /** A stream through the gateway to each server, by its name. */
  private static Map<String, RawClient> everyMember(GatewayFixture gateway, int count)
      throws IOException {
    Map<String, RawClient> byName = new TreeMap<>();
    for (int i = 0; i < count * 6 && byName.size() < count; i++) {
      RawClient client = RawClient.connect(gateway.port("mesh"));
      RawClient former = byName.put(MemberServer.ask(client, "/"), client);
      if (former != null) former.close();
    }
    assertThat(byName).hasSize(count);
    return byName;
  }

  /** The gateway keeps connections to a member's server for its next requests. */
  private static void pooled(GatewayFixture gateway, List<Member> members, Member member)
      throws IOException {
    if (member.server.pooled()) return;
    try (RawClient client = RawClient.connect(gateway.port("web"))) {
      for (int i = 0; i < members.size() * 3 && !member.server.pooled(); i++)
        assertThat(MemberServer.ask(client, MemberServer.POOLED)).isNotEmpty();
    }
    assertThat(member.server.pooled()).isTrue();
  }

  private static int portOf(String endpoint) {
    return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
  }

  /** A key that the list revokes is known and denied; one that it no longer names is nobody's. */
  private static void comesAgain(
      ChainWorld world, GatewayFixture gateway, Member member, Node origin) throws Exception {
    assertThat(asked(gateway, member, origin)).startsWith("HTTP/1.1 403");
    assertThat(answered(gateway, member)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    world.remove(member.server.endpoint());
    world.chain().mine(1);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(asked(gateway, member, origin)).startsWith("HTTP/1.1 407"));
    assertThat(answered(gateway, member)).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
  }

  private static String asked(GatewayFixture gateway, Member member, Node origin)
      throws IOException {
    try (RawClient client = RawClient.connect(gateway.port("proxy"))) {
      client.send(connect(member, origin));
      return client.readUntil("\r\n\r\n");
    }
  }

  private static ReasonCode answered(GatewayFixture gateway, Member member) throws IOException {
    try (MqttLink link = opened(gateway, member)) {
      return ((Packet.ConnAck) link.take(PATIENCE).orElseThrow()).reason();
    }
  }

  private static void oneLine(GatewayFixture gateway, Member member, JsonNode receipt) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(ChainWorld.audit(gateway, member.server.endpoint())).isNotEmpty());
    JsonMapper json = JsonMapper.builder().build();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              List<JsonNode> lines = new ArrayList<>();
              for (String line : ChainWorld.audit(gateway, member.server.endpoint())) {
                JsonNode tree = json.readTree(line);
                if (!tree.path("op").asString("").equals("add")) lines.add(tree);
              }
              assertThat(lines).hasSize(1);
              JsonNode line = lines.getFirst();
              assertThat(line.path("op").asString("")).isEqualTo("revoke");
              assertThat(line.path("tx").asString(""))
                  .isEqualTo(receipt.path("transactionHash").asString("?"));
              assertThat(line.path("block").asLong(0))
                  .isEqualTo(Long.decode(receipt.path("blockNumber").asString("0x0")));
            });
  }

  private static String yaml(ChainWorld world, List<Integer> ports) {
    String rails = "rails: { max_plans: 10000, max_remove: 100% }";
    StringBuilder targets = new StringBuilder();
    for (String kind : List.of("proxy_users", "mqtt_clients", "tunnel_clients", "relay_peers")) {
      targets.append(
          "    - { name: %s, kind: %1$s, source: main, policy: mirror, first_sync: auto, %s }\n"
              .formatted(kind, rails));
    }
    String allowed = String.join(", ", ports.stream().map(port -> "\"" + port + "\"").toList());
    return "# quick\n"
        + world.followed()
        + """
        limits: { connections_per_ip: off, new_connections_per_ip: off, event_loop_delay: off }
        registry:
          interval: 5s
          debounce: { quiet: 20ms, max: 100ms }
          sources: [ @SOURCE@ ]
          targets:
            - { name: mesh, kind: upstream, upstream: mesh, source: main, policy: mirror, first_sync: auto, @RAILS@ }
            - { name: pool, kind: upstream, upstream: pool, source: main, policy: mirror, first_sync: auto, @RAILS@ }
        @TARGETS@
        certs: { local: { internal: true, hosts: [localhost] } }
        listeners:
          mesh: { bind: "127.0.0.1:0", proto: tcp, service: mesh }
          web: { bind: "127.0.0.1:0", proto: http, service: web }
          proxy: { bind: "127.0.0.1:0", proto: mixed, service: egress }
          mqtt: { bind: "127.0.0.1:0", proto: mqtt }
        forward: { egress: { auth: { registry: main }, destinations: { private: allow, connect_ports: all } } }
        mqtt:
          anonymous: false
          auth: [ { type: registry, source: main } ]
          acl: { default: allow }

        streams: { mesh: { upstream: mesh } }
        http: { web: { default: true, routes: [ { id: all, match: { path: /* }, upstream: pool } ] } }
        upstreams:
          mesh: { balance: round_robin, endpoints: [] }
          pool: { balance: round_robin, endpoints: [], pool: { idle_timeout: 30m, max_age: 30m } }
        tunnels:
          server:
            listen: 127.0.0.1:0
            tls: { cert: local }
            agents: [ { registry: main, allow: { tcp_ports: [ @PORTS@ ] } } ]
            expose: { bind: 127.0.0.1, tcp_ports: "@FIRST@-@FIRST@" }
        relay:
          listen: ["/ip4/127.0.0.1/tcp/0"]
          reachability: { mode: public }
          service: { mode: "on", registry: main, limits: { per_ip: off, duration: off, reservations: off, circuits_per_peer: off, asks_per_peer: off, asks_per_ip: off }, classes: { anonymous: { circuits_per_peer: off }, registered: { circuits_per_peer: off } } }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 1, remove: 1 }"))
            .replace("@RAILS@", rails)
            .replace("@TARGETS@\n", targets)
            .replace("@PORTS@", allowed)
            .replace("@FIRST@", ports.getFirst().toString());
  }

  private static RawClient proxied(GatewayFixture gateway, Member member, Node origin)
      throws IOException {
    RawClient client = RawClient.connect(gateway.port("proxy"));
    client.send(connect(member, origin));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    client.readUntil("\n");
    return client;
  }

  /** A response that a forwarded request has got the beginning of. */
  private static RawClient downloading(GatewayFixture gateway, Member member, MemberServer from)
      throws IOException {
    RawClient client = RawClient.connect(gateway.port("proxy"));
    client.send(
        "GET http://%1$s%2$s HTTP/1.1\r\nHost: %1$s\r\nProxy-Authorization: Bearer %3$s\r\n\r\n"
            .formatted(from.endpoint(), MemberServer.UNENDING, member.token()));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    client.readUntil(from.name());
    return client;
  }

  private static String connect(Member member, Node origin) {
    return "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\nProxy-Authorization: Bearer %2$s\r\n\r\n"
        .formatted(origin.endpoint(), member.token());
  }

  private static MqttLink session(GatewayFixture gateway, Member member) throws IOException {
    MqttLink link = opened(gateway, member);
    assertThat(((Packet.ConnAck) link.take(PATIENCE).orElseThrow()).reason())
        .isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static MqttLink opened(GatewayFixture gateway, Member member) throws IOException {
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            600,
            member.server.name(),
            Optional.empty(),
            Optional.empty(),
            member.token().getBytes(StandardCharsets.UTF_8),
            Properties.EMPTY);
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", gateway.port("mqtt")), false, connect, PATIENCE);
  }

  /** An agent that proves itself by the member's key, and a visitor of its service. */
  private static GatewayFixture tunnel(GatewayFixture gateway, Member member, int port)
      throws Exception {
    Path key = gateway.dir().resolve(member.server.name() + ".key");
    member.key.write(key);
    GatewayFixture agent =
        GatewayFixture.start(
            """
            # quick
            tunnels:
              agent:
                servers: [ "localhost:%1$d" ]
                identity: { file: "%2$s" }
                ca: "%3$s"
                connections: 1
                services: [ { name: echo, type: tcp, destination: "%4$s", port: %5$d } ]
            relay:
              identity: { file: "%2$s" }
              reachability: { mode: private }
              auto: { static: [ "%6$s" ], num_relays: 1 }
            """
                .formatted(
                    gateway.port("tunnels/server"),
                    key,
                    InternalCa.certificateFile(gateway.dir().resolve("state")),
                    member.server.endpoint(),
                    port,
                    relayAddress(gateway)));
    RawClient visitor =
        await()
            .atMost(PATIENCE)
            .until(() -> visited(port, member), Optional::isPresent)
            .orElseThrow();
    member.watch("tunnel visitor", visitor);
    member.lookedAt(
        "tunnel agent", () -> !gateway.api().get("/v1/tunnels").text().contains(member.peerId()));
    return agent;
  }

  /** A circuit to the member's node, through the place that it has at the gateway's relay. */
  private static void relayed(
      GatewayFixture gateway, GatewayFixture agent, GatewayFixture caller, Member member)
      throws Exception {
    RelayNode relay = gateway.gateway().relay().orElseThrow();
    PeerId peer = agent.gateway().relay().orElseThrow().host().id();
    assertThat(peer.toString()).isEqualTo(member.peerId());
    await()
        .atMost(PATIENCE)
        .until(() -> relay.service().places().stream().anyMatch(at -> at.peer().equals(peer)));
    String through = relayAddress(gateway) + "/p2p-circuit/p2p/" + peer;
    assertThat(caller.api().send("POST", "/v1/relay/ping", "{\"peer\":\"" + through + "\"}").text())
        .contains("\"relayed\":true");
    RelayNode calling = caller.gateway().relay().orElseThrow();
    member.lookedAt(
        "relay reservation",
        () -> relay.service().places().stream().noneMatch(at -> at.peer().equals(peer)));
    member.lookedAt("relay circuit", () -> calling.host().connections(peer).isEmpty());
  }

  private static String relayAddress(GatewayFixture gateway) {
    RelayNode relay = gateway.gateway().relay().orElseThrow();
    return relay.host().listening().getFirst() + "/p2p/" + relay.host().id();
  }

  private static Optional<RawClient> visited(int port, Member member) {
    try {
      RawClient client = RawClient.connect(port);
      client.timeout(Duration.ofSeconds(2));
      if (MemberServer.ask(client, "/").equals(member.server.name())) return Optional.of(client);
      client.close();
    } catch (IOException | AssertionError notYet) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static long percentile(List<Long> values, int percent) {
    List<Long> sorted = values.stream().sorted().toList();
    int index = (int) Math.ceil(percent / 100.0 * sorted.size()) - 1;
    return sorted.get(Math.max(0, index));
  }
}
