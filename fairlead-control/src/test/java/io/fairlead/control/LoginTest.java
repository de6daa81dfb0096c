package io.fairlead.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passwords, sessions, roles and named tokens, against the real server. */
class LoginTest {
  private static final String CI = "q83vEjRWeJCrze8SNFZ4kKvN";

  /** Mosquitto's format, 1 iteration: PBKDF2-HMAC-SHA512 of "open sesame" and of "other". */
  private static final String CONTROL =
      """
      tokens: [ { name: ci, role: operator, secret: !secret %s } ]
      users:
        - { name: ann, role: admin, password_file: users.pw }
        - { name: ben, role: viewer, password_file: users.pw }
      """
          .formatted(CI);

  @TempDir Path directory;
  private ControlFixture control;

  @BeforeEach
  void start() throws Exception {
    users("ann:" + Hashes.of("open sesame"), "ben:" + Hashes.of("other"));
    control = new ControlFixture(directory, CONTROL);
  }

  @AfterEach
  void stop() {
    control.close();
  }

  @Test
  void aPasswordBecomesACookieThatNoScriptAndNoOtherSiteCanUse() throws Exception {
    Response answer = login("ann", "open sesame");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).contains("\"role\":\"admin\"", "\"who\":\"user ann\"");
    assertThat(answer.field("Set-Cookie").orElseThrow())
        .matches(
            "fairlead_session=[A-Za-z0-9_-]{43}; Path=/; Max-Age=604800; HttpOnly;"
                + " SameSite=Strict");
    assertThat(control.audit.lines).anyMatch(line -> line.contains("control.login {who=user ann"));

