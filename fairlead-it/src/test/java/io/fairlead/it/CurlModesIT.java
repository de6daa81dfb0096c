package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** curl through every mode: forward, tunnel, SOCKS, reverse and files, with nginx behind. */
class CurlModesIT {
  private static final int UPLOAD = 20 << 20;
  private static final String PASSWORD = "p:w";

  private static NginxOrigin nginx;
  private static RecordingServer digester;
  private static GatewayFixture gateway;
  private static Path upload;
  private static String uploadHash;

  @BeforeAll
  static void start() throws Exception {
    nginx = NginxOrigin.start();
    digester = RecordingServer.http(CurlModesIT::digest);
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    Files.writeString(dir.resolve("users"), "alice:" + Pem.passwordHash(PASSWORD) + "\n");
    Path files = Files.createDirectories(dir.resolve("public"));
    Files.writeString(files.resolve("hello.txt"), "0123456789");
    byte[] bytes = new byte[UPLOAD];
    new Random(UPLOAD).nextBytes(bytes);
    upload = dir.resolve("upload.bin");
    Files.write(upload, bytes);
    uploadHash = sha256(bytes);
    gateway =
        GatewayFixture.start(
            dir,
            CONFIG
                .replace("@NGINX@", Integer.toString(nginx.port()))
                .replace("@NGINX_TLS@", Integer.toString(nginx.tlsPort()))
                .replace("@NGINX_CERT@", nginx.certificate().toString())
                .replace("@DIGESTER@", Integer.toString(digester.port())));
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (digester != null) digester.close();
    if (nginx != null) nginx.close();
  }

  // --- forward -----------------------------------------------------------------------------------

