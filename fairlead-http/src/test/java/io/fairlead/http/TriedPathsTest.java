package io.fairlead.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigException;
import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.files.Fallbacks;
import io.fairlead.http.files.FilesConfig;
import io.fairlead.http.rate.RequestRate;
import io.fairlead.http.rate.ZoneConfig;
import io.fairlead.http.rate.ZoneConfig.Excess;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Template;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TriedPathsTest {
  private final GatewayFixture gateway = new GatewayFixture();

  @TempDir Path root;

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void theFirstPathThatHasAFileAnswers() throws Exception {
    Files.writeString(root.resolve("plain"), "plain");
    Files.writeString(root.resolve("page.html"), "page");
    Files.writeString(root.resolve("index.html"), "index");
    int port =
        listen(
            tries("/*", "{path}", "{path}.html", "/index.html"),
            GatewayFixture.route("/*", files()));
    assertThat(get(port, "/plain").text()).isEqualTo("plain");
    assertThat(get(port, "/page").text()).isEqualTo("page");
    assertThat(get(port, "/nothing/here").text()).isEqualTo("index");
  }

  @Test
  void theLastWordIsAStatusOrTheLastPathsOwnAnswer() throws Exception {
    int port =
        listen(
            tries("/a", "{path}", "{path}.html", "=410"),
            tries("/b", "{path}", "/missing"),
            GatewayFixture.route("/*", files()));
    Response status = get(port, "/a");
    assertThat(status.status()).isEqualTo(410);
    assertThat(status.field("x-fairlead-error")).contains("nothing_tried_fits");
    Response own = get(port, "/b");
    assertThat(own.status()).isEqualTo(404);
    assertThat(own.field("x-fairlead-error")).contains("not_found");
  }

  @Test
  void anotherKindOfRouteAnswersForGoodAndSeesTheOtherPath() throws Exception {
    Files.writeString(root.resolve("there"), "file");
    ActionConfig shown =
        new ActionConfig.Respond(
            200, "text/plain", Optional.of(Template.parse("{path}?{query}")), FieldRules.NONE);
    int port =
        listen(
            GatewayFixture.route("/app/*", shown),
            tries("/*", "{path}", "/app{path}", "/never"),
            GatewayFixture.route("/*", files()));
    assertThat(get(port, "/there").text()).isEqualTo("file");
    assertThat(get(port, "/elsewhere?q=1").text()).isEqualTo("/app/elsewhere?q=1");
  }

  @Test
  void routesThatTryEachOtherEnd() throws Exception {
    Files.writeString(root.resolve("end"), "end");
    int port =
        listen(
            tries("/x", "/y", "/x"),
            tries("/y", "/x", "/y", "/end"),
            GatewayFixture.route("/*", files()));
    assertThat(get(port, "/x").text()).isEqualTo("end");
    int nowhere = listen(tries("/x", "/y"), tries("/y", "/x"));
    assertThat(get(nowhere, "/x").status()).isEqualTo(404);
  }

  @Test
  void filesThatPassOnToTheRouteThatTriedThemEnd() throws Exception {
    int port =
        listen(
            GatewayFixture.route("/a", passingOn()),
            tries("/*", "/a", "/b"),
            GatewayFixture.route("/b", passingOn()));
    assertThat(get(port, "/x").status()).isEqualTo(404);
    Files.writeString(root.resolve("b"), "b");
    assertThat(get(port, "/x").text()).isEqualTo("b");
  }

  @Test
  void aPathIsTriedOnAfterAnotherRouteTriedInVain() throws Exception {
    Files.writeString(root.resolve("end"), "end");
    int port =
        listen(
            tries("/x", "/inner", "/end"),
            tries("/inner", "/nothing", "/nowhere"),
            GatewayFixture.route("/*", files()));
    assertThat(get(port, "/x").text()).isEqualTo("end");
  }

  @Test
  void theZonesOfTheRouteThatIsReachedHold() throws Exception {
    int port = zoned(List.of(), List.of("z"));
    try (RawClient client = RawClient.connect(port)) {
      assertThat(get(client, "/door").status()).isEqualTo(200);
      assertThat(get(client, "/door").status()).isEqualTo(429);
    }
  }

  @Test
  void aZoneThatBothRoutesHaveJudgesARequestOnce() throws Exception {
    int port = zoned(List.of("z"), List.of("z"));
    try (RawClient client = RawClient.connect(port)) {
      assertThat(get(client, "/door").status()).isEqualTo(200);
      assertThat(get(client, "/door").status()).isEqualTo(429);
    }
  }

  @Test
  void oneConnectionCarriesManyOfThem() throws Exception {
    Files.writeString(root.resolve("f"), "f");
    int port = listen(tries("/*", "{path}.x", "{path}"), GatewayFixture.route("/*", files()));
    try (RawClient client = RawClient.connect(port)) {
      for (int i = 0; i < 50; i++) {
        client.send("GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.readResponse().text()).isEqualTo("f");
      }
    }
  }

  private int listen(RouteConfig... routes) throws ConfigException, InterruptedException {
    return gateway.configure(SiteConfig.of(List.of(routes)), Map.of()).listen();
  }

  private int zoned(List<String> ofTheTry, List<String> ofTheEnd) throws Exception {
    ActionConfig fine =
        new ActionConfig.Respond(
            200, "text/plain", Optional.of(Template.parse("fine")), FieldRules.NONE);
    ZoneConfig once =
        new ZoneConfig(
            Template.parse("{client_ip}"), RequestRate.parse("1/h"), 0, Excess.REJECT, 100);
    SiteConfig site =
        SiteConfig.of(
            List.of(
                zoned("/door", tries("/door", "/room").action(), ofTheTry),
                zoned("/room", fine, ofTheEnd)));
    return gateway.configure(site, Map.of(), Map.of("z", once)).listen();
  }

  private static RouteConfig zoned(String path, ActionConfig action, List<String> zones) {
    return new RouteConfig(
        path, GatewayFixture.match(path), action, Headers.NONE, Optional.empty(), zones);
  }

  private static Response get(RawClient client, String path) throws IOException {
    return client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
  }

  private ActionConfig passingOn() {
    FilesConfig plain = FilesConfig.of(root);
    return new ActionConfig.ToFiles(
        new FilesConfig(
            plain.root(),
            plain.index(),
            plain.hide(),
            plain.symlinks(),
            plain.precompressed(),
            plain.compression(),
            plain.cache(),
            plain.mime(),
            plain.browse(),
            new Fallbacks(List.of(), Optional.empty(), true),
            plain.cors(),
            plain.robots()));
  }

  private ActionConfig files() {
    return new ActionConfig.ToFiles(FilesConfig.of(root));
  }

  private static RouteConfig tries(String match, String... paths) {
    String last = paths[paths.length - 1];
    boolean status = last.startsWith("=");
    return GatewayFixture.route(
        match,
        new ActionConfig.TryPaths(
            List.of(paths).subList(0, status ? paths.length - 1 : paths.length).stream()
                .map(Template::parse)
                .toList(),
            status ? OptionalInt.of(Integer.parseInt(last.substring(1))) : OptionalInt.empty()));
  }

  private static Response get(int port, String path) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
    }
  }
}
