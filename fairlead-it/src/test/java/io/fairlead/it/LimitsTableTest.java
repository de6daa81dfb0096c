package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.config.Reading;
import io.fairlead.it.mqtt.MqttLimitsIT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.ObjectMapper;

/** The table of bounds in {@code docs/limits.md} says what the program does. */
class LimitsTableTest {
  private static final String PUBSUB = "fairlead-pubsub/src/test/java/io/fairlead/pubsub/";
  private static final String HTTP2 = "fairlead-it/src/test/java/io/fairlead/it/Http2AttackIT.java";
  private static final String DATAGRAMS =
      "fairlead-proxy/src/test/java/io/fairlead/proxy/UdpAssociateTest.java";
  private static final String BOUNDED =
      "fairlead-proxy/src/test/java/io/fairlead/proxy/udp/UdpBoundsTest.java";

  private static final String HERE =
      "fairlead-it/src/test/java/io/fairlead/it/LimitsIT.java"
          + " fairlead-it/src/test/java/io/fairlead/it/mqtt/MqttLimitsIT.java";

  /** Rows whose tests are not in {@link LimitsIT}: the classes that have them. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry(
              "memory_budget",
              "fairlead-it/src/test/java/io/fairlead/it/OverloadIT.java"
                  + " fairlead-net/src/test/java/io/fairlead/net/listen/ShedConnectionsTest.java"
                  + " fairlead-net/src/test/java/io/fairlead/net/live/SlowConsumersTest.java"),
          Map.entry(
              "descriptors_for_connections",
              "fairlead-it/src/test/java/io/fairlead/it/DescriptorsIT.java"),
          Map.entry(
              "event_loop_delay",
              "fairlead-net/src/test/java/io/fairlead/net/overload/SheddingEdgeTest.java"),
          Map.entry(
              "http_write_stall", "fairlead-it/src/test/java/io/fairlead/it/HttpBoundsIT.java"),
          Map.entry("bandwidth", "fairlead-it/src/test/java/io/fairlead/it/BandwidthIT.java"),
          Map.entry(
              "log_lines", "fairlead-app/src/test/java/io/fairlead/app/logs/LineLimitTest.java"),
          Map.entry(
              "stream_connections", "fairlead-it/src/test/java/io/fairlead/it/TcpStreamsIT.java"),
          Map.entry(
              "stream_sessions",
              "fairlead-it/src/test/java/io/fairlead/it/UdpStreamsIT.java"
                  + " fairlead-proxy/src/test/java/io/fairlead/proxy/stream/SessionQueueTest.java"),
          Map.entry(
              "stream_first_bytes", "fairlead-it/src/test/java/io/fairlead/it/SniRoutingIT.java"),
          Map.entry(
              "proxy_protocol_header",
              "fairlead-it/src/test/java/io/fairlead/it/ProxyProtocolIT.java"),
          Map.entry(
              "event_watchers",
              "fairlead-control/src/test/java/io/fairlead/control/http/EventStreamTest.java"),
          Map.entry("mqtt_watchers", "fairlead-it/src/test/java/io/fairlead/it/MqttWatchIT.java"),
          Map.entry(
              "dns_answers",
              "fairlead-it/src/test/java/io/fairlead/it/DnsAnswersIT.java"
                  + " fairlead-net/src/test/java/io/fairlead/net/dial/DirectDialerTest.java"),
          Map.entry(
              "tunnel_carriers", "fairlead-it/src/test/java/io/fairlead/it/TunnelLimitsIT.java"),
          Map.entry(
              "tunnel_carriers_per_ip",
              "fairlead-it/src/test/java/io/fairlead/it/TunnelSocketIT.java"),
          Map.entry(
              "tunnel_agents_and_services",
              "fairlead-it/src/test/java/io/fairlead/it/TunnelLimitsIT.java"),
          Map.entry("tunnel_login", "fairlead-it/src/test/java/io/fairlead/it/TunnelLimitsIT.java"),
          Map.entry(
              "tunnel_streams", "fairlead-it/src/test/java/io/fairlead/it/TunnelLimitsIT.java"),
          Map.entry(
              "tunnel_datagrams", "fairlead-it/src/test/java/io/fairlead/it/TunnelLimitsIT.java"),
          Map.entry(
              "mixed_http_bounds", "fairlead-it/src/test/java/io/fairlead/it/HttpBoundsIT.java"),
          Map.entry(
              "mixed_responses", "fairlead-it/src/test/java/io/fairlead/it/HttpBoundsIT.java"),
          Map.entry(
              "relay_connections",
              "fairlead-libp2p/src/test/java/io/fairlead/libp2p/host/ResourcesTest.java"),
          Map.entry(
              "relay_streams",
              "fairlead-libp2p/src/test/java/io/fairlead/libp2p/host/ResourcesTest.java"),
          Map.entry(
              "relay_places",
              "fairlead-relay/src/test/java/io/fairlead/relay/service/RelayServiceTest.java"),
          Map.entry(
              "relay_circuits",
              "fairlead-relay/src/test/java/io/fairlead/relay/service/RelayServiceTest.java"),
          Map.entry(
              "relay_windows",
              "fairlead-libp2p/src/test/java/io/fairlead/libp2p/mux/WindowBudgetTest.java"),
          Map.entry(
              "upstream_chunks_and_trailers",
              "fairlead-it/src/test/java/io/fairlead/it/HttpBoundsIT.java"),
          Map.entry(
              "pubsub_requests", PUBSUB + "BoundsTest.java " + PUBSUB + "RequestFaultsTest.java"),
          Map.entry("pubsub_subscriptions", PUBSUB + "BoundsTest.java"),
          Map.entry("pubsub_messages", PUBSUB + "CompressedLineTest.java"),
          Map.entry("pubsub_queues", PUBSUB + "LagTest.java"),
          Map.entry("http2_streams", HTTP2),
          Map.entry("http2_bodies_on_their_way", HTTP2),
          Map.entry("http2_header_list", HTTP2),
          Map.entry("http2_resets", HTTP2),
          Map.entry("http2_control_frames", HTTP2),
          Map.entry("http2_queued_control_frames", HTTP2),
          Map.entry("http2_empty_frames", HTTP2),
          Map.entry("http2_continuations", HTTP2),
          Map.entry("udp_associations", DATAGRAMS),
          Map.entry("udp_remotes", BOUNDED),
          Map.entry("udp_queue", BOUNDED),
          Map.entry("udp_idle", DATAGRAMS),
          Map.entry("udp_control_bytes", DATAGRAMS),
          Map.entry(
              "mqtt_store_memory",
              "fairlead-mqtt-rocksdb/src/test/java/io/fairlead/mqtt/rocksdb/StoreMemoryTest.java"),
          Map.entry(
              "mqtt_handed",
              "fairlead-mqtt/src/test/java/io/fairlead/mqtt/delivery/HandedTest.java"));

  /**
   * Rows that nothing is counted for: a whole configuration is refused, or the protocol itself ends
   * a connection whose peer goes beyond what it was granted.
   */
  private static final Set<String> WITHOUT_LABEL =
      Set.of("configuration_file", "http2_bodies_on_their_way");

