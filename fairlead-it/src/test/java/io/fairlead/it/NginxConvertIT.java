package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.convert.ConfigConversion;
import io.fairlead.app.convert.Includes;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * nginx and the converted configuration, asked the same: status, body and the fields that matter.
 */
class NginxConvertIT {
  private static final int ATTEMPTS = 5;
  private static final String HASH_OF_PW =
      "$6$fairlead$yHpiH7yw6oUrQFJHl2j40lch.2xQsOxJJBD74uPvu8VfP1FS"
          + "00kksh0yTAYaDggqXFlGLeoAyxDeWgnZ.qxIa1";
  private static final List<String> FIELDS =
      List.of(
          "Location", "Cache-Control", "Content-Encoding", "X-Served", "Allow", "Content-Range");

  private static RecordingServer upstream;
  private static GatewayFixture gateway;
  private static Proc nginx;
  private static int nginxPort;

  @BeforeAll
  static void start() throws Exception {
    Path program = Peers.require("nginx");
    upstream =
        RecordingServer.http(
            request ->
                RecordingServer.response(
                    request.target().contains("fail") ? 503 : 200,
                    request.method()
                        + " "
                        + request.target()
                        + " host="
                        + request.field("Host").orElse("-")
                        + " real="
                        + request.field("X-Real-IP").orElse("-")
                        + " coding="
                        + request.field("Accept-Encoding").orElse("-")
                        + " who="
                        + request.field("Authorization").orElse("-")
                        + " body="
                        + request.text(),
                    "X-Powered-By: test",
                    "Content-Type: text/plain"));
    Path dir = Files.createTempDirectory("fairlead-convert");
    Files.createDirectories(dir.resolve("www/static"));
    Files.createDirectories(dir.resolve("www/docs"));
    Files.createDirectories(dir.resolve("empty"));
    Files.writeString(dir.resolve("www/index.html"), "<p>index</p>");
    Files.writeString(dir.resolve("www/404.html"), "<p>nothing here</p>");
    Files.writeString(dir.resolve("www/page.html"), "<p>page</p>");
    Files.writeString(dir.resolve("accounts"), "ann:" + HASH_OF_PW + "\n");
    Files.writeString(dir.resolve("www/docs/index.html"), "<p>docs</p>");
    Files.writeString(dir.resolve("www/static/a.css"), "a { color: red }\n".repeat(100));
    Files.writeString(dir.resolve("www/static/a.png"), "png");
    Files.writeString(dir.resolve("www/b.png"), "another png");
    for (int attempt = 1; ; attempt++) {
      nginxPort = NginxOrigin.freePort();
      Path conf = dir.resolve("nginx.conf");
      Files.writeString(conf, text(dir, nginxPort));
      nginx =
          Proc.start(
              List.of(
                  program.toString(),
                  "-p",
                  dir.toString(),
                  "-e",
                  "error.log",
                  "-c",
                  conf.toString()),
              dir,
              Map.of());
      try {
        nginx.awaitPort(nginxPort, Duration.ofSeconds(10));
        break;
      } catch (AssertionError notUp) {
        nginx.close();
        if (attempt == ATTEMPTS) throw notUp;
      }
    }
    String yaml =
        ConfigConversion.convert(
                ConfigConversion.Format.NGINX,
                new ConfigSource("nginx.conf", text(dir, 0), dir),
                new Includes.Follow())
            .yaml();
    gateway = GatewayFixture.start(dir, yaml.replaceFirst("version: 1\n", ""));
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (nginx != null) nginx.close();
    if (upstream != null) upstream.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "GET    | one.example    | /                 | -                      | 200 |",
        "GET    | one.example    | /page             | -                      | 200 |",
        "GET    | one.example    | /page.html        | -                      | 200 |",
        "GET    | one.example    | /docs/            | -                      | 200 |",
        "GET    | one.example    | /nowhere/at/all   | -                      | 200 |",
        "HEAD   | one.example    | /page.html        | -                      | 200 |",
        "GET    | one.example    | /page.html        | Range: bytes=0-3       | 206 |",
        "GET    | one.example    | /health           | -                      | 200 |",
        "GET    | one.example    | /health?x         | -                      | 200 |",
        "GET    | one.example    | /health/          | -                      | 200 |",
        "GET    | one.example    | /static/a.css     | -                      | 200 |",
        "GET    | one.example    | /static/a.css     | Accept-Encoding: gzip  | 200 | coded",
        "GET    | one.example    | /static/a.png     | -                      | 200 |",
        "GET    | one.example    | /static/none      | -                      | 404 | free",
        "GET    | one.example    | /b.png            | -                      | 200 |",
        "GET    | one.example    | /B.PNG            | -                      | 200 |",
        "GET    | one.example    | /api              | -                      | 301 | free",
        "GET    | one.example    | /api/             | -                      | 200 |",
        "GET    | one.example    | /api/x?y=1&z      | -                      | 200 |",
        "GET    | one.example    | /api/x.png        | -                      | 404 | free",
        "GET    | one.example    | /api/fail         | -                      | 503 |",
        "GET    | one.example    | /apix             | -                      | 200 |",
        "DELETE | one.example    | /api/x            | -                      | 200 |",
        "POST   | one.example    | /api/x            | -                      | 200 |",
        "POST   | one.example    | /small/x          | -                      | 413 | free",
        "GET    | one.example    | /raw/x            | Accept-Encoding: gzip  | 200 |",
        "GET    | one.example    | /old/path?a=b     | -                      | 301 | free",
        "GET    | one.example    | /moved            | -                      | 302 | free",
        "GET    | one.example    | /gone             | -                      | 410 | free",
        "GET    | one.example    | /closed           | -                      | 200 |",
        "GET    | one.example    | /open/            | -                      | 200 |",
        "GET    | one.example    | /asks/x           | -                      | 401 | free",
        "GET    | one.example    | /asks/x           | Authorization: Basic YW5uOnB3 | 200 |",
        "GET    | one.example    | /asks/x           | Authorization: Basic YW5uOm5v | 401 | free",
        "GET    | one.example    | /asks/nobody/x    | -                      | 200 |",
        "GET    | one.example    | /either/x         | -                      | 401 | free",
        "GET    | one.example    | /either/x         | Authorization: Basic YW5uOnB3 | 200 |",
        "GET    | one.example    | /near/x           | -                      | 200 |",
        "GET    | one.example    | /shut             | -                      | 403 | free",
        "GET    | one.example    | /inside/x         | -                      | 404 | free",
        "PURGE  | one.example    | /api/x            | -                      | 405 | free",
        "GET    | nobody.example | /health           | -                      | 200 |",
        "GET    | two.example    | /health           | -                      | 404 | free",
        "GET    | two.example    | /only             | -                      | 200 |",
        "GET    | a.many.example | /x?y              | -                      | 308 | free",
        "GET    | b.many.example | /                 | -                      | 200 |",
        "GET    | one.example    | /%6eowhere        | -                      | 200 |",
        "GET    | one.example    | /v1/a?b=c         | -                      | 200 |",
        "GET    | one.example    | /v1/              | -                      | 200 |",
        "GET    | one.example    | /strip/a/b        | -                      | 200 |",
        "GET    | one.example    | /glued/a          | -                      | 200 |",
        "GET    | one.example    | /just/this        | -                      | 200 |",
        "GET    | one.example    | /img/a.css        | -                      | 200 |",
        "GET    | one.example    | /img/none         | -                      | 404 | free",
        "GET    | one.example    | /the-page         | -                      | 200 |",
        "GET    | one.example    | /shot/a/png       | -                      | 200 |",
        "GET    | one.example    | /cut/x/y?z=1      | -                      | 200 |",
        "GET    | one.example    | /cut/             | -                      | 200 |",
        "GET    | one.example    | /was/here?q=1     | -                      | 301 | free",
        "GET    | one.example    | /away/x           | -                      | 302 | free",
        "GET    | one.example    | /inner/x?y=1      | -                      | 200 |",
        "GET    | one.example    | /mixed/health     | -                      | 200 |",
        "GET    | one.example    | /mixed/other      | -                      | 200 |",
        "GET    | app.example    | /page.html        | -                      | 200 |",
        "GET    | app.example    | /none/at/all?x=1  | -                      | 200 |",
        "POST   | app.example    | /none             | -                      | 200 |",
        "GET    | app.example    | /                 | -                      | 200 |",
        "GET    | app.example    | /only/here        | -                      | 403 | free",
        "GET    | one.example    | /api/../health    | -                      | 200 |",
      })
  void answersTheSame(String method, String host, String path, String field, int status, String how)
      throws IOException {
    String line = field == null ? "" : field.strip() + "\r\n";
    String body =
        method.strip().equals("POST") ? "Content-Length: 2000\r\n\r\n" + "b".repeat(2000) : "\r\n";
    String request =
        method.strip()
            + " "
            + path.strip()
            + " HTTP/1.1\r\nHost: "
            + host.strip()
            + ":"
            + nginxPort
            + "\r\n"
            + line
            + body;
    StrictHttpParser.Response theirs = ask(nginxPort, request, method.strip());
    StrictHttpParser.Response ours = ask(gateway.port("http_0"), request, method.strip());
    assertThat(theirs.status()).as("nginx: %s", theirs.text()).isEqualTo(status);
    assertThat(ours.status()).as("ours: %s", ours.text()).isEqualTo(status);
    boolean ownError = List.of(401, 404, 413).contains(status);
    for (String name : FIELDS) {
      // Fields of a route are for its answers, not for errors that the gateway makes itself.
      if (ownError && name.equals("X-Served")) continue;
      assertThat(ours.field(name)).as(name).isEqualTo(theirs.field(name));
    }
    if (how != null && how.strip().equals("free")) return;
    assertThat(media(ours)).isEqualTo(media(theirs));
    if (how == null) assertThat(ours.text()).isEqualTo(theirs.text());
  }

  private static Optional<String> media(StrictHttpParser.Response answer) {
    return answer.field("Content-Type").map(type -> type.replaceFirst(";.*", ""));
  }

  private static StrictHttpParser.Response ask(int port, String request, String method)
      throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return client.send(request).readResponse(method);
    }
  }

  private static String text(Path dir, int port) {
    return """
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
      types { text/html html; text/css css; image/png png; text/plain txt; }
      default_type text/plain;
      upstream app { server 127.0.0.1:@UP@; keepalive 4; }
      server {
        listen 127.0.0.1:@PORT@ default_server;
        server_name one.example;
        root @DIR@/www;
        index index.html;
        gzip_types text/css;
        add_header X-Served one always;
        error_page 404 /404.html;
        if ($request_method = PURGE) { return 405; }
        location / { try_files $uri $uri/ $uri.html /index.html; }
        location = /health { return 200 "well ${host} $request_method $args\\n"; }
        location ^~ /static/ { expires 1h; gzip on; gzip_min_length 10; }
        location ~ \\.png$ { expires max; }
        location /api/ {
          proxy_pass http://app;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $host;
          proxy_set_header X-Real-IP $remote_addr;
          proxy_hide_header X-Powered-By;
        }
        location /small/ { proxy_pass http://127.0.0.1:@UP@; client_max_body_size 1k; }
        location /raw/ {
          proxy_pass http://127.0.0.1:@UP@/raw/;
          proxy_set_header Accept-Encoding "";
        }
        location /old { return 301 https://new.example$request_uri; }
        location = /moved { return 302 /page.html; }
        location /gone { return 410; }
        location /closed { deny 127.0.0.1; allow all; return 200 no; }
        location /open/ { allow 127.0.0.0/8; deny all; proxy_pass http://app; }
        location /asks/ { auth_basic "it asks"; auth_basic_user_file accounts; proxy_pass http://app; }
        location /asks/nobody/ { auth_basic off; proxy_pass http://app; }
        location /either/ {
          satisfy any;
          allow 127.0.0.9;
          deny all;
          auth_basic "it asks";
          auth_basic_user_file accounts;
          proxy_pass http://app;
        }
        location /near/ {
          satisfy any;
          allow 127.0.0.0/8;
          deny all;
          auth_basic "it asks";
          auth_basic_user_file accounts;
          proxy_pass http://app;
        }
        location /shut { deny 127.0.0.1; allow all; }
        location /inside/ { internal; }
        location /v1/ { proxy_pass http://app/v2/; }
        location /strip/ { proxy_pass http://app/; }
        location /glued { proxy_pass http://app/x; }
        location = /just/this { proxy_pass http://app/that; }
        location /img/ { alias @DIR@/www/static/; }
        location = /the-page { alias @DIR@/www/page.html; default_type text/html; }
        location ~ ^/shot/(\\w+)/(\\w+)$ { alias @DIR@/www/static/$1.$2; types { } default_type image/png; }
        location /cut/ { rewrite ^/cut/(.*)$ /$1 break; proxy_pass http://app; }
        location /inner/ { rewrite ^/inner/(.*)$ /api/$1 last; }
        location /mixed/ { rewrite /mixed/health /health last; proxy_pass http://app; }
        rewrite ^/was/(.*)$ /is/$1 permanent;
        rewrite ^/away/(.*)$ https://else.example/$1 redirect;
      }
      server {
        listen 127.0.0.1:@PORT@;
        server_name two.example;
        root @DIR@/empty;
        location = /only { return 200 two; }
      }
      server {
        listen 127.0.0.1:@PORT@;
        server_name app.example;
        root @DIR@/www;
        location / { try_files $uri $uri/ @app; }
        location /only/ { deny 127.0.0.1; try_files $uri @app; }
        location @app { proxy_pass http://app; proxy_set_header Host $host; }
      }
      server {
        listen 127.0.0.1:@PORT@;
        server_name *.many.example;
        return 308 https://many.example$request_uri;
      }
      server {
        listen 127.0.0.1:@PORT@;
        server_name b.many.example;
        location / { return 200 exact; }
      }
    }
    """
        .replace("@DIR@", dir.toString())
        .replace("@UP@", Integer.toString(upstream.port()))
        .replace("@PORT@", Integer.toString(port));
  }
}
