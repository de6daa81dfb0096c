package io.fairlead.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Limit;
import io.fairlead.http.files.Coding;
import io.fairlead.http.files.FilesConfig;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.HostPattern;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.HttpSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpConfigTest {
  private static final RecordType<HttpService.Config> ROOT =
      RecordType.define(
          "Root",
          "two sections",
          f -> {
            var http = f.key("http", HttpConfig.TYPE, "HTTP services.").orElse(HttpConfig.NONE);
            var upstreams =
                f.key("upstreams", UpstreamsConfig.TYPE, "Upstreams.").orElse(UpstreamsConfig.NONE);
            return v -> new HttpService.Config(v.get(http), v.get(upstreams));
          });

  static Reading<HttpService.Config> read(String text) {
    return ConfigReader.read(
        ROOT,
        new ConfigSource("test.yaml", text, Path.of("/conf")),
        Environment.withVariables(Map.of("STICKY_KEY", "k")));
  }

  private static HttpService.Config good(String text) {
    Reading<HttpService.Config> reading = read(text);
    assertThat(reading.problems()).isEmpty();
    return reading.value().orElseThrow();
  }

  @Test
  void readsTheShapeOfTheExample() {
    HttpService.Config config =
        good(
            """
            http:
              site:
                hosts: [localhost, app.gw.test]
                routes:
                  - { id: api, match: { path: /api/* }, upstream: app,
                      headers: { request: { set: { X-Gateway: "gw-berlin-1" } } } }
                  - { id: live, match: { path: /ws }, upstream: app, websocket: true }
                  - { id: docs, match: { path: /* },
                      files: { root: ./public, precompressed: [br, gzip] } }
            upstreams:
              app:
                endpoints: [ { url: "http://127.0.0.1:3000" },
                             { url: "https://[::1]", weight: 50 } ]
                balance: round_robin
              postgres: { endpoints: [ { address: "127.0.0.1:5432" } ] }
            """);
    SiteConfig site = config.http().sites().get("site");
    assertThat(site.hosts())
        .containsExactly(HostPattern.parse("localhost"), HostPattern.parse("app.gw.test"));
    assertThat(site.routes())
        .extracting(SiteConfig.RouteConfig::id)
        .containsExactly("api", "live", "docs");
    assertThat(site.routes().get(1).action()).isEqualTo(new ActionConfig.ToUpstream("app", true));
    ActionConfig.ToFiles files = (ActionConfig.ToFiles) site.routes().get(2).action();
    assertThat(files.files().root()).isEqualTo(Path.of("/conf/public"));
    assertThat(files.files().precompressed()).containsExactly(Coding.BR, Coding.GZIP);
    assertThat(files.files().symlinks()).isEqualTo(FilesConfig.Symlinks.WITHIN_ROOT);
    assertThat(config.upstreams().clusters().get("app").endpoints())
        .containsExactly(
            new UpstreamConfig.EndpointConfig(
                new Destination.HostPort("127.0.0.1", 3000), false, 100),
            new UpstreamConfig.EndpointConfig(new Destination.HostPort("::1", 443), true, 50));
  }

  @Test
  void whatIsLeftOutIsTheDefaultOfTheRecords() {
    HttpService.Config config =
        good(
            """
            http: { site: { routes: [ { respond: { body: hi } } ] } }
            upstreams: { app: { endpoints: [] } }
            """);
    SiteConfig site = config.http().sites().get("site");
    assertThat(site.settings()).isEqualTo(HttpSettings.DEFAULTS);
    assertThat(site).isEqualTo(SiteConfig.of(site.routes()));
    assertThat(site.routes().getFirst().id()).isEqualTo("#0");
    assertThat(config.upstreams().clusters().get("app")).isEqualTo(UpstreamConfig.of(List.of()));
  }

  @Test
  void readsEveryKey() {
    HttpService.Config config =
        good(
            """
            http:
              site:
                hosts: "*.app.test"
                default: true
                trusted_proxies: [10.0.0.0/8, "::1"]
                limits: { body: off, request_line: 4k, head: 16k, field: 8k, fields: 50,
                          requests_per_connection: 5 }
                timeouts: { header: 1s, first_request: 2s, keep_alive: 3s, body_idle: 4s,
                            write_stall: 5s }
                underscore_headers: reject
                strict_authority: true
                headers: { response: { remove: [Server], default: { X-A: "{request_id}" },
                                       add: { X-B: b } } }
                routes:
                  - match: { host: a.app.test, path: { regex: "^/v[0-9]+/" }, method: [GET, HEAD],
                             scheme: https, header: { X-K: "v*" }, query: { q: "*" },
                             client_ip: 192.0.2.0/24, remote_ip: [10.0.0.0/8] }
                    limits: { body: 1m }
                    upstream: app
                  - match: { path: /moved }
                    redirect: "https://{host}{path}"
                  - match: { path: /gone }
                    redirect: { to: /new, status: 301 }
                  - match: { path: /f/* }
                    files: { root: /srv, index: [a.html], hide: ["*.bak"], symlinks: never,
                             cache_control: no-cache, mime: { FOO: x/foo } }
                  - respond: { status: 410, body: "gone: {path}", content_type: text/x,
                               headers: { X-C: c } }
            upstreams:
              app:
                endpoints: [ { address: "unix:/run/app.sock" } ]
                timeouts: { connect: 1s, response_header: 2s, response_idle: 3s, stream_idle: 4s }
                tls: { insecure_skip_verify: true, ca: ca.pem, server_name: inner.test }
            """);
    SiteConfig site = config.http().sites().get("site");
    assertThat(site.fallback()).isTrue();
    assertThat(site.bodyMax()).isEqualTo(Limit.OFF);
    assertThat(site.settings().keepAliveTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(site.settings().underscoreFields()).isEqualTo(HttpSettings.Underscore.REJECT);
    assertThat(site.trustedProxies().blocks()).hasSize(2);
    assertThat(site.headers().response().remove()).containsExactly("server");
    assertThat(site.routes().get(0).bodyMax()).contains(Limit.atMost(1 << 20));
    assertThat(site.routes().get(0).match().schemes()).containsExactly("https");
    assertThat(site.routes().get(0).match().fields()).containsOnlyKeys("x-k");
    assertThat(((ActionConfig.Redirect) site.routes().get(1).action()).status()).isEqualTo(308);
    assertThat(((ActionConfig.Redirect) site.routes().get(2).action()).status()).isEqualTo(301);
    assertThat(((ActionConfig.ToFiles) site.routes().get(3).action()).files().mime())
        .containsEntry("foo", "x/foo");
    UpstreamConfig app = config.upstreams().clusters().get("app");
    assertThat(app.endpoints().getFirst().destination())
        .isEqualTo(new Destination.UnixSocket("/run/app.sock"));
    assertThat(app.timeouts())
        .isEqualTo(
            new ForwardPlan.Timeouts(
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Duration.ofSeconds(4)));
    assertThat(app.tls().ca()).contains(Path.of("/conf/ca.pem"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{ match: { path: { regex: '(a' } }, respond: {} } | F1220",
        "{ match: { path: api/* }, respond: {} } | F1222",
        "{ match: { host: 'a b' }, respond: {} } | F1221",
        "{ match: { method: get }, respond: {} } | F1111",
        "{ respond: {}, redirect: /x } | F1109",
        "{ match: { path: /x } } | F1109",
        "{ upstream: nope } | F1301",
        "{ respond: {}, websocket: true } | F1110",
        "{ respond: { body: '{ip}' } } | F1223",
        "{ redirect: { to: /x, status: 305 } } | F1106",
        "{ respond: {}, headers: { request: { set: { Content-Length: '1' } } } } | F1224",
        "{ respond: {}, headers: { request: { add: { Host: a } } } } | F1224",
        "{ respond: {}, heders: {} } | F1104"
      })
  void refusesARoute(String route, String code) {
    Reading<HttpService.Config> reading =
        read(
            "http: { site: { routes: [ " + route + " ] } }\nupstreams: { app: { endpoints: [] } }");
    assertThat(reading.problems()).extracting(Problem::code).containsExactly(code);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{ url: 'http://a:1/base' } | F1225",
        "{ url: 'http://u:p@a:1' } | F1225",
        "{ url: 'ftp://a' } | F1206",
        "{ url: 'http://a', weight: 0 } | F1106",
        "{ url: 'http://a', address: 'a:1' } | F1109",
        "{ weight: 1 } | F1109"
      })
  void refusesAnEndpoint(String endpoint, String code) {
    assertThat(read("upstreams: { app: { endpoints: [ " + endpoint + " ] } }").problems())
        .extracting(Problem::code)
        .containsExactly(code);
  }

  @Test
  void anUnreachableRouteNamesWhatShadowsIt() {
    Reading<HttpService.Config> reading =
        read(
            """
            http:
              site:
                routes:
                  - { id: all, match: { path: /* }, respond: {} }
                  - { id: api, match: { path: /api/* }, respond: {} }
            """);
    assertThat(reading.problems()).hasSize(1);
    Problem problem = reading.problems().getFirst();
    assertThat(problem.code()).isEqualTo("F1420");
    assertThat(problem.message()).contains("`api`").contains("`all`");
    assertThat(problem.path()).isEqualTo("/http/site/routes/1");
    assertThat(problem.place().line()).isEqualTo(5);
  }

  @Test
  void twoRoutesMayNotShareAnId() {
    assertThat(
            read("""
                    http:
                      site:
                        routes:
                          - { id: a, match: { path: /a }, respond: {} }
                          - { id: a, match: { path: /b }, respond: {} }
                    """)
                .problems())
        .extracting(Problem::code)
        .containsExactly("F1421");
  }

  @Test
  void codesAreUnique() {
    Set<String> ids = new HashSet<>();
    HttpCodes.all().forEach(code -> assertThat(ids.add(code.id())).as(code.id()).isTrue());
  }

  @Test
  void rulesKeepTheirOrder() {
    HttpService.Config config =
        good(
            """
            http:
              site:
                headers: { request: { set: { X-B: "1", X-A: "2" } } }
                routes: [ { respond: {} } ]
            """);
    assertThat(config.http().sites().get("site").headers().request().set())
        .extracting(FieldRules.Rule::name)
        .containsExactly("X-B", "X-A");
  }
}