  /** One line of the table. */
  record Row(String name, String defaultText, String key, List<String> labels, String lift) {
    @Override
    public String toString() {
      return name + " " + key;
    }

    /** Where it is in {@link #base}. */
    String path() {
      return key.replace("LISTENER", "web")
          .replace("SITE", "site")
          .replace("FORWARD", "egress")
          .replace("UPSTREAM", "origin")
          .replace("STREAM", "pg")
          .replace("CHAIN", "main");
    }
  }

  static List<Row> rows() {
    try (Stream<String> lines = Files.lines(GoodConfigs.root().resolve("docs/limits.md"))) {
      return lines
          .dropWhile(line -> !line.startsWith("| row |"))
          .skip(2)
          .takeWhile(line -> line.startsWith("|"))
          .map(line -> line.split("\\|", -1))
          .map(
              cells ->
                  new Row(
                      cells[1].strip(),
                      cells[2].strip(),
                      cells[3].strip().replace("`", ""),
                      Arrays.stream(cells[4].split(","))
                          .map(String::strip)
                          .filter(label -> !label.isEmpty())
                          .toList(),
                      cells[5].strip()))
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static List<Row> keys() {
    return rows().stream().filter(row -> !row.key().isEmpty()).toList();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void theDefaultIsWhatTheTableSays(Row row) {
    Reading<GatewayConfig> reading = read(base());
    assertThat(reading.value()).as("%s", reading.problems()).isPresent();
    assertThat(reading.effective().at(row.path()).map(Object::toString))
        .as(row.path())
        .contains(row.defaultText());
  }

  @ParameterizedTest
  @MethodSource("keys")
  void whatTheTableSaysLiftsIt(Row row) {
    Map<String, Object> config = base();
    Map<String, Object> at = config;
    String[] path = row.path().split("\\.");
    for (String step : Arrays.copyOf(path, path.length - 1)) at = inner(at, step);
    boolean number = row.lift().matches("\\d+");
    at.put(path[path.length - 1], number ? Integer.valueOf(row.lift()) : row.lift());
    Reading<GatewayConfig> reading = read(config);
    assertThat(reading.value()).as("%s", reading.problems()).isPresent();
    assertThat(reading.effective().at(row.path()).map(Object::toString)).contains(row.lift());
    if (!number) return;
    at.put(path[path.length - 1], Integer.parseInt(row.lift()) + 1);
    assertThat(read(config).value()).as("more than %s", row.lift()).isEmpty();
  }

  /** That a peer can meet a bound, and is counted where the table says: by that row's own tests. */
  @ParameterizedTest
  @MethodSource("rows")
  void eachLabelIsExpectedByATestOfItsRow(Row row) throws IOException {
    StringBuilder tests = new StringBuilder();
    for (Path file : testsOf(row)) tests.append(Files.readString(file));
    for (String label : row.labels()) {
      // Whole, or as the first word of what a table of tests says.
      Pattern quoted = Pattern.compile('"' + Pattern.quote(label) + "(\\\\?\"| )");
      assertThat(quoted.matcher(tests).find())
          .as("%s is counted in a test of %s", label, testsOf(row))
          .isTrue();
    }
  }

  @Test
  void eachRowHasALabelButThoseThatRefuseNothing() {
    assertThat(rows().stream().filter(row -> row.labels().isEmpty()).map(Row::name).distinct())
        .containsExactlyInAnyOrderElementsOf(WITHOUT_LABEL);
  }

  /** The files that hold the tests of a row. */
  private static List<Path> testsOf(Row row) {
    String elsewhere = ELSEWHERE.getOrDefault(row.name(), HERE);
    return Arrays.stream(elsewhere.split(" ")).map(GoodConfigs.root()::resolve).toList();
  }

  @Test
  void eachRowHasATestOfItsName() throws IOException {
    List<String> tests =
        Stream.of(LimitsIT.class, MqttLimitsIT.class)
            .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
            .filter(LimitsTableTest::isTest)
            .map(Method::getName)
            .toList();
    assertThat(rows()).hasSizeGreaterThan(150);
    for (Row row : rows()) {
      if (!ELSEWHERE.containsKey(row.name())) assertThat(tests).contains(row.name());
      for (Path file : testsOf(row)) {
        assertThat(Files.readString(file)).as(row + " " + file).containsPattern("@\\w*Test\\b");
      }
    }
    assertThat(rows()).extracting(Row::name).containsAll(ELSEWHERE.keySet());
    assertThat(tests.stream().filter(name -> name.contains("_")))
        .as("tests named after rows that are no more")
        .isSubsetOf(namesOf(rows()));
  }

  private static boolean isTest(Method method) {
    return Arrays.stream(method.getAnnotations())
        .anyMatch(each -> each.annotationType().getSimpleName().endsWith("Test"));
  }

  private static Set<String> namesOf(List<Row> rows) {
    Set<String> names = new TreeSet<>();
    for (Row row : rows) names.add(row.name());
    return names;
  }

  @Test
  void eachLabelIsOneOfTheMeters() throws Exception {
    String sections =
        """
        listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
        relay: { listen: [] }
        pubsub:
          chains: { main: { chain_id: 1, endpoints: [ { alias: node, url: "ws://127.0.0.1:1" } ] } }
        certs: { local: { internal: true, hosts: [localhost] } }
        tunnels: { server: { listen: "127.0.0.1:0", tls: { cert: local } } }
        """;
    try (GatewayFixture gateway = GatewayFixture.start(sections)) {
      String page = gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text();
      for (Row row : rows()) {
        for (String label : row.labels()) {
          assertThat(page).contains("fairlead_limit_rejections_total{limit=\"" + label + "\"}");
        }
      }
      assertThat(page)
          .contains("fairlead_memory_budget_bytes{kind=\"used\"}")
          .contains("fairlead_memory_budget_bytes{kind=\"limit\"}")
          .contains("fairlead_accept_paused 0")
          .contains("fairlead_log_suppressed_total")
          .contains("fairlead_event_loop_delay_seconds");
    }
  }

  @SuppressWarnings("unchecked") // the maps made here
  private static Map<String, Object> inner(Map<String, Object> map, String key) {
    return (Map<String, Object>) map.computeIfAbsent(key, _ -> new LinkedHashMap<String, Object>());
  }

  private static Reading<GatewayConfig> read(Map<String, Object> config) {
    // JSON is YAML.
    return ConfigMutations.read("limits.yaml", new ObjectMapper().writeValueAsString(config));
  }

  private static Map<String, Object> base() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("version", 1);
    Map<String, Object> web = inner(inner(config, "listeners"), "web");
    web.put("bind", ":8080");
    web.put("proto", "http");
    web.put("service", "site");
    inner(web, "accept_proxy_protocol").put("trusted", List.of());
    inner(inner(config, "streams"), "pg").put("destination", "127.0.0.1:5432");
    inner(inner(config, "forward"), "egress");
    inner(inner(config, "http"), "site").put("routes", List.of());
    inner(config, "relay");
    Map<String, Object> chain = inner(inner(inner(config, "pubsub"), "chains"), "main");
    chain.put("chain_id", 1);
    chain.put("endpoints", List.of(Map.of("alias", "node", "url", "ws://127.0.0.1:1")));
    inner(inner(config, "upstreams"), "origin").put("endpoints", List.of());
    inner(inner(config, "certs"), "local").put("internal", true);
    inner(inner(config, "certs"), "local").put("hosts", List.of("localhost"));
    Map<String, Object> tunnels = inner(inner(config, "tunnels"), "server");
    tunnels.put("listen", "127.0.0.1:7000");
    inner(tunnels, "tls").put("cert", "local");
    return config;
  }
}
