package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.control.http.Router;
import io.fairlead.control.http.Router.Route;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every route of the running gateway that changes something × everything a web page can make a
 * browser send × every credential it might have: all refused, and nothing happens. The routes are
 * asked of the router, so that one added tomorrow is tested tomorrow.
 */
class CsrfMatrixIT {
  private static final Set<Integer> REFUSED = Set.of(401, 403, 405, 415);

  @TempDir Path dir;

  /** One way to be forged: another method or none, field lines, a body. */
  private record Forgery(String method, List<String> lines, String body) {
    static Forgery with(String... lines) {
      return new Forgery("", List.of(lines), "");
    }
  }

  private static Map<String, Forgery> forgeries() {
    Map<String, Forgery> all = new LinkedHashMap<>();
    all.put(
        "form", new Forgery("", List.of("Content-Type: application/x-www-form-urlencoded"), "a=b"));
    all.put("form without body", Forgery.with("Content-Type: application/x-www-form-urlencoded"));
    all.put("text", new Forgery("", List.of("Content-Type: text/plain"), "{}"));
    all.put(
        "multipart",
        new Forgery("", List.of("Content-Type: multipart/form-data; boundary=x"), "--x--\r\n"));
    all.put("body of no type", new Forgery("", List.of(), "{}"));
    all.put(
        "two types", new Forgery("", List.of("Content-Type: text/plain, application/json"), "{}"));
    for (String host :
        List.of(
            "evil.example",
            "evil.example:8837",
            "127.0.0.1.evil.example",
            "127.0.0.1:1",
            "10.0.0.1",
            "localhost.evil.example")) {
      all.put("Host " + host, Forgery.with("Host: " + host));
    }
    for (String origin :
        List.of(
            "http://evil.example",
            "https://evil.example",
            "null",
            "http://127.0.0.1",
            "http://127.0.0.1:1",
            "http://localhost:1",
            "file://")) {
      all.put("Origin " + origin, Forgery.with("Origin: " + origin));
    }
    all.put(
        "two origins",
        Forgery.with("Origin: http://127.0.0.1:@PORT@", "Origin: http://evil.example"));
    for (String site : List.of("cross-site", "same-site", "none", "Same-Origin")) {
      all.put("Sec-Fetch-Site " + site, Forgery.with("Sec-Fetch-Site: " + site));
    }
    for (String method : List.of("GET", "HEAD", "OPTIONS", "PATCH", "PROPFIND")) {
      all.put(method, new Forgery(method, List.of(), ""));
    }
    return all;
  }

  @Test
  void everyForgedChangeIsRefused() throws Exception {
    try (Guarded guarded = Guarded.start(dir, "", Guarded.ALL_PARTS)) {
      List<Route> changes = guarded.changes();
      assertThat(changes).extracting(Route::template).containsAll(Guarded.PATHS_OF_PARTS);
      List<String> session = guarded.login();
      Map<String, List<String>> credentials = new LinkedHashMap<>();
      credentials.put("nothing", List.of());
      credentials.put("the token", List.of("Authorization: Bearer " + guarded.token()));
      credentials.put("a session", session);
      credentials.put("the socket", List.of());
      List<String> let = new ArrayList<>();
      int asked = 0;
      for (Route route : changes) {
        for (var forgery : forgeries().entrySet()) {
          for (var credential : credentials.entrySet()) {
            String method = forgery.getValue().method();
            if (answers(guarded, method, route)) continue;
            if (isHostOnSocket(forgery, credential)) continue;
            Response answer =
                ask(
                    guarded,
                    credential.getKey().equals("the socket"),
                    method.isEmpty() ? route.method() : method,
                    Guarded.pathOf(route),
                    forgery.getValue(),
                    credential.getValue());
            asked++;
            if (!REFUSED.contains(answer.status())) {
              let.add(
                  "%s %s as %s with %s: %d"
                      .formatted(
                          route.method(),
                          route.template(),
                          forgery.getKey(),
                          credential.getKey(),
                          answer.status()));
            }
          }
        }
      }
      assertThat(let).isEmpty();
      assertThat(asked).isGreaterThan(changes.size() * 80);
      guarded.assertNothingHappened();
    }
  }

