package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.http.ActionConfig;
import io.fairlead.http.GatewayFixture;
import io.fairlead.http.SiteConfig;
import io.fairlead.http.SiteConfig.Headers;
import io.fairlead.http.SiteConfig.RouteConfig;
import io.fairlead.http.login.RouteLogin;
import io.fairlead.http.route.Rewrite;
import io.fairlead.http.route.Template;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FileServingTest {
  private static final String TEXT = "0123456789";

  private final GatewayFixture gateway = new GatewayFixture();
  @TempDir private Path dir;
  private FilesConfig files;
  private RawClient client;

  @BeforeEach
  void serve() throws Exception {
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.writeString(root.resolve("f.txt"), TEXT);
    Files.writeString(root.resolve("index.html"), "<p>index");
    Files.writeString(root.resolve("empty"), "");
    Files.writeString(root.resolve("z.css"), "plain css");
    Files.writeString(root.resolve("z.css.br"), "br css");
    Files.createDirectory(root.resolve("sub"));
    Files.writeString(root.resolve(".secret"), "secret");
    Files.writeString(dir.resolve("secret.txt"), "secret");
    files =
        new FilesConfig(
            root,
            List.of("index.html"),
            List.of(),
            FilesConfig.Symlinks.WITHIN_ROOT,
            List.of(Coding.BR),
            new Compression(List.of(Coding.GZIP, Coding.BR, Coding.ZSTD), 1024, List.of("text/*")),
            CacheRules.all("max-age=60"),
            Map.of(),
            false,
            Fallbacks.NONE,
            CrossOrigin.NONE,
            Optional.empty());
    SiteConfig site =
        SiteConfig.of(List.of(GatewayFixture.route("/*", new ActionConfig.ToFiles(files))));
    client = RawClient.connect(gateway.configure(site, Map.of()).listen());
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    gateway.close();
  }

  private Response ask(String method, String path, String... fields) throws IOException {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: a\r\n");
    for (String field : fields) head.append(field).append("\r\n");
    return client.send(head + "\r\n").readResponse(method);
  }

  @Test
  void sendsAWholeFile() throws IOException {
    Response response = ask("GET", "/f.txt");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEqualTo(TEXT);
    assertThat(response.field("content-type")).contains("text/plain; charset=utf-8");
    assertThat(response.field("content-length")).contains("10");
    assertThat(response.field("accept-ranges")).contains("bytes");
    assertThat(response.field("cache-control")).contains("max-age=60");
    assertThat(response.field("x-content-type-options")).contains("nosniff");
    assertThat(response.field("etag").orElseThrow()).matches("\"a-[0-9a-f]+\"");
    assertThat(response.field("last-modified").orElseThrow()).endsWith(" GMT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/f.txt", "/", "/empty", "/missing", "/sub", "/z.css", "/%2e%2e%2fx"})
  void headSaysWhatGetWould(String path) throws IOException {
    Response get = ask("GET", path);
    Response head = ask("HEAD", path);
    assertThat(head.status()).isEqualTo(get.status());
    assertThat(head.fields().stream().filter(f -> !f.name().equalsIgnoreCase("date")).toList())
        .isEqualTo(get.fields().stream().filter(f -> !f.name().equalsIgnoreCase("date")).toList());
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=2-4,  206, 234,        bytes 2-4/10",
    "bytes=7-,   206, 789,        bytes 7-9/10",
    "bytes=-2,   206, 89,         bytes 8-9/10",
    "bytes=0-99, 206, 0123456789, bytes 0-9/10",
    "bytes=9-3,  200, 0123456789, ''"
  })
  void sendsAPart(String range, int status, String text, String contentRange) throws IOException {
    Response response = ask("GET", "/f.txt", "Range: " + range);
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.text()).isEqualTo(text);
    assertThat(response.field("content-range").orElse("")).isEqualTo(contentRange);
  }

  @Test
  void refusesAPartThatIsNotThere() throws IOException {
    Response response = ask("GET", "/f.txt", "Range: bytes=10-");
    assertThat(response.status()).isEqualTo(416);
    assertThat(response.field("content-range")).contains("bytes */10");
    assertThat(ask("HEAD", "/f.txt", "Range: bytes=10-").status()).isEqualTo(200);
  }

  @Test
  void honoursConditions() throws IOException {
    Response first = ask("GET", "/f.txt");
    String etag = first.field("etag").orElseThrow();
    String modified = first.field("last-modified").orElseThrow();
    Response same = ask("GET", "/f.txt", "If-None-Match: " + etag);
    assertThat(same.status()).isEqualTo(304);
    assertThat(same.field("etag")).contains(etag);
    assertThat(same.body()).isEmpty();
    assertThat(ask("GET", "/f.txt", "If-Modified-Since: " + modified).status()).isEqualTo(304);
    assertThat(ask("GET", "/f.txt", "If-Match: \"other\"").status()).isEqualTo(412);
    assertThat(ask("GET", "/f.txt", "Range: bytes=0-0", "If-Range: " + etag).status())
        .isEqualTo(206);
    assertThat(ask("GET", "/f.txt", "Range: bytes=0-0", "If-Range: \"other\"").status())
        .isEqualTo(200);
  }

  @Test
  void sendsTheCompressedSibling() throws IOException {
    Response br = ask("GET", "/z.css", "Accept-Encoding: gzip, br");
    assertThat(br.text()).isEqualTo("br css");
    assertThat(br.field("content-encoding")).contains("br");
    assertThat(br.field("content-type")).contains("text/css; charset=utf-8");
    assertThat(br.field("vary")).contains("Accept-Encoding");
    Response plain = ask("GET", "/z.css", "Accept-Encoding: gzip");
    assertThat(plain.text()).isEqualTo("plain css");
    assertThat(plain.field("content-encoding")).isEmpty();
    assertThat(plain.field("vary")).contains("Accept-Encoding");
    assertThat(plain.field("etag")).isNotEqualTo(br.field("etag"));
  }

  @Test
  void redirectsADirectoryToItsSlash() throws IOException {
    Response response = ask("GET", "/sub?a=b");
    assertThat(response.status()).isEqualTo(308);
    assertThat(response.field("location")).contains("/sub/?a=b");
    assertThat(ask("GET", "/").text()).isEqualTo("<p>index");
    assertThat(ask("GET", "/sub/").status()).isEqualTo(404);
  }

  /** Two slashes at the front of a Location are the name of a host. */
  @ParameterizedTest
  @ValueSource(strings = {"//evil.test", "///evil.test"})
  void aDirectoryIsNoWayToAnotherHost(String path) throws Exception {
    RouteConfig toTheFolder =
        new RouteConfig(
            "/*",
            GatewayFixture.match("/*"),
            new ActionConfig.ToFiles(files),
            Headers.NONE,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            new Rewrite.Whole(Template.parse("/sub")),
            Optional.empty(),
            RouteLogin.AS_SITE);
    try (GatewayFixture other = new GatewayFixture();
        RawClient asking =
            RawClient.connect(
                other.configure(SiteConfig.of(List.of(toTheFolder)), Map.of()).listen())) {
      Response response =
          asking.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse("GET");
      assertThat(response.status()).isEqualTo(308);
      assertThat(response.field("location")).contains("/evil.test/");
    }
  }

  @Test
  void onlyReads() throws IOException {
    Response response = ask("DELETE", "/f.txt");
    assertThat(response.status()).isEqualTo(405);
    assertThat(response.field("allow")).contains("GET, HEAD");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/sub/../../secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/.secret",
        "/%2esecret",
        "/f.txt%00.html",
        "//secret.txt",
        "/sub/..%00/f.txt",
        "/f.txt/",
        "/%252e%252e/secret.txt"
      })
  void neverGivesAnotherFile(String path) throws IOException {
    Response response = ask("GET", path);
    assertThat(response.status()).isIn(400, 404);
    assertThat(response.text()).doesNotContain("secret\n").isNotEqualTo("secret");
    assertThat(ask("GET", "/f.txt").text()).isEqualTo(TEXT);
  }
}
