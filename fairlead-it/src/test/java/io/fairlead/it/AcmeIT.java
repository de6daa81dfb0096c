package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

/** Certificates ordered from a real ACME server, by both challenges, with a bound account. */
class AcmeIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void ordersRenewsSurvivesTheServersAbsenceAndARestart() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem own = Pem.selfMade(dir, "pebble");
    int port = Pebble.freePort();
    String acme =
        "directory: \"https://127.0.0.1:"
            + port
            + "/dir\", ca: pebble.crt, email: ops@acme.test, eab: { kid: "
            + Pebble.KID
            + ", hmac_key: !secret "
            + Pebble.HMAC_KEY
            + " }";
    String config =
        """
        certs:
          one: { acme: { hosts: [one.acme.test], challenges: [tls_alpn_01], %1$s } }
          two: { acme: { hosts: [two.acme.test, three.acme.test], challenges: [http_01], %1$s } }
        listeners:
          web: { bind: "127.0.0.1:0", proto: http, service: site }
          websec: { bind: "127.0.0.1:0", proto: http, service: site,
                    tls: { cert: one, certs: [two] } }
        http: { site: { default: true, routes:
          [ { id: all, match: { path: /* }, respond: { status: 200, body: "ok" } } ] } }
        """
            .formatted(acme);
    GatewayFixture gateway = GatewayFixture.start(dir, config);
    try {
      int secured = gateway.port("websec");
      // Nobody answers yet: it serves all the same, and refuses those names alone.
      assertThatThrownBy(() -> TlsProbe.serial(secured, "one.acme.test"))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("unrecognized_name");
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(gateway.api().get("/v1/certs").text())
                      .containsSubsequence("last_error", "last_error"));
      String serial;
      try (Pebble pebble = Pebble.start(dir, own, port, gateway.port("web"), secured)) {
        assertThat(gateway.api().post("/v1/certs/one/renew").status()).isEqualTo(202);
        assertThat(gateway.api().post("/v1/certs/two/renew").status()).isEqualTo(202);
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () ->
                    assertThat(gateway.api().get("/v1/certs").text())
                        .containsSubsequence("\"state\":\"valid\"", "\"state\":\"valid\"")
                        .doesNotContain("last_error"));
        try (TlsProbe open = TlsProbe.connect(secured, "three.acme.test")) {
          assertThat(open.shown().getIssuerX500Principal().getName()).contains("Pebble");
          assertThat(open.ask("three.acme.test", "/")).contains(" 200");
        }
        String first = TlsProbe.serial(secured, "one.acme.test");
        gateway.api().post("/v1/certs/one/renew");
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () -> assertThat(TlsProbe.serial(secured, "one.acme.test")).isNotEqualTo(first));
        serial = TlsProbe.serial(secured, "one.acme.test");
      }
      gateway.api().post("/v1/certs/one/renew");
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(gateway.api().get("/v1/certs").text()).contains("last_error"));
      assertThat(TlsProbe.serial(secured, "one.acme.test")).isEqualTo(serial);
      assertPrivate(dir.resolve("state/acme"));
      gateway.stopAndKeep();
      try (GatewayFixture again = GatewayFixture.again(dir)) {
        assertThat(TlsProbe.serial(again.port("websec"), "one.acme.test")).isEqualTo(serial);
        assertThat(again.api().get("/v1/certs").text()).contains("\"state\":\"valid\"");
      }
    } finally {
      gateway.close();
    }
  }

  private static void assertPrivate(Path folder) throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files)
          .filteredOn(Files::isRegularFile)
          .hasSizeGreaterThanOrEqualTo(4)
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .isEqualTo("rw-------"));
    }
  }
}
