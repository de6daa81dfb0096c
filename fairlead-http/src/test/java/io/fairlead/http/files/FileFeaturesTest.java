package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStream;
import io.fairlead.http.ActionConfig;
import io.fairlead.http.GatewayFixture;
import io.fairlead.http.SiteConfig;
import io.fairlead.http.route.Glob;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Compression on the way, several ranges, listings, fallbacks, what scripts and crawlers may. */
@Timeout(60)
class FileFeaturesTest {
  private final GatewayFixture gateway = new GatewayFixture();
  @TempDir private Path dir;
  private Path root;
  private String prose;
  private RawClient client;

  @BeforeEach
  void serve() throws Exception {
    root = Files.createDirectory(dir.resolve("root"));
    StringBuilder text = new StringBuilder();
    SplittableRandom random = new SplittableRandom(11);
    while (text.length() < 700_000) text.append("word").append(random.nextInt(5000)).append(' ');
    prose = text.toString();
    Files.writeString(root.resolve("big.txt"), prose);
    Files.writeString(root.resolve("small.txt"), "0123456789");
    Files.writeString(root.resolve("picture.png"), prose);
    Files.writeString(root.resolve("page.html"), "<p>page");
    Files.writeString(root.resolve("index.html"), "<p>index");
    Files.createDirectories(root.resolve("list/sub dir"));
    Files.writeString(root.resolve("list/a<b>&\"c'.txt"), "xx");
    Files.writeString(root.resolve("list/zz"), "longer");
    Files.writeString(root.resolve("list/.hidden"), "h");
    Files.writeString(root.resolve("list/old.bak"), "h");
    Files.writeString(dir.resolve("secret.txt"), "secret");
    Files.createSymbolicLink(root.resolve("list/out.txt"), dir.resolve("secret.txt"));
    FilesConfig files =
        new FilesConfig(
            root,
            List.of("index.html"),
            List.of(Glob.of("*.bak")),
            FilesConfig.Symlinks.WITHIN_ROOT,
            List.of(),
            new Compression(List.of(Coding.ZSTD, Coding.BR, Coding.GZIP), 1024, List.of("text/*")),
            new CacheRules(
                List.of(
                    new CacheRules.Rule(Glob.of("*.html"), "no-cache"),
                    new CacheRules.Rule(Glob.of("*.txt"), "max-age=60"))),
            Map.of(),
            true,
            new Fallbacks(List.of("{path}.html", "/none.html"), Optional.of("/index.html")),
            new CrossOrigin(List.of("https://app.example")),
            Optional.of(FilesConfig.Robots.DENY));
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

  private static String plain(Coding coding, byte[] body) throws IOException {
    InputStream in = new ByteArrayInputStream(body);
    try (InputStream decoded =
        switch (coding) {
          case BR -> new BrotliInputStream(in);
          case ZSTD -> new ZstdInputStream(in);
          case GZIP -> new GZIPInputStream(in);
        }) {
      return new String(decoded.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @EnumSource(Coding.class)
  void compressesWhileSending(Coding coding) throws IOException {
    assertThat(coding.available()).isTrue();
    Response response = ask("GET", "/big.txt", "Accept-Encoding: " + coding.token());
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.field("content-encoding")).contains(coding.token());
    assertThat(response.field("vary").orElseThrow()).contains("Accept-Encoding");
    assertThat(response.field("etag").orElseThrow())
        .startsWith("W/\"")
        .endsWith(coding.token() + "-made\"");
    assertThat(response.field("accept-ranges")).isEmpty();
    assertThat(response.body().length).isLessThan(prose.length() / 2);
    assertThat(plain(coding, response.body())).isEqualTo(prose);
    // The connection goes on.
    assertThat(ask("GET", "/small.txt").text()).isEqualTo("0123456789");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /big.txt     | gzip, br, zstd            | zstd
          /big.txt     | gzip, br                  | br
          /big.txt     | gzip;q=1.0, br;q=0.5      | gzip
          /big.txt     | identity                  |
          /big.txt     | br;q=0                    |
          /small.txt   | gzip                      |
          /picture.png | gzip                      |
          """)
  void choosesTheCoding(String path, String accept, String coding) throws IOException {
    Response response = ask("GET", path, "Accept-Encoding: " + accept);
    assertThat(response.field("content-encoding")).isEqualTo(Optional.ofNullable(coding));
    assertThat(ask("HEAD", path, "Accept-Encoding: " + accept).field("content-encoding"))
        .isEqualTo(Optional.ofNullable(coding));
  }

  @Test
  void whatIsMadeOnTheWayHasNoRangesButIsRevalidated() throws IOException {
    Response made = ask("GET", "/big.txt", "Accept-Encoding: gzip", "Range: bytes=0-9");
    assertThat(made.status()).isEqualTo(200);
    String etag = made.field("etag").orElseThrow();
    assertThat(ask("GET", "/big.txt", "Accept-Encoding: gzip", "If-None-Match: " + etag).status())
        .isEqualTo(304);
    assertThat(ask("GET", "/big.txt", "Accept-Encoding: gzip", "If-Match: " + etag).status())
        .isEqualTo(412);
    Response range = ask("GET", "/big.txt", "Range: bytes=0-9", "If-Range: " + etag);
    assertThat(range.status()).isEqualTo(200);
  }

  @Test
  void aClientThatLeavesEndsTheCompression() throws Exception {
    try (RawClient leaving = RawClient.connect(gateway.listen())) {
      leaving.send("GET /big.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    }
    assertThat(ask("GET", "/small.txt").text()).isEqualTo("0123456789");
  }

  @Test
  void sendsSeveralRangesAsParts() throws IOException {
    Response response = ask("GET", "/big.txt", "Range: bytes=0-9, 100000-299999, -5");
    assertThat(response.status()).isEqualTo(206);
    String type = response.field("content-type").orElseThrow();
    assertThat(type).startsWith("multipart/byteranges; boundary=");
    String boundary = type.substring(type.indexOf('=') + 1);
    List<String> bodies = new ArrayList<>();
    String rest = response.text();
    int size = prose.length();
    for (String part : rest.split("\r\n--|^--", -1)) {
      if (!part.startsWith(boundary) || part.startsWith(boundary + "--")) continue;
      int blank = part.indexOf("\r\n\r\n");
      assertThat(part.substring(0, blank)).contains("Content-Type: text/plain; charset=utf-8");
      bodies.add(part.substring(blank + 4));
    }
    assertThat(bodies)
        .containsExactly(
            prose.substring(0, 10), prose.substring(100_000, 300_000), prose.substring(size - 5));
    assertThat(rest)
        .contains("Content-Range: bytes 100000-299999/" + size)
        .endsWith("\r\n--" + boundary + "--\r\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0-1,2-3           | 206 | 0123
          0-3,2-5,100-200   | 206 | 012345
          5-5,0-0           | 206 |
          -2,0-0            | 206 |
          20-30,40-         | 416 |
          0-9,0-9,0-9       | 200 | 0123456789
          0-1,x             | 200 | 0123456789
          0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0 | 200 | 0123456789
          """)
  void joinsAndBoundsRanges(String ranges, int status, String body) throws IOException {
    Response response = ask("GET", "/small.txt", "Range: bytes=" + ranges);
    assertThat(response.status()).isEqualTo(status);
    if (body != null) assertThat(response.text()).isEqualTo(body);
    if (status == 206 && body == null) assertThat(response.text()).contains("Content-Range");
  }

  @Test
  void listsADirectoryAsAPageWithoutWhatIsHidden() throws IOException {
    Response response = ask("GET", "/list/", "Accept: text/html");
    assertThat(response.status()).isEqualTo(200);
    String page = response.text();
    assertThat(page)
        .contains("a&lt;b&gt;&amp;&quot;c&#39;.txt")
        .contains("href=\"./a%3Cb%3E%26%22c%27.txt\"")
        .contains("href=\"./sub%20dir/\"")
        .contains("href=\"../\"")
        .doesNotContain(".hidden")
        .doesNotContain("old.bak")
        .doesNotContain("out.txt")
        .doesNotContain("<b>")
        .doesNotContain("http://")
        .doesNotContain("https://");
    assertThat(response.field("content-security-policy").orElseThrow()).contains("default-src");
    assertThat(ask("HEAD", "/list/").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "name,   sub dir|a<b>&\"c'.txt|zz",
    "-name,  sub dir|zz|a<b>&\"c'.txt",
    "size,   sub dir|a<b>&\"c'.txt|zz",
    "-size,  sub dir|zz|a<b>&\"c'.txt"
  })
  void listsADirectoryAsJsonInAnOrder(String sort, String names) throws IOException {
    Response response = ask("GET", "/list/?sort=" + sort, "Accept: application/json");
    assertThat(response.field("content-type")).contains("application/json");
    String json = response.text();
    int at = 0;
    for (String name : names.split("\\|", -1)) {
      int found = json.indexOf("\"name\":\"" + name.replace("\"", "\\\"") + "\"", at);
      assertThat(found).as(name + " after " + at + " in " + json).isGreaterThanOrEqualTo(at);
      at = found;
    }
  }

  @Test
  void namesThatAreNotTextAreStillValidJson() {
    byte[] json =
        new Listing(
                "/\u2028\"\\\n/",
                List.of(new Listing.Entry("\ud83d\ude00\u0001", false, 3, java.time.Instant.EPOCH)),
                true)
            .json();
    String text = new String(json, StandardCharsets.UTF_8);
    assertThat(text)
        .isEqualTo(
            "{\"path\":\"/\\u2028\\\"\\\\\\u000a/\",\"more\":true,\"entries\":[{\"name\":"
                + "\"\\ud83d\\ude00\\u0001\",\"type\":\"file\",\"size\":3,"
                + "\"modified\":\"1970-01-01T00:00:00Z\"}]}\n");
  }

  @Test
  void fallsBackToOtherPaths() throws IOException {
    assertThat(ask("GET", "/page").text()).isEqualTo("<p>page");
    assertThat(ask("GET", "/page/").text()).isEqualTo("<p>page");
    Response app = ask("GET", "/orders/17", "Accept: text/html,*/*;q=0.8");
    assertThat(app.status()).isEqualTo(200);
    assertThat(app.text()).isEqualTo("<p>index");
    assertThat(app.field("cache-control")).contains("no-cache");
    assertThat(ask("GET", "/missing.js", "Accept: */*").status()).isEqualTo(404);
    assertThat(ask("GET", "/.hidden", "Accept: text/html").status()).isEqualTo(404);
  }

  @Test
  void tellsCrawlersWhenThereIsNoFileForThem() throws IOException {
    assertThat(ask("GET", "/robots.txt", "Accept: */*").text()).contains("Disallow: /\n");
    Files.writeString(root.resolve("robots.txt"), "own");
    assertThat(ask("GET", "/robots.txt", "Accept: */*").text()).isEqualTo("own");
  }

  @Test
  void cacheControlFollowsTheFileName() throws IOException {
    assertThat(ask("GET", "/small.txt").field("cache-control")).contains("max-age=60");
    assertThat(ask("GET", "/page.html").field("cache-control")).contains("no-cache");
    assertThat(ask("GET", "/picture.png").field("cache-control")).isEmpty();
  }

  @Test
  void onlyListedOriginsMayRead() throws IOException {
    Response allowed = ask("GET", "/small.txt", "Origin: https://app.example");
    assertThat(allowed.field("access-control-allow-origin")).contains("https://app.example");
    assertThat(allowed.field("vary").orElseThrow()).contains("Origin");
    Response other = ask("GET", "/small.txt", "Origin: https://evil.example");
    assertThat(other.field("access-control-allow-origin")).isEmpty();
    assertThat(other.field("vary").orElseThrow()).contains("Origin");
  }
}