  @Test
  void absoluteFormFetchesFromTheOriginThatTheUrlNames() throws Exception {
    Curl.Seen seen = Curl.run("-x", proxy("open"), origin("/up/1k"));
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.body()).isEqualTo(nginx.file("1k"));
    assertThat(seen.field("Via")).as("the answer names the proxy").isPresent();
  }

  @Test
  void connectCarriesTlsToTheOriginUntouched() throws Exception {
    Curl.Seen seen =
        Curl.run(
            "-x",
            proxy("open"),
            "--cacert",
            nginx.certificate().toString(),
            "https://127.0.0.1:" + nginx.tlsPort() + "/up/1m");
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.connectStatus()).isEqualTo(200);
    assertThat(seen.body()).isEqualTo(nginx.file("1m"));
    assertThat(seen.head().split("\r\n\r\n", 2)[0].toLowerCase(java.util.Locale.ROOT))
        .as("a successful CONNECT has no framing")
        .doesNotContain("content-length")
        .doesNotContain("transfer-encoding");
  }

  @Test
  void connectToAnHttpOriginWorksTheSame() throws Exception {
    Curl.Seen seen = Curl.run("-p", "-x", proxy("open"), origin("/up/1k"));
    assertThat(seen.connectStatus()).as("%s", seen).isEqualTo(200);
    assertThat(seen.body()).isEqualTo(nginx.file("1k"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--socks4", "--socks4a", "--socks5", "--socks5-hostname"})
  void socksReachesTheOrigin(String option) throws Exception {
    for (String host : List.of("127.0.0.1", "localhost")) {
      Curl.Seen seen =
          Curl.run(option, address("open"), "-4", "http://" + host + ":" + nginx.port() + "/up/1m");
      assertThat(seen.status()).as("%s", seen).isEqualTo(200);
      assertThat(seen.body()).isEqualTo(nginx.file("1m"));
    }
  }

  @Test
  void oneProxyConnectionServesTwoOriginsInTurn() throws Exception {
    String out =
        Curl.output(
            "-x",
            proxy("open"),
            "-w",
            "%{http_code} %{num_connects}\n",
            "-o",
            "/dev/null",
            origin("/up/1k"),
            "-o",
            "/dev/null",
            "http://127.0.0.1:" + digester.port() + "/turn",
            "-o",
            "/dev/null",
            origin("/up/1k"));
    assertThat(out.lines()).containsExactly("200 1", "200 0", "200 0");
    assertThat(digester.requests())
        .filteredOn(request -> request.target().equals("/turn"))
        .singleElement()
        .satisfies(
            request -> assertThat(request.field("Host")).contains("127.0.0.1:" + digester.port()));
  }

  // --- who may ----------------------------------------------------------------------------------

  @Test
  void basicCredentialsOpenTheProxyAndNeverReachTheOrigin() throws Exception {
    String url = "http://127.0.0.1:" + digester.port() + "/basic";
    Curl.Seen seen = Curl.run("-x", proxy("guarded"), "-U", "alice:" + PASSWORD, url);
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(digester.requests())
        .filteredOn(request -> request.target().equals("/basic"))
        .singleElement()
        .satisfies(request -> assertThat(request.field("Proxy-Authorization")).isEmpty());
  }

  @Test
  void wrongOrMissingBasicCredentialsAreAnswered407() throws Exception {
    for (String[] credentials :
        new String[][] {{}, {"-U", "alice:wrong"}, {"-U", "nobody:" + PASSWORD}}) {
      Curl.Seen absolute = Curl.run(with(credentials, "-x", proxy("guarded"), origin("/up/1k")));
      assertThat(absolute.status()).as("%s", absolute).isEqualTo(407);
      assertThat(absolute.field("Proxy-Authenticate"))
          .hasValueSatisfying(
              challenge ->
                  assertThat(challenge).startsWith("Basic realm=").contains("charset=\"UTF-8\""));
      Curl.Seen tunnel =
          Curl.run(with(credentials, "-p", "-x", proxy("guarded"), origin("/up/1k")));
      assertThat(tunnel.connectStatus()).as("%s", tunnel).isEqualTo(407);
      assertThat(tunnel.exit()).as("%s", tunnel).isNotZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--socks5", "--socks5-hostname"})
  void socksCredentialsOpenTheProxy(String option) throws Exception {
    Curl.Seen right =
        Curl.run(option, address("guarded"), "-U", "alice:" + PASSWORD, origin("/up/1k"));
    assertThat(right.status()).as("%s", right).isEqualTo(200);
    assertThat(right.body()).isEqualTo(nginx.file("1k"));
    Curl.Seen wrong = Curl.run(option, address("guarded"), "-U", "alice:no", origin("/up/1k"));
    assertThat(wrong.exit()).as("%s", wrong).isEqualTo(97);
    Curl.Seen missing = Curl.run(option, address("guarded"), origin("/up/1k"));
    assertThat(missing.exit()).as("%s", missing).isEqualTo(97);
  }

  @Test
  void socks4HasNoPasswordAndIsRefusedWhereOneIsNeeded() throws Exception {
    Curl.Seen seen = Curl.run("--socks4a", address("guarded"), origin("/up/1k"));
    assertThat(seen.exit()).as("%s", seen).isEqualTo(97);
    assertThat(seen.err()).contains("91");
  }

  // --- large bodies
  // -------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"forward", "tunnel", "reverse", "reverse-tls"})
  void aLargeUploadArrivesWhole(String road) throws Exception {
    for (String framing : List.of("X-Framing: by length", "Transfer-Encoding: chunked")) {
      Curl.Seen seen =
          Curl.run(
              with(
                  road(road, "/digest/" + road, digester.port()),
                  "-T",
                  upload.toString(),
                  "-X",
                  "POST",
                  "-H",
                  framing));
      assertThat(seen.status()).as("%s", seen).isEqualTo(200);
      assertThat(seen.text()).isEqualTo(uploadHash);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "tunnel", "reverse", "reverse-tls"})
  void aLargeDownloadArrivesWhole(String road) throws Exception {
    Curl.Seen seen = Curl.run(road(road, "/digest/download", digester.port()));
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.body()).hasSize(UPLOAD);
    assertThat(sha256(seen.body())).isEqualTo(uploadHash);
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "reverse", "reverse-tls"})
  void aClientThatWaitsFor100ContinueIsToldToGoOn(String road) throws Exception {
    Curl.Seen seen =
        Curl.run(
            with(
                road(road, "/digest/expect", digester.port()),
                "--data-binary",
                "@" + upload,
                "-H",
                "Expect: 100-continue",
                "--expect100-timeout",
                "40"));
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.head()).matches("(?s)HTTP/(1\\.1|2) 100.*");
    assertThat(seen.text()).isEqualTo(uploadHash);
  }

  // --- reverse
  // --------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"forward", "reverse", "reverse-tls"})
  void nginxAnswersEveryKindOfBodyThroughUs(String road) throws Exception {
    for (String name : List.of("1k", "1m", "chunked.txt", "gzip.txt")) {
      Curl.Seen seen = Curl.run(road(road, "/up/" + name, nginx.port()));
      assertThat(seen.status()).as("%s", seen).isEqualTo(200);
      assertThat(seen.body()).as(name).isEqualTo(nginx.file(name));
    }
    Curl.Seen chunked = Curl.run(with(road(road, "/up/chunked.txt", nginx.port()), "--http1.1"));
    assertThat(chunked.field("Transfer-Encoding")).contains("chunked");
    assertThat(chunked.field("Content-Length")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "reverse", "reverse-tls"})
  void aCompressedResponseStaysCompressed(String road) throws Exception {
    Curl.Seen seen =
        Curl.run(with(road(road, "/up/gzip.txt", nginx.port()), "-H", "Accept-Encoding: gzip"));
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.field("Content-Encoding")).contains("gzip");
    assertThat(seen.body()).hasSizeLessThan(nginx.file("gzip.txt").length / 10);
    try (var plain =
        new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(seen.body()))) {
      assertThat(plain.readAllBytes()).isEqualTo(nginx.file("gzip.txt"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "reverse", "reverse-tls"})
  void headHasTheFieldsOfGetAndNoBody(String road) throws Exception {
    Curl.Seen seen = Curl.run(with(road(road, "/up/1m", nginx.port()), "-I"));
    assertThat(seen.exit()).as("%s", seen).isZero();
    assertThat(seen.status()).isEqualTo(200);
    assertThat(seen.field("Content-Length")).contains("1048576");
  }

  @Test
  void anOriginThatSpeaksTlsIsVerifiedAndServed() throws Exception {
    Curl.Seen seen = Curl.run("-H", "Host: secured.test", url("web", "/up/1k"));
    assertThat(seen.status()).as("%s", seen).isEqualTo(200);
    assertThat(seen.body()).isEqualTo(nginx.file("1k"));
    Curl.Seen unknown = Curl.run("-H", "Host: unverified.test", url("web", "/up/1k"));
    assertThat(unknown.status()).as("%s", unknown).isEqualTo(502);
  }

  // --- files
  // ----------------------------------------------------------------------------------------

  @Test
  void aFileHasValidatorsAndRanges() throws Exception {
    String file = url("web", "/hello.txt");
    Curl.Seen whole = Curl.run(file);
    assertThat(whole.status()).as("%s", whole).isEqualTo(200);
    assertThat(whole.text()).isEqualTo("0123456789");
    assertThat(whole.field("Accept-Ranges")).contains("bytes");
    assertThat(whole.field("X-Content-Type-Options")).contains("nosniff");
    assertThat(whole.field("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
    String etag = whole.field("ETag").orElseThrow();
    String modified = whole.field("Last-Modified").orElseThrow();

    range("-r 2-4", "234", "bytes 2-4/10");
    range("-r -3", "789", "bytes 7-9/10");
    range("-r 8-", "89", "bytes 8-9/10");
    Curl.Seen beyond = Curl.run("-r", "50-60", file);
    assertThat(beyond.status()).as("%s", beyond).isEqualTo(416);
    assertThat(beyond.field("Content-Range")).contains("bytes */10");

    assertThat(Curl.run("-r", "2-4", "-H", "If-Range: " + etag, file).status()).isEqualTo(206);
    Curl.Seen changed = Curl.run("-r", "2-4", "-H", "If-Range: \"other\"", file);
    assertThat(changed.status()).as("%s", changed).isEqualTo(200);
    assertThat(changed.text()).isEqualTo("0123456789");

    for (String condition :
        List.of("If-None-Match: " + etag, "If-None-Match: *", "If-Modified-Since: " + modified)) {
      Curl.Seen same = Curl.run("-H", condition, file);
      assertThat(same.status()).as("%s: %s", condition, same).isEqualTo(304);
      assertThat(same.body()).isEmpty();
      assertThat(same.field("ETag")).contains(etag);
    }
    assertThat(Curl.run("-H", "If-None-Match: \"other\"", file).status()).isEqualTo(200);
    assertThat(Curl.run("-H", "If-Match: \"other\"", file).status()).isEqualTo(412);
  }

  @Test
  void headOfAFileEqualsGetWithoutBodyAndOtherMethodsAreRefused() throws Exception {
    String file = url("web", "/hello.txt");
    Curl.Seen head = Curl.run("-I", file);
    assertThat(head.status()).as("%s", head).isEqualTo(200);
    assertThat(head.field("Content-Length")).contains("10");
    Curl.Seen post = Curl.run("-d", "x", file);
    assertThat(post.status()).as("%s", post).isEqualTo(405);
    assertThat(post.field("Allow"))
        .hasValueSatisfying(allow -> assertThat(allow).contains("GET").contains("HEAD"));
  }

  @Test
  void filesAreServedOverTlsToo() throws Exception {
    Curl.Seen seen =
        Curl.run(
            "--cacert", certificate(), "-r", "-4", "https://" + address("websec") + "/hello.txt");
    assertThat(seen.status()).as("%s", seen).isEqualTo(206);
    assertThat(seen.text()).isEqualTo("6789");
  }

  private static void range(String option, String body, String contentRange) throws Exception {
    Curl.Seen seen = Curl.run(with(option.split(" "), url("web", "/hello.txt")));
    assertThat(seen.status()).as("%s: %s", option, seen).isEqualTo(206);
    assertThat(seen.text()).isEqualTo(body);
    assertThat(seen.field("Content-Range")).contains(contentRange);
    assertThat(seen.field("Content-Length")).contains(Integer.toString(body.length()));
  }

  /** curl's arguments to reach a path of a peer by one of the roads. */
  private static String[] road(String road, String path, int port) {
    return switch (road) {
      case "forward" -> new String[] {"-x", proxy("open"), "http://127.0.0.1:" + port + path};
      case "tunnel" -> new String[] {"-p", "-x", proxy("open"), "http://127.0.0.1:" + port + path};
      case "reverse" -> new String[] {url("web", path)};
      case "reverse-tls" ->
          new String[] {"--cacert", certificate(), "https://" + address("websec") + path};
      default -> throw new IllegalArgumentException(road);
    };
  }

  private static String digest(StrictHttpParser.Request request) throws IOException {
    if (request.target().startsWith("/digest/download")) {
      return "HTTP/1.1 200 OK\r\nContent-Length: "
          + UPLOAD
          + "\r\n\r\n"
          + Files.readString(upload, java.nio.charset.StandardCharsets.ISO_8859_1);
    }
    return RecordingServer.response(200, sha256(request.body()));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent);
    }
  }

  private static String[] with(String[] first, String... more) {
    String[] all = java.util.Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  private static String certificate() {
    return gateway.dir().resolve("site.crt").toString();
  }

  private static String address(String listener) {
    return "127.0.0.1:" + gateway.port(listener);
  }

  private static String proxy(String listener) {
    return "http://" + address(listener);
  }

  private static String url(String listener, String path) {
    return "http://" + address(listener) + path;
  }

  private static String origin(String path) {
    return "http://127.0.0.1:" + nginx.port() + path;
  }

  private static final String CONFIG =
      """
      limits: { connections_per_ip: off, new_connections_per_ip: off }
      certs:
        site: { files: { cert: "@DIR@/site.crt", key: "@DIR@/site.key" } }
      listeners:
        open: { bind: "127.0.0.1:0", proto: mixed, service: open }
        guarded: { bind: "127.0.0.1:0", proto: mixed, service: guarded }
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        websec: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: site } }
      forward:
        open:
          modes: [http, connect, socks4, socks5]
          destinations: { private: allow, connect_ports: all }
        guarded:
          modes: [http, connect, socks4, socks5]
          auth: { users_file: "@DIR@/users" }
          destinations: { private: allow, connect_ports: all }
      http:
        site:
          default: true
          routes:
            - { id: secured, match: { host: secured.test }, upstream: secured }
            - { id: unverified, match: { host: unverified.test }, upstream: unverified }
            - { id: nginx, match: { path: /up/* }, upstream: nginx }
            - { id: digest, match: { path: /digest/* }, upstream: digester }
            - { id: files, match: { path: /* }, files: { root: "@DIR@/public" } }
      upstreams:
        nginx: { endpoints: [ { url: "http://127.0.0.1:@NGINX@" } ] }
        digester: { endpoints: [ { url: "http://127.0.0.1:@DIGESTER@" } ] }
        secured:
          endpoints: [ { url: "https://localhost:@NGINX_TLS@" } ]
          tls: { ca: "@NGINX_CERT@" }
        unverified: { endpoints: [ { url: "https://localhost:@NGINX_TLS@" } ] }
      """;
}
