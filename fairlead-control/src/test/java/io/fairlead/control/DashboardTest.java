package io.fairlead.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the dashboard, against the real server. */
class DashboardTest {
  private static final String CI = "q83vEjRWeJCrze8SNFZ4kKvN";
  private static final String CONTROL =
      "tokens: [ { name: ci, role: operator, secret: !secret " + CI + " } ]\n";

  /** What a page fetches, in markup, modules and styles. */
  private static final Pattern WANTED =
      Pattern.compile(
          "(?:href=|src=|from |import\\(|src: |url\\()\"((?:\\.{1,2}/)*[A-Za-z0-9_./-]+"
              + "\\.(?:js|css|svg))\"");

  private static final int TRANSFER_MAX = 250 * 1024;

  @TempDir Path directory;
  private ControlFixture control;

  @BeforeEach
  void start() throws Exception {
    control = new ControlFixture(directory, CONTROL);
  }

  @AfterEach
  void stop() {
    control.close();
  }

  @Test
  void thePageIsForAnyoneAndTakesNothingFromElsewhere() throws Exception {
    Response page = control.bare("GET", "/ui/");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.field("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(page.fieldsNamed("Content-Security-Policy"))
        .containsExactly(
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    assertThat(page.field("X-Content-Type-Options")).contains("nosniff");
    assertThat(page.field("Cross-Origin-Resource-Policy")).contains("same-origin");
    assertThat(page.fieldsNamed("Cache-Control")).containsExactly("no-cache");
    assertThat(page.text()).contains("data-default-theme=\"auto\"");
    // The page of whoever typed the address or followed a link from another site.
    for (String site : new String[] {"none", "cross-site"}) {
      assertThat(control.bare("GET", "/ui/", "Sec-Fetch-Site: " + site).status()).isEqualTo(200);
    }
    assertThat(control.bare("POST", "/ui/").status()).isEqualTo(401);
    assertThat(control.bare("GET", "/uix").status()).isEqualTo(401);
    assertThat(control.bare("GET", "/ui/", "Host: evil.example").status()).isEqualTo(403);
  }

  @Test
  void withoutItsSlashItIsFoundBelowAnyBasePath() throws Exception {
    Response bare = control.bare("GET", "/ui");
    assertThat(bare.status()).isEqualTo(308);
    assertThat(bare.field("Location")).contains("ui/");
    control.server.prepare(control.settings("base_path: /gw/")).commit();
    assertThat(control.bare("GET", "/gw/ui/").status()).isEqualTo(200);
    assertThat(control.bare("GET", "/gw/ui/app.js").status()).isEqualTo(200);
  }

  @Test
  void whatIsUnchangedIsNotSentAgainAndAVersionIsForEver() throws Exception {
    Response first = control.bare("GET", "/ui/app.js");
    String tag = first.field("ETag").orElseThrow();
    Response again = control.bare("GET", "/ui/app.js", "If-None-Match: " + tag);
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.field("ETag")).contains(tag);
    assertThat(control.bare("GET", "/ui/app.js", "If-None-Match: \"other\"").status())
        .isEqualTo(200);
    String library = "/ui/lib/preact/10.28.0/dist/preact.module.js";
    assertThat(control.bare("GET", library).fieldsNamed("Cache-Control"))
        .containsExactly("public, max-age=31536000, immutable");
  }

  @Test
  void whoTakesGzipGetsItWithATagOfItsOwn() throws Exception {
    Response plain = control.bare("GET", "/ui/app.css");
    Response packed = control.bare("GET", "/ui/app.css", "Accept-Encoding: br, gzip");
    assertThat(packed.field("Content-Encoding")).contains("gzip");
    assertThat(packed.field("Vary")).contains("Accept-Encoding");
    assertThat(packed.field("ETag")).isNotEqualTo(plain.field("ETag"));
    assertThat(packed.body().length).isLessThan(plain.body().length);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes())
        .isEqualTo(plain.body());
    assertThat(control.bare("GET", "/ui/app.css", "Accept-Encoding: gzip;q=0").body())
        .isEqualTo(plain.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ui/../control.token",
        "/ui/%2e%2e/control.token",
        "/ui/..%2fcontrol.token",
        "/ui/pages/%2e%2e/%2e%2e/UiFiles.class",
        "/ui//etc/passwd",
        "/ui/%2fetc%2fpasswd",
        "/ui/package-info.class",
        "/ui/UiFiles.class",
        "/ui/lib/preact/10.28.0/package.json",
        "/ui/app.js/",
        "/ui/APP.JS",
        "/ui/app.js%00"
      })
  void whatIsNotInTheListIsNotThere(String path) throws Exception {
    assertThat(control.bare("GET", path).status()).isIn(400, 401, 404);
    assertThat(control.ask("GET", path).status()).isIn(400, 404);
  }

