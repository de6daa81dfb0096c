package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whom the clients of the command line believe over TLS, and what they show. */
class MqttClientTlsIT {
  private static final String CONFIG =
      """
      certs:
        site: { files: { cert: "@DIR@/site.crt", key: "@DIR@/site.key" } }
      listeners:
        mqtt:
          bind: "127.0.0.1:0"
          proto: mqtt
          tls: { cert: site, client_auth: CLIENTS, client_ca: "@DIR@/client.crt" }
      """;

  @Test
  void theBrokerIsKnownByItsAuthorityAndItsName() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    Pem.selfMade(dir, "client");
    try (var gateway = GatewayFixture.start(dir, CONFIG.replace("CLIENTS", "optional"))) {
      String url = "mqtts://127.0.0.1:" + gateway.port("mqtt");
      assertThat(publish(dir, url, "--ca", "site.crt").exit()).isZero();
      assertThat(publish(dir, url.replace("mqtts", "wss"), "--ca", "site.crt").exit()).isZero();
      assertThat(publish(dir, url, "--ca", "site.crt", "--server-name", "localhost").exit())
          .isZero();
      var unknown = publish(dir, url);
      assertThat(unknown.exit()).isEqualTo(69);
      assertThat(unknown.err()).contains("--ca");
      assertThat(publish(dir, url, "--ca", "client.crt").exit()).isEqualTo(69);
      // The right authority, another name.
      assertThat(publish(dir, url, "--ca", "site.crt", "--server-name", "other.example").exit())
          .isEqualTo(69);
      var trusting = publish(dir, url, "--insecure");
      assertThat(trusting.exit()).isZero();
      assertThat(trusting.err()).contains("--insecure");
      assertThat(publish(dir, url, "--ca", "site.key").exit()).isEqualTo(66);
      assertThat(publish(dir, url, "--cert", "client.crt").exit()).isEqualTo(64);
      assertThat(publish(dir, url.replace("mqtts", "mqtt"), "--ca", "site.crt").exit())
          .isEqualTo(64);
    }
  }

  @Test
  void aBrokerThatWantsACertificateIsShownOne() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    Pem.selfMade(dir, "client");
    Pem.selfMade(dir, "stranger");
    try (var gateway = GatewayFixture.start(dir, CONFIG.replace("CLIENTS", "require"))) {
      String url = "mqtts://localhost:" + gateway.port("mqtt");
      assertThat(
              publish(dir, url, "--ca", "site.crt", "--cert", "client.crt", "--key", "client.key")
                  .exit())
          .isZero();
      assertThat(publish(dir, url, "--ca", "site.crt").exit()).isNotZero();
      assertThat(
              publish(
                      dir,
                      url,
                      "--ca",
                      "site.crt",
                      "--cert",
                      "stranger.crt",
                      "--key",
                      "stranger.key")
                  .exit())
          .isNotZero();
      assertThat(
              publish(dir, url, "--ca", "site.crt", "--cert", "client.crt", "--key", "site.key")
                  .exit())
          .as("not its key")
          .isNotZero();
    }
  }

  private static CommandLine.Outcome publish(Path dir, String url, String... tls) {
    List<String> words = new ArrayList<>(List.of("mqtt", "pub", "--url", url));
    words.addAll(List.of(tls));
    words.addAll(List.of("--qos", "1", "topic", "payload"));
    return CommandLine.run(dir, words.toArray(String[]::new));
  }
}
