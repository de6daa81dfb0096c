package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The certificate that we show to an upstream, as nginx sees it. */
@Timeout(60)
class UpstreamCertificateIT {
  @TempDir private Path dir;

  @Test
  void theUpstreamSeesTheCertificateItIsToSeeAndRefusesAStrangers() throws Exception {
    Pem stranger = Pem.selfMade(dir, "stranger");
    try (NginxOrigin nginx = NginxOrigin.start();
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site } }
                http:
                  site:
                    routes:
                      - { match: { path: /who/known }, upstream: known }
                      - { match: { path: /who/stranger }, upstream: stranger }
                      - { match: { path: /who/nobody }, upstream: nobody }
                upstreams:
                  known: %s
                  stranger: %s
                  nobody: %s
                """
                    .formatted(
                        upstream(nginx, shown(nginx.caller())),
                        upstream(nginx, shown(stranger)),
                        upstream(nginx, "")));
        HttpClient client = HttpClient.newHttpClient()) {
      int port = gateway.port("web");
      HttpResponse<String> known = ask(client, port, "known");
      assertThat(known.statusCode()).isEqualTo(200);
      assertThat(known.body()).isEqualTo("SUCCESS CN=localhost");
      assertThat(ask(client, port, "nobody").body()).isEqualTo("NONE ");
      assertThat(ask(client, port, "stranger").statusCode()).as("nginx's own word").isEqualTo(400);
    }
  }

  private static String upstream(NginxOrigin nginx, String shown) {
    return """
        { endpoints: [ { url: "https://localhost:%d" } ], tls: { ca: "%s"%s } }"""
        .formatted(nginx.tlsPort(), nginx.certificate(), shown);
  }

  private static String shown(Pem pem) {
    return ", cert: \"%s\", key: \"%s\"".formatted(pem.cert(), pem.key());
  }

  private static HttpResponse<String> ask(HttpClient client, int port, String whom)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/who/" + whom)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