  @Test
  void offIsNotFoundFromTheNextRequestOn() throws Exception {
    control.server.prepare(control.settings("dashboard: { enabled: false }")).commit();
    for (String path : new String[] {"/ui", "/ui/", "/ui/app.js"}) {
      assertThat(control.bare("GET", path).status()).isEqualTo(404);
    }
    control.server.prepare(control.settings("dashboard: { theme: dark }")).commit();
    assertThat(control.bare("GET", "/ui/").text()).contains("data-default-theme=\"dark\"");
  }

  @Test
  void everythingThePagesNeedIsThereAndSmall() throws Exception {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    Deque<String> wanted = new ArrayDeque<>();
    wanted.add("/ui/");
    while (!wanted.isEmpty()) {
      String path = wanted.remove();
      if (sizes.containsKey(path)) continue;
      Response packed = control.bare("GET", path, "Accept-Encoding: gzip");
      assertThat(packed.status()).as(path).isEqualTo(200);
      sizes.put(path, packed.body().length);
      if (path.contains("/lib/") || path.endsWith(".svg")) continue;
      String text = new String(control.bare("GET", path).body(), UTF_8);
      assertThat(text).as(path).doesNotContain("innerHTML", "dangerouslySet", "eval(", "//cdn");
      Matcher found = WANTED.matcher(text);
      while (found.find())
        wanted.add(
            Path.of(parent(path, found.group(1))).resolve(found.group(1)).normalize().toString());
    }
    assertThat(sizes).hasSizeGreaterThan(20).containsKeys("/ui/pages/relay.js", "/ui/chevron.svg");
    assertThat(sizes.keySet()).anyMatch(path -> path.contains("chart.umd"));
    assertThat(sizes.values().stream().mapToInt(Integer::intValue).sum())
        .as(sizes.toString())
        .isLessThanOrEqualTo(TRANSFER_MAX);
  }

  /** From where a name is looked for: a style's from beside the library that uses it. */
  private static String parent(String path, String name) {
    if (path.endsWith(".css")) return "/ui/lib/picocss__pico/2.1.1/css";
    if (name.endsWith(".svg")) return "/ui"; // a drawing is one of the page
    return path.substring(0, path.lastIndexOf('/') + 1);
  }

  @Test
  void aTokenBecomesASessionOfItsRoleAndEndsWithIt() throws Exception {
    Response answer = login("{\"token\":\"" + CI + "\"}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).contains("\"who\":\"token ci\"", "\"role\":\"operator\"");
    assertThat(answer.text()).doesNotContain(CI);
    String cookie = cookie(answer);
    String csrf = csrf(answer);
    assertThat(control.bare("GET", "/v1/status", cookie).status()).isEqualTo(200);
    assertThat(control.bare("POST", "/v1/reload", cookie).status()).isEqualTo(403);
    assertThat(control.bare("POST", "/v1/reload", cookie, csrf).status()).isEqualTo(200);
    assertThat(control.bare("POST", "/v1/stop", cookie, csrf).status()).isEqualTo(403);
    assertThat(control.audit.lines).anyMatch(line -> line.contains("control.login {who=token ci"));

    String other = "tokens: [ { name: ci, role: operator, secret: !secret 7" + CI + " } ]\n";
    control.server.prepare(control.settings(CONTROL)).commit();
    assertThat(control.bare("GET", "/v1/status", cookie).status()).isEqualTo(200);
    control.server.prepare(control.settings(other)).commit();
    assertThat(control.bare("GET", "/v1/status", cookie).status()).isEqualTo(401);
  }

  @Test
  void theGeneratedTokenIsAnAdministrator() throws Exception {
    Response answer = login("{\"token\":\"" + control.token + "\"}");
    assertThat(answer.text()).contains("\"who\":\"control.token\"", "\"role\":\"admin\"");
    assertThat(control.bare("GET", "/v1/session", cookie(answer)).text()).contains("\"csrf\"");
  }

  @Test
  void guessedTokensHaveToWait() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertThat(login("{\"token\":\"guess" + i + "\"}").status()).isEqualTo(401);
    }
    assertThat(login("{\"token\":\"" + CI + "\"}").status()).isEqualTo(429);
    assertThat(control.audit.lines).filteredOn(line -> line.contains("rejected")).hasSize(5);
    assertThat(login("{\"token\":\"x\",\"user\":\"ann\"}").status()).isEqualTo(400);
  }

  private Response login(String body) throws IOException {
    try (RawClient client = RawClient.connect(control.port())) {
      return ControlFixture.exchange(
          client, "127.0.0.1", "POST", "/v1/login", body, "Content-Type: application/json");
    }
  }

  private static String cookie(Response answer) {
    return "Cookie: " + answer.field("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
  }

  private static String csrf(Response answer) {
    Matcher found = Pattern.compile("\"csrf\":\"([^\"]+)\"").matcher(answer.text());
    assertThat(found.find()).isTrue();
    return "X-Fairlead-CSRF: " + found.group(1);
  }
}
