package io.fairlead.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.control.api.HealthReport;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.access.Principal;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.ServiceState;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ControlServerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;
  private ControlFixture control;
  private FakeGateway gateway;

  @BeforeEach
  void start() throws Exception {
    control = new ControlFixture(directory);
    gateway = control.gateway;
  }

  @AfterEach
  void stop() {
    control.close();
  }

  @Test
  void frontPageSaysOneSentence() throws IOException {
    Response response = control.bare("GET", "/", "Origin: http://evil.example");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEqualTo("Fairlead is up and serving.\n");
    gateway.health = new HealthReport(List.of(new HealthReport.Check("loops", false, "stuck")));
    assertThat(control.bare("GET", "/?verbose=1").text())
        .isEqualTo("Fairlead is up but not ready to serve.\n");
  }

  @Test
  void healthTellsDetailsOnlyToThoseItKnows() throws IOException {
    for (String path : List.of("/livez", "/readyz", "/healthz")) {
      gateway.health = new HealthReport(List.of());
      assertThat(control.bare("GET", path).text()).isEqualTo("ok\n");
      gateway.health = new HealthReport(List.of(new HealthReport.Check("loops", false, "stuck")));
      Response stranger = control.bare("GET", path + "?verbose");
      assertThat(stranger.status()).isEqualTo(503);
      assertThat(stranger.text()).isEqualTo("not ok\n");
      Response known = control.ask("GET", path + "?verbose");
      assertThat(known.status()).isEqualTo(503);
      assertThat(json(known).at("/checks/0/detail").stringValue()).isEqualTo("stuck");
    }
  }

  @Test
  void showsTheEffectiveConfigurationWithATagAndItsParts() throws IOException {
    Response response = control.ask("GET", "/v1/now");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.field("ETag")).contains("\"g41-0123456789ab\"");
    assertThat(response.field("X-Fairlead-Generation")).contains("41");
    assertThat(json(response).at("/http/site/secret").stringValue()).isEqualTo("***");
    assertThat(json(control.ask("GET", "/v1/config/effective")).get("name").stringValue())
        .isEqualTo("edge");
    assertThat(control.ask("GET", "/v1/config/effective/http/site/size").text()).isEqualTo("4096");
    assertThat(control.ask("GET", "/v1/now?path=/name").text()).isEqualTo("\"edge\"");
    assertThat(control.ask("GET", "/v1/now?format=yaml").text()).isEqualTo("name: edge\n");
    assertThat(control.ask("GET", "/v1/now?format=yaml&path=/name").text()).isEqualTo("\"edge\"\n");
    assertThat(control.ask("GET", "/v1/config/effective/http/none").status()).isEqualTo(404);
    assertThat(control.ask("GET", "/v1/now?format=toml").status()).isEqualTo(400);
    assertThat(control.ask("GET", "/v1/now?paht=/name").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"g41-0123456789ab\" | 304",
        "W/\"g41-0123456789ab\" | 304",
        "\"x\", \"g41-0123456789ab\" | 304",
        "* | 304",
        "\"g40-0123456789ab\" | 200"
      })
  void answers304ToThoseWhoHaveIt(String tag, int status) throws IOException {
    Response response = control.ask("GET", "/v1/now", "If-None-Match: " + tag);
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.field("ETag")).contains("\"g41-0123456789ab\"");
  }

  @Test
  void reloadReportsWhatChanged() throws Exception {
    Response response = control.post("/v1/reload?dry_run=1&comment=friday%20night", "");
    assertThat(response.status()).isEqualTo(200);
    JsonNode report = json(response);
    assertThat(report.get("schema").stringValue()).isEqualTo("fairlead.reload/1");
    assertThat(report.get("generation").intValue()).isEqualTo(42);
    assertThat(report.get("previous").intValue()).isEqualTo(41);
    assertThat(report.get("unchanged").booleanValue()).isFalse();
    assertThat(report.get("took_ms").intValue()).isEqualTo(38);
    assertThat(report.get("changed").toString())
        .isEqualTo(
            "[{\"path\":\"/http/shop/routes/3\",\"op\":\"update\",\"effect\":\"new requests\"}]");
    assertThat(report.get("kept").toString())
        .isEqualTo("{\"listeners\":7,\"connections\":18213,\"streams\":412}");
    assertThat(report.get("draining").toString())
        .isEqualTo("{\"connections\":0,\"streams\":2,\"deadline\":\"2030-01-01T00:00:00Z\"}");
    var asked = gateway.reloads.take();
    assertThat(asked.dryRun()).isTrue();
    assertThat(asked.comment()).isEqualTo("friday night");
    assertThat(asked.who()).isEqualTo(new Who("api", "control.token", "127.0.0.1"));
  }

  @Test
  void reloadThatDidNotHappenSaysWhereAndWhy() throws IOException {
    gateway.reloadResult = Optional.of(new ReloadResult.Busy(41));
    assertThat(control.post("/v1/reload", "").status()).isEqualTo(409);

    gateway.reloadResult =
        Optional.of(new ReloadResult.Invalid(41, List.of(FakeGateway.WRONG_PORT)));
    Response invalid = control.post("/v1/reload", "");
    assertThat(invalid.status()).isEqualTo(422);
    assertThat(json(invalid).get("code").stringValue()).isEqualTo("invalid_config");
    assertThat(json(invalid).get("generation").intValue()).isEqualTo(41);
    assertThat(json(invalid).get("errors").toString())
        .isEqualTo(
            "[{\"code\":\"F1201\",\"path\":\"/upstreams/api/endpoints/0/address\","
                + "\"file\":\"fairlead.yaml\",\"line\":88,\"column\":13,"
                + "\"message\":\"port out of range\",\"hint\":\"write 1 to 65535\"}]");

    gateway.reloadResult =
        Optional.of(new ReloadResult.PrepareFailed(41, List.of(FakeGateway.WRONG_PORT)));
    Response failed = control.post("/v1/reload", "");
    assertThat(failed.status()).isEqualTo(500);
    assertThat(json(failed).get("code").stringValue()).isEqualTo("prepare_failed");
    assertThat(json(failed).get("rolled_back").booleanValue()).isTrue();
  }

  @Test
  void adaptSaysWhetherTheFileIsValid() throws IOException {
    Response valid = control.ask("GET", "/v1/adapt");
    assertThat(valid.status()).isEqualTo(200);
    assertThat(json(valid).get("valid").booleanValue()).isTrue();
    assertThat(json(valid).at("/affected/streams").intValue()).isEqualTo(2);
    gateway.adaptValid = false;
    Response invalid = control.ask("GET", "/v1/adapt");
    assertThat(invalid.status()).isEqualTo(422);
    assertThat(json(invalid).at("/errors/0/line").intValue()).isEqualTo(88);
  }

  @Test
  void stopIsAcceptedThenDone() throws Exception {
    Response response =
        control.post("/v1/stop", "{\"drain\":\"30s\"}", "Content-Type: application/json");
    assertThat(response.status()).isEqualTo(202);
    assertThat(stopped())
        .isEqualTo(
            new StopRequest(
                Optional.of(Duration.ofSeconds(30)), new Who("api", "control.token", "127.0.0.1")));
    assertThat(control.post("/v1/stop?drain=0s", "").status()).isEqualTo(202);
    assertThat(stopped().drain()).contains(Duration.ZERO);
    assertThat(control.post("/v1/stop", "").status()).isEqualTo(202);
    assertThat(stopped().drain()).isEmpty();
    for (String bad :
        List.of("{\"drain\":30}", "{\"darin\":\"1s\"}", "[]", "{", "{\"drain\":\"x\"}")) {
      Response refused = control.post("/v1/stop", bad, "Content-Type: application/json");
      assertThat(refused.status()).as(bad).isEqualTo(400);
    }
    assertThat(gateway.stops).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void shortPathsWorkWithoutATokenForTheOwnUser() throws Exception {
    assertThat(control.bare("GET", "/now").status()).isEqualTo(200);
    assertThat(control.bare("GET", "/adapt").status()).isEqualTo(200);
    assertThat(control.bare("GET", "/reload").status()).isEqualTo(200);
    assertThat(gateway.reloads.take().who().name()).startsWith("uid ");
    assertThat(control.bare("GET", "/stop", "Host: localhost").status()).isEqualTo(202);
    assertThat(stopped().who().name()).startsWith("uid ");
    assertThat(control.bare("HEAD", "/stop").status()).isEqualTo(405);
    assertThat(gateway.stops).isEmpty();
  }

  @Test
  void listsStatusListenersAndSchema() throws IOException {
    JsonNode status = json(control.ask("GET", "/v1/status"));
    assertThat(status.get("schema").stringValue()).isEqualTo("fairlead.status/1");
    assertThat(status.get("uptime").doubleValue()).isEqualTo(1.5);
    assertThat(status.at("/modules/control").stringValue()).isEqualTo("running");
    JsonNode listeners = json(control.ask("GET", "/v1/listeners"));
    assertThat(listeners.at("/listeners/0/addresses/0").stringValue()).isEqualTo("127.0.0.1:8080");
    assertThat(control.ask("GET", "/v1/config/schema").text()).isEqualTo("{\"type\":\"object\"}");
  }

  @Test
  void pagesAndFiltersConnectionsAndCutsOne() throws IOException {
    List<EmbeddedChannel> channels = new ArrayList<>();
    List<LiveConnection> live = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      EmbeddedChannel channel = new EmbeddedChannel();
      channels.add(channel);
      live.add(
          control.connections.register(
              channel, i < 2 ? "edge" : "socks", new InetSocketAddress("127.0.0.1", 1000 + i)));
    }
    live.get(4).bind(Principal.of("ann"));
    live.get(3).kind("socks5");

    JsonNode first = json(control.ask("GET", "/v1/connections?limit=2"));
    assertThat(ids(first)).containsExactly(live.get(0).id(), live.get(1).id());
    assertThat(first.at("/connections/0/remote").stringValue()).isEqualTo("127.0.0.1:1000");
    String cursor = first.get("next_cursor").stringValue();
    JsonNode rest = json(control.ask("GET", "/v1/connections?cursor=" + cursor));
    assertThat(ids(rest)).containsExactly(live.get(2).id(), live.get(3).id(), live.get(4).id());
    assertThat(rest.has("next_cursor")).isFalse();
    assertThat(ids(json(control.ask("GET", "/v1/connections?service=edge")))).hasSize(2);
    assertThat(ids(json(control.ask("GET", "/v1/connections?service=socks5"))))
        .containsExactly(live.get(3).id());
    assertThat(ids(json(control.ask("GET", "/v1/connections?user=ann"))))
        .containsExactly(live.get(4).id());
    assertThat(ids(json(control.ask("GET", "/v1/connections?older=1h")))).isEmpty();
    assertThat(ids(json(control.ask("GET", "/v1/connections?older=0s")))).hasSize(5);
    assertThat(control.ask("GET", "/v1/connections?limit=501").status()).isEqualTo(400);

    assertThat(control.ask("DELETE", "/v1/connections/" + live.get(2).id()).status())
        .isEqualTo(204);
    channels.get(2).runPendingTasks();
    assertThat(channels.get(2).isOpen()).isFalse();
    assertThat(control.ask("DELETE", "/v1/connections/" + live.get(2).id()).status())
        .isEqualTo(404);
    assertThat(control.ask("DELETE", "/v1/connections/x").status()).isEqualTo(404);
    channels.forEach(EmbeddedChannel::close);
  }

  @Test
  void metricsSpeakBothTextForms() throws IOException {
    try (EventBus events = new EventBus();
        ProcessMeters process =
            ProcessMeters.declare(
                new Meters(control.registry),
                Clock.system(),
                "0.1.0",
                List.of("control"),
                () -> Map.of("control", ServiceState.RUNNING),
                events)) {
      assertThat(process).isNotNull();
      Response prometheus = control.ask("GET", "/metrics");
      assertThat(prometheus.field("Content-Type"))
          .contains("text/plain; version=0.0.4; charset=utf-8");
      assertThat(prometheus.text())
          .contains("fairlead_build_info{")
          .contains("fairlead_uptime_seconds ")
          .contains("fairlead_module_state{module=\"control\",state=\"running\"} 1.0")
          .contains("fairlead_fd_open ")
          .contains("fairlead_events_dropped_total ")
          .contains("jvm_memory_used_bytes{");
      Response open =
          control.ask("GET", "/metrics", "Accept: application/openmetrics-text; version=1.0.0");
      assertThat(open.field("Content-Type").orElseThrow())
          .startsWith("application/openmetrics-text");
      assertThat(open.text()).endsWith("# EOF\n");
      assertThat(control.bare("GET", "/metrics").status()).isEqualTo(401);
    }
  }

  @Test
  void unknownPathsAndMethodsAndHeadAreAnsweredByTheBook() throws IOException {
    assertThat(control.ask("GET", "/v1/none").status()).isEqualTo(404);
    Response wrong = control.ask("DELETE", "/v1/status");
    assertThat(wrong.status()).isEqualTo(405);
    assertThat(wrong.field("Allow")).contains("GET, HEAD");
    assertThat(json(wrong).get("schema").stringValue()).isEqualTo("fairlead.error/1");
    Response head = control.ask("HEAD", "/v1/status");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    Response unauthorized = control.bare("GET", "/v1/status");
    assertThat(unauthorized.status()).isEqualTo(401);
    assertThat(unauthorized.field("WWW-Authenticate")).contains("Bearer");
  }

  @Test
  void everyAnswerCarriesTheSecurityFieldsAndNoCors() throws IOException {
    for (Response response :
        List.of(
            control.bare("GET", "/"),
            control.ask("GET", "/v1/now"),
            control.bare("GET", "/v1/now"),
            control.ask("GET", "/none"),
            control.bare("GET", "/", "Host: evil.example"),
            control.bare("TRACE", "/"),
            control.bare("GET", "/", "Transfer-Encoding: gzip"))) {
      assertThat(response.fieldsNamed("Cache-Control")).containsExactly("no-store");
      assertThat(response.fieldsNamed("X-Content-Type-Options")).containsExactly("nosniff");
      assertThat(response.fieldsNamed("Referrer-Policy")).containsExactly("no-referrer");
      assertThat(response.fieldsNamed("Content-Security-Policy"))
          .containsExactly(
              "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
      assertThat(response.fields())
          .noneMatch(field -> field.name().toLowerCase().startsWith("access-control-"))
          .noneMatch(field -> field.name().equalsIgnoreCase("server"));
    }
  }

  @Test
  void oneConnectionServesManyRequests() throws IOException {
    try (RawClient client = RawClient.connect(control.port())) {
      for (int i = 0; i < 3; i++) {
        Response response =
            ControlFixture.exchange(
                client,
                "localhost",
                "GET",
                "/v1/status",
                "",
                "Authorization: Bearer " + control.token);
        assertThat(response.status()).isEqualTo(200);
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void unixSocketKnowsTheOwnUserAndIsForItsOwnerAlone() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(control.socket)))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(control.socket.getParent())))
        .isEqualTo("rwx------");
    assertThat(control.local("GET", "/v1/status").status()).isEqualTo(200);
    assertThat(control.local("GET", "/v1/status", "Host: evil.example").status()).isEqualTo(403);
    assertThat(control.local("POST", "/v1/stop").status()).isEqualTo(202);
    assertThat(stopped().who().name()).startsWith("uid ");
    control.close();
    assertThat(control.socket).doesNotExist();
  }

  @Test
  void socketFileIsReplacedOnlyWhenNobodyAnswersAndOnlyIfItIsOne() throws Exception {
    Path stale = directory.resolve("stale.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(stale))
        .close();
    assertThat(stale).exists();
    try (ControlServer second = server("listen: off\nsocket: " + stale)) {
      second.start();
      try (ControlServer third = server("listen: off\nsocket: " + stale)) {
        assertThatThrownBy(third::start)
            .isInstanceOfSatisfying(
                StartException.class,
                failure ->
                    assertThat(failure.reason()).isEqualTo(StartException.Reason.ADDRESS_IN_USE));
      }
      assertThat(stale).exists();
    }
    Path file = Files.writeString(directory.resolve("notes.txt"), "mine");
    try (ControlServer fourth = server("listen: off\nsocket: " + file)) {
      assertThatThrownBy(fourth::start)
          .isInstanceOf(StartException.class)
          .hasMessageContaining("not a socket");
    }
    assertThat(file).hasContent("mine");
  }

  @Test
  void reloadKeepsItsDoorsAndTheirConnectionsAndAppliesTheNewRules() throws Exception {
    int port = control.port();
    try (RawClient client = RawClient.connect(port)) {
      assertThat(ControlFixture.exchange(client, "localhost", "GET", "/now", "").status())
          .isEqualTo(200);
      Prepared prepared = control.server.prepare(control.settings("compat_get: false"));
      prepared.commit();
      assertThat(control.port()).isEqualTo(port);
      assertThat(ControlFixture.exchange(client, "localhost", "GET", "/now", "").status())
          .isEqualTo(404);
    }
  }

  @Test
  void reloadMovesADoorAndRetiresTheOldOne() throws Exception {
    int before = control.port();
    ControlServer.Settings moved = control.read("listen: \"127.0.0.2:0\"\nsocket: off");
    control.server.prepare(moved).discard();
    assertThat(control.port()).isEqualTo(before);
    try (RawClient idle = RawClient.connect(before)) {
      assertThat(ControlFixture.exchange(idle, "localhost", "GET", "/", "").status())
          .isEqualTo(200);
      control.server.prepare(moved).commit();
      assertThat(idle.awaitEnd()).isEqualTo(RawClient.End.EOF);
    }
    assertThatThrownBy(() -> RawClient.connect(before)).isInstanceOf(IOException.class);
    assertThat(control.socket).doesNotExist();
    InetSocketAddress now = (InetSocketAddress) control.server.addresses().getFirst();
    try (RawClient client = RawClient.connect(now)) {
      assertThat(ControlFixture.exchange(client, "127.0.0.2", "GET", "/", "").status())
          .isEqualTo(200);
    }
  }

  @Test
  void takenAddressStopsAReloadAndLeavesEverythingAsItWas() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      ControlServer.Settings next =
          control.read(
              "listen: \"127.0.0.1:" + taken.getLocalPort() + "\"\nsocket: " + control.socket);
      assertThatThrownBy(() -> control.server.prepare(next))
          .isInstanceOfSatisfying(
              ConfigException.class,
              failure -> {
                assertThat(failure.problems().getFirst().code()).isEqualTo("F2201");
                assertThat(failure.problems().getFirst().path()).isEqualTo("/control/listen");
              });
      assertThat(control.bare("GET", "/livez").status()).isEqualTo(200);
    }
  }

  @Test
  void seventeenthConnectionOfASourceIsTurnedAwayAndTheSocketStaysReachable() throws Exception {
    List<RawClient> held = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        RawClient client = RawClient.connect(control.port());
        held.add(client);
        assertThat(ControlFixture.exchange(client, "localhost", "GET", "/", "").status())
            .isEqualTo(200);
      }
      try (RawClient over = RawClient.connect(control.port())) {
        Response busy = over.readResponse();
        assertThat(busy.status()).isEqualTo(503);
        assertThat(busy.field("Retry-After")).contains("1");
        assertThat(over.awaitEnd()).isEqualTo(RawClient.End.EOF);
      }
      InetSocketAddress to = new InetSocketAddress("127.0.0.1", control.port());
      try (RawClient other = RawClient.connect("127.0.0.3", to)) {
        assertThat(ControlFixture.exchange(other, "localhost", "GET", "/", "").status())
            .isEqualTo(200);
      }
      assertThat(control.local("GET", "/").status()).isEqualTo(200);
      assertThat(control.registry.scrape())
          .contains("fairlead_limit_rejections_total{limit=\"control_connections\"} 1.0");
    } finally {
      for (RawClient client : held) client.close();
    }
  }

  private StopRequest stopped() throws InterruptedException {
    StopRequest request = gateway.stops.poll(10, TimeUnit.SECONDS);
    assertThat(request).as("stop asked within 10 s").isNotNull();
    return request;
  }

  private ControlServer server(String doors) throws Exception {
    return new ControlServer(
        control.read(doors),
        io.fairlead.control.access.ControlToken.loadOrCreate(
            directory.resolve("state"), Randomness.system()),
        new ControlServer.Behind(gateway, List.of(), AuditTrail.none()),
        new Http1Edge(Clock.system(), new Meters(control.registry)),
        control.registry,
        Clock.system());
  }

  private static List<Long> ids(JsonNode page) {
    List<Long> ids = new ArrayList<>();
    page.get("connections").forEach(one -> ids.add(one.get("id").longValue()));
    return ids;
  }

  private static JsonNode json(Response response) {
    assertThat(response.field("Content-Type")).contains("application/json");
    return JSON.readTree(response.body());
  }
}
