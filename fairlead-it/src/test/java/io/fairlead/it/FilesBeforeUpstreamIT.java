package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tree that hands on what it does not have, changed paths, and pages for errors of files. */
@Timeout(60)
class FilesBeforeUpstreamIT {
  private static RecordingServer app;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    app =
        RecordingServer.http(
            request -> RecordingServer.response(200, request.method() + " " + request.target()));
    Path dir = Files.createTempDirectory("fairlead-passed-on");
    Files.createDirectories(dir.resolve("www/docs/sub"));
    Files.writeString(dir.resolve("www/page.html"), "page");
    Files.writeString(dir.resolve("www/docs/sub/index.html"), "sub");
    Files.writeString(dir.resolve("404.html"), "<p>nothing here</p>");
    gateway =
        GatewayFixture.start(
            dir,
            """
            listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
            http:
              site:
                default: true
                error_pages: { 404: { file: 404.html }, 4xx: { body: "no", content_type: text/plain } }
                routes:
                  - { id: kept, match: { path: /kept/* }, files: { root: www, pass_on: true } }
                  - { id: moved, match: { path: { regex: "^/old/(.*)$" } }, rewrite: { regex: "^/old/", to: /new/ }, redirect: { to: "{url}", status: 301 } }
                  - { id: looked, match: { path: /again/* }, rewrite: { strip_prefix: /again }, try: [ "{path}" ] }
                  - { id: below, match: { path: /d/* }, rewrite: { strip_prefix: /d, add_prefix: /docs }, files: { root: www } }
                  - { id: plain, match: { path: /plain/* }, files: { root: www } }
                  - { id: tree, match: { path: /* }, files: { root: www, pass_on: true } }
                  - { id: app, match: { path: /* , method: [GET, POST] }, upstream: app }
            upstreams: { app: { endpoints: [ { url: "http://127.0.0.1:%d" } ] } }
            """
                .formatted(app.port()));
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (app != null) app.close();
  }

  private static Response ask(String method, String path) throws Exception {
    try (RawClient client = gateway.client("web")) {
      return client
          .send(method + " " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
          .readResponse(method);
    }
  }

  @Test
  void whatIsAFileIsServedAndTheRestPassedOn() throws Exception {
    assertThat(ask("GET", "/page.html").text()).isEqualTo("page");
    assertThat(ask("GET", "/else?x=1").text()).isEqualTo("GET /else?x=1");
    assertThat(ask("POST", "/page.html").text()).isEqualTo("POST /page.html");
    assertThat(ask("GET", "/kept/none").text()).isEqualTo("GET /kept/none"); // by three routes
    assertThat(ask("DELETE", "/x").status()).isEqualTo(404); // nobody is left to take it
  }

  @Test
  void aChangedPathIsTriedAnewAndRedirectedTo() throws Exception {
    assertThat(ask("GET", "/again/page.html").text()).isEqualTo("page");
    assertThat(ask("GET", "/again/plain/x").status()).isEqualTo(404);
    Response moved = ask("GET", "/old/a?b=c");
    assertThat(moved.status()).isEqualTo(301);
    assertThat(moved.field("location")).contains("http://a/new/a?b=c");
  }

  @Test
  void aFolderIsAskedForByTheClientsOwnPath() throws Exception {
    Response folder = ask("GET", "/d/sub?q");
    assertThat(folder.status()).isEqualTo(308);
    assertThat(folder.field("location")).contains("/d/sub/?q");
    assertThat(ask("GET", "/d/sub/").text()).isEqualTo("sub");
  }

  @Test
  void errorsOfFilesHaveTheSitesPages() throws Exception {
    Response none = ask("GET", "/plain/none");
    assertThat(none.status()).isEqualTo(404);
    assertThat(none.text()).isEqualTo("<p>nothing here</p>");
    assertThat(none.field("x-fairlead-error")).contains("not_found");
    Response method = ask("PUT", "/plain/none");
    assertThat(method.status()).isEqualTo(405);
    assertThat(method.text()).isEqualTo("no");
    assertThat(method.field("allow")).contains("GET, HEAD");
  }
}