    String cookie = cookie(answer);
    assertThat(control.bare("GET", "/v1/now", cookie).status()).isEqualTo(200);
    assertThat(control.bare("POST", "/v1/reload", cookie).status()).isEqualTo(403);
    assertThat(control.bare("POST", "/v1/reload", cookie, csrf(answer)).status()).isEqualTo(200);
    assertThat(control.audit.lines)
        .anyMatch(
            line ->
                line.matches(
                    "control.action .who=user ann, "
                        + "from=127.0.0.1 port \\d+, method=POST, path=/v1/reload, status=200."));
    assertThat(control.bare("GET", "/v1/session", cookie).text())
        .contains(csrf(answer).substring("X-Fairlead-CSRF: ".length()));
  }

  @Test
  void loggingOutEndsTheSession() throws Exception {
    Response answer = login("ann", "open sesame");
    assertThat(control.bare("POST", "/v1/logout", cookie(answer)).status()).isEqualTo(403);
    Response out = control.bare("POST", "/v1/logout", cookie(answer), csrf(answer));
    assertThat(out.status()).isEqualTo(204);
    assertThat(out.field("Set-Cookie").orElseThrow()).contains("Max-Age=0");
    assertThat(control.bare("GET", "/v1/now", cookie(answer)).status()).isEqualTo(401);
  }

  @Test
  void aViewerReadsAndDoesNothingElse() throws Exception {
    Response answer = login("ben", "other");
    assertThat(control.bare("GET", "/v1/now", cookie(answer)).status()).isEqualTo(200);
    assertThat(control.bare("GET", "/metrics", cookie(answer)).status()).isEqualTo(200);
    for (var route : control.server.router().routes()) {
      if (!route.changes() || route.template().startsWith("/v1/log")) continue;
      if (!route.template().startsWith("/v1/")) continue;
      Response refused =
          control.bare(
              route.method(),
              route.template().replaceAll("\\{[^}]*}", "1"),
              cookie(answer),
              csrf(answer));
      assertThat(refused.status()).as(route.toString()).isEqualTo(403);
      assertThat(refused.text()).contains("role_missing");
    }
    assertThat(control.gateway.reloads).isEmpty();
    assertThat(control.gateway.stops).isEmpty();
    assertThat(control.audit.lines)
        .anyMatch(
            line -> line.contains("who=user ben") && line.contains("path=/v1/stop, status=403"));
  }

  @Test
  void anOperatorsTokenReloadsAndDoesNotStop() throws Exception {
    String bearer = "Authorization: Bearer " + CI;
    assertThat(control.bare("POST", "/v1/reload", bearer).status()).isEqualTo(200);
    assertThat(control.bare("GET", "/reload", bearer).status()).isEqualTo(200);
    assertThat(control.bare("POST", "/v1/stop", bearer).status()).isEqualTo(403);
    assertThat(control.bare("GET", "/stop", bearer).status()).isEqualTo(403);
    assertThat(control.gateway.stops).isEmpty();
    assertThat(control.audit.lines).anyMatch(line -> line.contains("who=token ci"));
  }

  @Test
  void wrongPasswordsAndUnknownNamesGetOneAnswerAndThenHaveToWait() throws Exception {
    String wrong = login("ann", "guess").text();
    assertThat(login("nobody", "guess").text()).isEqualTo(wrong);
    assertThat(wrong).contains("bad_credentials");
    for (int i = 0; i < 3; i++) assertThat(login("ann", "guess").status()).isEqualTo(401);
    Response throttled = login("ann", "open sesame");
    assertThat(throttled.status()).isEqualTo(429);
    assertThat(throttled.field("Retry-After")).contains("1");
    assertThat(control.audit.lines).filteredOn(line -> line.contains("rejected")).hasSize(5);
  }

  @Test
  void wrongTokensHaveToWaitAndTheRightOneDoesNot() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(control.bare("GET", "/v1/now", "Authorization: Bearer x" + i).status())
          .isEqualTo(401);
    }
    assertThat(control.bare("GET", "/v1/now", "Authorization: Bearer y").status()).isEqualTo(429);
    assertThat(control.ask("GET", "/v1/now").status()).isEqualTo(200);
    try (RawClient other =
        RawClient.connect("127.0.0.4", new InetSocketAddress("127.0.0.1", control.port()))) {
      assertThat(
              ControlFixture.exchange(
                      other, "localhost", "GET", "/v1/now", "", "Authorization: Bearer y")
                  .status())
          .isEqualTo(401);
    }
  }

  @Test
  void aReloadEndsTheSessionsOfWhoeverLeftOrGotAnotherPassword() throws Exception {
    String ann = cookie(login("ann", "open sesame"));
    String ben = cookie(login("ben", "other"));
    users("ann:" + Hashes.of("open sesame"), "ben:" + Hashes.of("changed"));
    control.server.prepare(control.settings(CONTROL)).commit();
    assertThat(control.bare("GET", "/v1/now", ben).status()).isEqualTo(401);
    assertThat(login("ben", "changed").status()).isEqualTo(200);

    control.server.prepare(control.settings("tokens: []")).commit();
    assertThat(control.bare("GET", "/v1/now", ann).status()).isEqualTo(401);
    assertThat(control.bare("GET", "/v1/now", "Authorization: Bearer " + CI).status())
        .isEqualTo(401);
  }

  @Test
  void aBasePathIsTakenOffAndHasNoShortPaths() throws Exception {
    control.server.prepare(control.settings("base_path: /gw/\nhosts: [gw.example]")).commit();
    String host = "Host: gw.example";
    assertThat(control.ask("GET", "/gw/v1/now", host).status()).isEqualTo(200);
    assertThat(control.ask("GET", "/v1/now", host).status()).isEqualTo(200);
    assertThat(control.bare("GET", "/gw/livez", host).status()).isEqualTo(200);
    assertThat(control.bare("GET", "/gw", host).status()).isEqualTo(200);
    assertThat(control.ask("GET", "/gwx/v1/now", host).status()).isEqualTo(404);
    for (String path : new String[] {"/gw/now", "/gw/reload", "/gw/stop", "/gw/adapt"}) {
      assertThat(control.bare("GET", path).status()).isEqualTo(404);
      assertThat(control.ask("GET", path).status()).isEqualTo(404);
    }
    assertThat(control.gateway.stops).isEmpty();
    control.server.prepare(control.settings(CONTROL + "base_path: /gw/")).commit();
    assertThat(login("ann", "open sesame").field("Set-Cookie").orElseThrow())
        .contains("; Path=/gw/;");
  }

  @Test
  void onlyNamedOriginsHearOfCors() throws Exception {
    String origin = "Origin: https://panel.example";
    Response before = control.ask("GET", "/v1/now", origin);
    assertThat(before.status()).isEqualTo(403);
    assertThat(before.field("Access-Control-Allow-Origin")).isEmpty();

    control.server.prepare(control.settings("cors_origins: [https://panel.example]")).commit();
    Response after = control.ask("GET", "/v1/now", origin);
    assertThat(after.status()).isEqualTo(200);
    assertThat(after.field("Access-Control-Allow-Origin")).contains("https://panel.example");
    assertThat(after.field("Access-Control-Allow-Credentials")).isEmpty();
    Response preflight =
        control.bare("OPTIONS", "/v1/reload", origin, "Access-Control-Request-Method: POST");
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.field("Access-Control-Allow-Methods").orElseThrow()).contains("POST");
    Response other = control.ask("GET", "/v1/now", "Origin: https://evil.example");
    assertThat(other.status()).isEqualTo(403);
    assertThat(other.field("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void jsonBeyondTheBoundsIsTooLarge() throws Exception {
    String deep = "[".repeat(70) + "]".repeat(70);
    assertThat(postLogin("{\"user\":" + deep + "}").status()).isEqualTo(413);
    assertThat(postLogin("{\"user\":\"" + "x".repeat((1 << 20) + 1) + "\"}").status())
        .isEqualTo(413);
    assertThat(postLogin("[1]").status()).isEqualTo(400);
    assertThat(postLogin("{\"user\":\"ann\",\"password\":1}").status()).isEqualTo(400);
  }

  @Test
  void everyAnswerSaysHowItMayBeUsed() throws Exception {
    for (Response answer :
        new Response[] {
          control.bare("GET", "/"),
          control.bare("GET", "/nothing"),
          control.ask("GET", "/v1/now"),
          control.ask("GET", "/metrics"),
          login("ann", "guess"),
          control.bare("GET", "/stop", "Cookie: a=b")
        }) {
      assertThat(answer.field("Content-Security-Policy"))
          .contains(
              "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
      assertThat(answer.field("X-Content-Type-Options")).contains("nosniff");
      assertThat(answer.field("Referrer-Policy")).contains("no-referrer");
      assertThat(answer.field("Cache-Control")).contains("no-store");
    }
  }

  private Response login(String user, String password) throws IOException {
    return postLogin("{\"user\":\"" + user + "\",\"password\":\"" + password + "\"}");
  }

  private Response postLogin(String body) throws IOException {
    try (RawClient client = RawClient.connect(control.port())) {
      return ControlFixture.exchange(
          client, "127.0.0.1", "POST", "/v1/login", body, "Content-Type: application/json");
    }
  }

  private static String cookie(Response answer) {
    return "Cookie: other=1; " + answer.field("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
  }

  private static String csrf(Response answer) {
    Matcher found = Pattern.compile("\"csrf\":\"([^\"]+)\"").matcher(answer.text());
    assertThat(found.find()).isTrue();
    return "X-Fairlead-CSRF: " + found.group(1);
  }

  private void users(String... lines) throws IOException {
    Files.writeString(directory.resolve("users.pw"), String.join("\n", lines) + "\n");
  }
}
