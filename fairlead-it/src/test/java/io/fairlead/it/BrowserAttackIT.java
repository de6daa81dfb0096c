package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.control.http.Router.Route;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real browser with a page of another origin on this machine that does all it can to every path
 * that changes something, in a browser where the operator is logged in: cookies know no ports, so
 * the page even holds the session's cookie.
 */
class BrowserAttackIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Tries every road for every method and path, then tells its own server how many it took. */
  private static final String PAGE =
      """
      <!doctype html><title>attack</title><body><script>
      const base = "http://127.0.0.1:@PORT@";
      const changes = [@CHANGES@];
      document.cookie = "@COOKIE@; path=/";
      let tries = 0;
      const waits = [];
      const soon = (start) => waits.push(new Promise(done => {
        tries++;
        setTimeout(done, 4000);
        try { start(done); } catch (refused) { done(); }
      }));
      const types = [null, "text/plain", "application/x-www-form-urlencoded",
                     "multipart/form-data; boundary=x", "application/json"];
      for (const [method, path] of changes) {
        const url = base + path;
        for (const mode of ["cors", "no-cors", "same-origin", "navigate"]) {
          for (const verb of new Set([method, "GET", "POST"])) {
            for (const type of verb === "GET" ? [null] : types) {
              soon(done => {
                const options = { method: verb, mode, credentials: "include", redirect: "manual" };
                if (type) { options.headers = { "Content-Type": type }; options.body = "{}"; }
                fetch(url, options).then(done, done);
              });
            }
          }
        }
        soon(done => {
          const request = new XMLHttpRequest();
          request.withCredentials = true;
          request.onloadend = done;
          request.open(method, url);
          request.setRequestHeader("X-Fairlead-CSRF", "@CSRF@");
          request.send();
        });
        for (const tag of ["img", "script", "iframe", "embed", "audio"]) {
          soon(done => {
            const element = document.createElement(tag);
            element.onload = element.onerror = done;
            element.src = url;
            document.body.appendChild(element);
          });
        }
        for (const rel of ["stylesheet", "prefetch", "preload", "icon"]) {
          soon(done => {
            const link = document.createElement("link");
            link.rel = rel; link.href = url; link.onload = link.onerror = done;
            if (rel === "preload") link.as = "script";
            document.head.appendChild(link);
          });
        }
        for (const enctype of ["application/x-www-form-urlencoded", "text/plain",
                               "multipart/form-data"]) {
          for (const verb of ["get", "post"]) {
            soon(done => {
              const frame = document.createElement("iframe");
              frame.name = "f" + tries;
              frame.onload = done;
              document.body.appendChild(frame);
              const form = document.createElement("form");
              form.method = verb; form.action = url; form.enctype = enctype;
              form.target = frame.name;
              form.innerHTML = '<input name="{" value="}">';
              document.body.appendChild(form);
              form.submit();
            });
          }
        }
        soon(done => { navigator.sendBeacon(url, "{}"); setTimeout(done, 200); });
        soon(done => {
          const socket = new WebSocket(url.replace("http", "ws"));
          socket.onclose = socket.onerror = done;
        });
        soon(done => {
          const source = new EventSource(url, { withCredentials: true });
          source.onerror = () => { source.close(); done(); };
        });
      }
      Promise.all(waits).then(() => fetch("/done?tries=" + tries, { method: "POST" }));
      </script>
      """;

  @TempDir Path dir;

  @Test
  void aPageOfAnotherOriginChangesNothing() throws Exception {
    Path chromium = Peers.require("chromium");
    try (Guarded guarded = Guarded.start(dir, "", Guarded.ALL_PARTS)) {
      List<String> session = guarded.login();
      List<Route> changes = guarded.changes();
      assertThat(changes).extracting(Route::template).containsAll(Guarded.PATHS_OF_PARTS);
      String page =
          PAGE.replace("@PORT@", "" + guarded.port())
              .replace(
                  "@CHANGES@",
                  changes.stream().map(BrowserAttackIT::pair).collect(Collectors.joining(",")))
              .replace("@COOKIE@", session.getFirst().substring("Cookie: ".length()))
              .replace("@CSRF@", session.getLast().substring("X-Fairlead-CSRF: ".length()));
      CompletableFuture<String> done = new CompletableFuture<>();
      HttpServer attacker = serve(page, done);
      Files.createDirectories(dir.resolve("browser"));
      try (Proc browser =
          Proc.start(
              List.of(
                  chromium.toString(),
                  "--headless=new",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-dev-shm-usage",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--user-data-dir=" + dir.resolve("browser"),
                  "http://127.0.0.1:" + attacker.getAddress().getPort() + "/"),
              dir,
              Map.of("HOME", dir.resolve("browser").toString()))) {
        String tries = done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(browser.alive()).isTrue();
        assertThat(Integer.parseInt(tries)).isGreaterThan(changes.size() * 30);
      } finally {
        attacker.stop(0);
      }
      guarded.assertNothingHappened();
      double refused = refused(guarded);
      assertThat(refused).as("requests that reached us and were refused").isGreaterThan(50);
    }
  }

  private static double refused(Guarded guarded) throws IOException {
    try (var client = io.fairlead.testkit.RawClient.connect(guarded.socket())) {
      String metrics =
          client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").readResponse().text();
      return metrics
          .lines()
          .filter(line -> line.startsWith("fairlead_control_refused_total{"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }
  }

  private static String pair(Route route) {
    return "[\"" + route.method() + "\",\"" + Guarded.pathOf(route) + "\"]";
  }

  private static HttpServer serve(String page, CompletableFuture<String> done) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String query = exchange.getRequestURI().getQuery();
          if (exchange.getRequestURI().getPath().equals("/done")) {
            done.complete(query.replaceFirst("tries=", ""));
          }
          byte[] body = page.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }
}
