package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** nginx and HAProxy as upstreams: one is killed and comes back, and no client notices. */
@Timeout(120)
class UpstreamsIT {
  @TempDir private Path dir;

  /** A server that can be killed and started again on its port. */
  private record Server(List<String> command, Path dir, int port) {
    Proc start() throws IOException, InterruptedException {
      Proc proc = Proc.start(command, dir, Map.of());
      proc.awaitPort(port, Duration.ofSeconds(20));
      return proc;
    }
  }

  private Server nginx() throws IOException {
    Path program = Peers.require("nginx");
    int port = NginxOrigin.freePort();
    Path config = dir.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        daemon off;
        master_process off;
        pid @DIR@/nginx.pid;
        error_log @DIR@/error.log;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path @DIR@/body;
          proxy_temp_path @DIR@/proxy;
          fastcgi_temp_path @DIR@/fastcgi;
          uwsgi_temp_path @DIR@/uwsgi;
          scgi_temp_path @DIR@/scgi;
          server { listen 127.0.0.1:@PORT@; location / { return 200 "nginx"; } }
        }
        """
            .replace("@DIR@", dir.toString())
            .replace("@PORT@", Integer.toString(port)));
    return new Server(
        List.of(
            program.toString(), "-p", dir.toString(), "-e", "error.log", "-c", config.toString()),
        dir,
        port);
  }

  private Server haproxy() throws IOException {
    Path program = Peers.require("haproxy");
    int port = NginxOrigin.freePort();
    Path config = dir.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        defaults
          mode http
          timeout client 30s
          timeout server 30s
          timeout connect 5s
        frontend all
          bind 127.0.0.1:%d
          http-request return status 200 content-type text/plain string "haproxy"
        """
            .formatted(port));
    return new Server(List.of(program.toString(), "-db", "-f", config.toString()), dir, port);
  }

  /** Clients that ask without pause and note every answer. */
  private static final class Traffic implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients;

    Traffic(int port, int count) {
      clients =
          java.util.stream.IntStream.range(0, count)
              .mapToObj(_ -> Thread.ofVirtual().start(() -> ask(port)))
              .toList();
    }

    private void ask(int port) {
      try (RawClient client = RawClient.connect(port)) {
        while (!over.get()) {
          Response response = client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
          if (response.status() == 200) {
            answers.computeIfAbsent(response.text(), _ -> new LongAdder()).increment();
          } else {
            errors.add(response.status() + " " + response.text());
          }
        }
      } catch (IOException | RuntimeException | AssertionError failure) {
        errors.add(failure.toString());
      }
    }

    long of(String server) {
      LongAdder count = answers.get(server);
      return count == null ? 0 : count.sum();
    }

    /** Share of one server among the next answers. */
    double share(String server, int next) {
      long before = of(server);
      long all = of("nginx") + of("haproxy");
      await().atMost(Duration.ofSeconds(60)).until(() -> of("nginx") + of("haproxy") >= all + next);
      long now = of("nginx") + of("haproxy");
      return (double) (of(server) - before) / (now - all);
    }

    @Override
    public void close() throws InterruptedException {
      over.set(true);
      for (Thread client : clients) client.join();
    }
  }

  private static String state(GatewayFixture gateway, int index) {
    return gateway.gateway().upstreams().report().getFirst().endpoints().get(index).state().word();
  }

  @Test
  void aKilledServerIsTakenOutAndComesBackSlowly() throws Exception {
    Server nginx = nginx();
    Server haproxy = haproxy();
    String config =
        """
        listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
        http: { site: { limits: { requests_per_connection: off }, routes: [ { id: all, upstream: app } ] } }
        upstreams:
          app:
            endpoints:
              - { name: one, url: "http://127.0.0.1:%d" }
              - { name: two, url: "http://127.0.0.1:%d" }
            balance: round_robin
            slow_start: 3s
            health: { path: /, interval: 200ms, timeout: 1s, rise: 2, fall: 2 }
            passive: { base: 1s }
            retry: { budget: 100%% }
            breaker: { max_retries: 100 }
        """
            .formatted(nginx.port(), haproxy.port());
    try (Proc first = nginx.start();
        GatewayFixture gateway = GatewayFixture.start(config)) {
      assertThat(first.alive()).isTrue();
      Proc second = haproxy.start();
      try (Traffic traffic = new Traffic(gateway.port("web"), 4)) {
        await().until(() -> state(gateway, 0).equals("healthy"));
        await().until(() -> state(gateway, 1).equals("healthy"));
        await().until(() -> traffic.of("haproxy") > 50 && traffic.of("nginx") > 50);

        second.signal("KILL");
        // Two failed checks of at most a second each, 220 ms apart, or three refused requests.
        await().atMost(Duration.ofSeconds(10)).until(() -> !state(gateway, 1).equals("healthy"));
        await().until(() -> state(gateway, 1).equals("unhealthy"));
        long nginxBefore = traffic.of("nginx");
        await().until(() -> traffic.of("nginx") > nginxBefore + 200);

        second.close();
        second = haproxy.start();
        await().until(() -> state(gateway, 1).equals("healthy"));
        assertThat(traffic.share("haproxy", 100)).as("slowly at first").isLessThan(0.35);
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> Math.abs(traffic.share("haproxy", 200) - 0.5) < 0.05);

        gateway.replaceConfig(config.replace("slow_start: 3s", "slow_start: 4s"));
        assertThat(gateway.control("/reload").status()).isEqualTo(200);
        assertThat(state(gateway, 1)).as("a reload forgets nothing").isEqualTo("healthy");
        traffic.close();
        assertThat(traffic.errors).as("errors of clients").isEmpty();
      } finally {
        second.close();
      }
    }
  }

  @Test
  void theControlApiShowsAndChangesUpstreamsAndExplainsRoutes() throws Exception {
    Server nginx = nginx();
    try (Proc server = nginx.start();
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
                http:
                  site:
                    hosts: [app.test]
                    routes:
                      - { id: api, match: { path: /api/*, method: GET }, upstream: app }
                      - { id: rest, match: { path: /* }, respond: { status: 404 } }
                upstreams:
                  app: { endpoints: [ { name: one, url: "http://127.0.0.1:%d" } ] }
                """
                    .formatted(nginx.port()))) {
      assertThat(server.alive()).isTrue();
      assertThat(ask(gateway, "GET", "/v1/upstreams", "").text())
          .contains("\"id\":\"app\"", "\"name\":\"one\"", "\"state\":\"unknown\"");
      Response changed =
          ask(gateway, "POST", "/v1/upstreams/app/endpoints/one", "{\"admin\":\"down\"}");
      assertThat(changed.status()).isEqualTo(200);
      assertThat(changed.text()).contains("\"state\":\"down\"");
      String api = "GET /api/x HTTP/1.1\r\nHost: app.test\r\n\r\n";
      try (RawClient client = gateway.client("web")) {
        assertThat(client.send(api).readResponse().status()).isEqualTo(503);
        ask(gateway, "POST", "/v1/upstreams/app/endpoints/one", "{\"admin\":\"up\",\"weight\":7}");
        assertThat(client.send(api).readResponse().text()).isEqualTo("nginx");
      }
      assertThat(ask(gateway, "GET", "/v1/upstreams", "").text()).contains("\"weight\":7");
      assertThat(ask(gateway, "POST", "/v1/upstreams/app/endpoints/x", "{\"weight\":1}").status())
          .isEqualTo(404);
      assertThat(ask(gateway, "POST", "/v1/upstreams/app/endpoints/one", "{\"x\":1}").status())
          .isEqualTo(400);

      assertThat(ask(gateway, "GET", "/v1/routes", "").text())
          .contains("\"id\":\"api\"", "upstream app", "respond 404");
      assertThat(
              ask(
                      gateway,
                      "POST",
                      "/v1/routes/test",
                      "{\"method\":\"POST\",\"url\":\"http://app.test/api/x\"}")
                  .text())
          .contains("\"id\":\"rest\"", "method: POST is not one of [GET]");
      assertThat(ask(gateway, "POST", "/v1/routes/test", "{\"url\":\"http://other.test/\"}").text())
          .contains("does not answer for the host");
      assertThat(gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text())
          .contains("fairlead_upstream_endpoint_up{endpoint=\"one\",upstream=\"app\"} 1")
          .contains("fairlead_upstream_inflight{upstream=\"app\"} 0");
    }
  }

  private static Response ask(GatewayFixture gateway, String method, String path, String body)
      throws IOException {
    try (RawClient client = RawClient.connect(gateway.controlPort())) {
      return client
          .send(
              method
                  + " "
                  + path
                  + " HTTP/1.1\r\nHost: 127.0.0.1:"
                  + gateway.controlPort()
                  + "\r\nAuthorization: Bearer "
                  + gateway.token()
                  + "\r\nContent-Type: application/json\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body)
          .readResponse();
    }
  }
}