  @Test
  void aSessionChangesNothingWithoutItsCsrfToken() throws Exception {
    try (Guarded guarded = Guarded.start(dir, "", Guarded.ALL_PARTS)) {
      String cookie = guarded.login().getFirst();
      String foreign = guarded.login().getLast();
      List<List<String>> shown =
          List.of(
              List.of(cookie),
              List.of(cookie, "X-Fairlead-CSRF: "),
              List.of(cookie, "X-Fairlead-CSRF: x"),
              List.of(cookie, foreign),
              List.of("Cookie: fairlead_session=x", foreign),
              List.of(cookie, cookie.replace("session=", "session=x"), foreign));
      for (Route route : guarded.changes()) {
        if (route.template().equals("/v1/login")) continue; // anybody may try
        for (List<String> lines : shown) {
          Response answer =
              ask(guarded, false, route.method(), Guarded.pathOf(route), Forgery.with(), lines);
          assertThat(answer.status()).as(route + " " + lines).isIn(401, 403);
        }
        String query = Guarded.pathOf(route) + "?token=" + guarded.token();
        assertThat(ask(guarded, false, "POST", query, Forgery.with(), List.of()).status())
            .isIn(401, 403, 405);
      }
      guarded.assertNothingHappened();
    }
  }

  @Test
  void eachConditionOfTheShortPathsBrokenInTurnRefuses() throws Exception {
    try (Guarded guarded = Guarded.start(dir, "", Guarded.ALL_PARTS)) {
      List<String> broken = new ArrayList<>();
      for (String host :
          List.of("evil.example", "gw.example:8837", "127.0.0.1:1", "0.0.0.0", "10.0.0.1")) {
        broken.add("Host: " + host);
      }
      for (String origin : List.of("http://127.0.0.1:@PORT@", "http://evil.example", "null", "")) {
        broken.add("Origin: " + origin);
      }
      broken.addAll(
          List.of(
              "Referer: http://127.0.0.1:@PORT@/",
              "Referer: ",
              "Sec-Fetch-Site: same-origin",
              "Sec-Fetch-Site: none",
              "Sec-Fetch-Mode: navigate",
              "Sec-Fetch-Dest: document",
              "Sec-Fetch-User: ?1",
              "Sec-Fetch-Storage-Access: active",
              "Cookie: a=b",
              "Cookie: ",
              "cOOKIE: a=b",
              "Authorization: Bearer wrong",
              "Authorization: Basic YTpi",
              "Content-Type: text/plain"));
      for (String path : List.of("/reload", "/stop")) {
        for (String line : broken) {
          Response answer = ask(guarded, false, "GET", path, Forgery.with(line), List.of());
          assertThat(answer.status()).as(path + " with " + line).isIn(401, 403, 415, 429);
        }
        for (String method : List.of("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")) {
          Response answer = ask(guarded, false, method, path, Forgery.with(), List.of());
          assertThat(answer.status()).as(method + " " + path).isIn(401, 403, 405);
        }
        for (String near : List.of("//", "/./", "/x/..", "%2f")) {
          String other = near + path.substring(near.endsWith("/") ? 1 : 0);
          Response answer = ask(guarded, false, "GET", other, Forgery.with(), List.of());
          assertThat(answer.status()).as(other).isIn(400, 401, 403, 404);
        }
        assertThat(ask(guarded, false, "GET", path + "/", Forgery.with(), List.of()).status())
            .isEqualTo(401);
      }
      guarded.assertNothingHappened();
      // The same without any of it is let in: nothing above was refused for another reason.
      assertThat(ask(guarded, false, "GET", "/reload", Forgery.with(), List.of()).status())
          .isEqualTo(200);
      assertThat(guarded.audit()).anyMatch(line -> line.contains("\"kind\":\"config.reload\""));
    }
  }

  /** The unix socket has no port that a Host could contradict. */
  private static boolean isHostOnSocket(
      Map.Entry<String, Forgery> forgery, Map.Entry<String, List<String>> credential) {
    return forgery.getKey().equals("Host 127.0.0.1:1") && credential.getKey().equals("the socket");
  }

  /** Whether the method is another route of that path: a read, or a row of its own. */
  private static boolean answers(Guarded guarded, String method, Route route) {
    return !method.isEmpty()
        && guarded.gateway().control().router().find(method, Guarded.pathOf(route))
            instanceof Router.Match.Found;
  }

  private static Response ask(
      Guarded guarded,
      boolean socket,
      String method,
      String path,
      Forgery forgery,
      List<String> credential)
      throws IOException {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    List<String> lines = new ArrayList<>(credential);
    for (String line : forgery.lines()) lines.add(line.replace("@PORT@", "" + guarded.port()));
    if (lines.stream().noneMatch(line -> line.startsWith("Host:"))) {
      head.append("Host: 127.0.0.1:").append(guarded.port()).append("\r\n");
    }
    for (String line : lines) head.append(line).append("\r\n");
    if (!forgery.body().isEmpty()) {
      head.append("Content-Length: ").append(forgery.body().length()).append("\r\n");
    }
    head.append("\r\n").append(forgery.body());
    try (RawClient client =
        socket ? RawClient.connect(guarded.socket()) : RawClient.connect(guarded.port())) {
      return client.send(head.toString()).readResponse(method);
    }
  }
}
