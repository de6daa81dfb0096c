package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who shows a certificate is the one it names. */
class MqttCertificateIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** The first that finds a name in a certificate decides. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ type: mtls, identity: cn }",
        "{ type: mtls, identity: san_dns }, { type: mtls, identity: cn },"
            + " { type: mtls, identity: san_uri }"
      })
  void theCommonNameIsTheAccountAndTheListSaysWhatItMay(String ways) throws Exception {
    String publisher = Peers.require("mosquitto_pub").toString();
    Path dir = Files.createTempDirectory("fairlead-it");
    certificates(dir);
    Files.writeString(dir.resolve("mqtt.acl"), "pattern write meters/%u\n");
    try (var gateway = GatewayFixture.start(dir, CONFIG.replace("@WAYS@", ways))) {
      String port = Integer.toString(gateway.port("mqtt"));
      List<String> shown = List.of("--cert", "meter.crt", "--key", "meter.key");
      assertThat(publish(dir, publisher, port, "meters/meter-7", shown)).isZero();
      assertThat(publish(dir, publisher, port, "meters/meter-8", shown)).isNotZero();
      assertThat(publish(dir, publisher, port, "meters/meter-7", List.of())).isNotZero();
    }
  }

  @Test
  void aClientIsCalledWhatItsCertificateSays() throws Exception {
    String publisher = Peers.require("mosquitto_pub").toString();
    Path dir = Files.createTempDirectory("fairlead-it");
    certificates(dir);
    Files.writeString(dir.resolve("mqtt.acl"), "pattern write meters/%u\n");
    String yaml =
        CONFIG
            .replace("@WAYS@", "{ type: mtls, identity: cn }")
            .replace(
                "  anonymous: false\n",
                "  anonymous: false\n  protocol: { client_id_policy: equals_certificate_cn }\n");
    assertThat(yaml).contains("client_id_policy");
    try (var gateway = GatewayFixture.start(dir, yaml)) {
      String port = Integer.toString(gateway.port("mqtt"));
      List<String> shown = new ArrayList<>(List.of("--cert", "meter.crt", "--key", "meter.key"));
      assertThat(publish(dir, publisher, port, "meters/meter-7", shown)).as("no id").isNotZero();
      shown.addAll(List.of("-i", "meter-7"));
      assertThat(publish(dir, publisher, port, "meters/meter-7", shown)).isZero();
      shown.set(shown.size() - 1, "meter-8");
      assertThat(publish(dir, publisher, port, "meters/meter-7", shown)).isNotZero();
    }
  }

  private static int publish(
      Path dir, String publisher, String port, String topic, List<String> certificate)
      throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                publisher,
                "-h",
                "127.0.0.1",
                "-p",
                port,
                "--insecure",
                "--cafile",
                dir.resolve("site.crt").toString(),
                "-V",
                "mqttv311",
                "-q",
                "1",
                "-t",
                topic,
                "-m",
                "1"));
    for (String word : certificate) {
      words.add(word.matches("meter\\.(crt|key)") ? dir.resolve(word).toString() : word);
    }
    try (Proc run = Proc.start(words.toArray(String[]::new))) {
      return run.awaitExit(SOON);
    }
  }

  /** An authority, and a certificate for {@code meter-7} by it. */
  private static void certificates(Path dir) throws Exception {
    Pem.selfMade(dir, "site");
    openssl(
        dir,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=ca",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt");
    openssl(
        dir,
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/O=x/CN=meter-7",
        "-keyout",
        "meter.key",
        "-out",
        "meter.csr");
    openssl(
        dir,
        "x509",
        "-req",
        "-in",
        "meter.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-set_serial",
        "7",
        "-days",
        "2",
        "-out",
        "meter.crt");
  }

  private static void openssl(Path dir, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of(Peers.require("openssl").toString()));
    for (String word : words) {
      boolean file = word.matches("[a-z]+\\.(key|crt|csr)");
      all.add(file ? dir.resolve(word).toString() : word);
    }
    try (Proc run = Proc.start(all.toArray(String[]::new))) {
      assertThat(run.awaitExit(SOON)).isZero();
    }
  }

  private static final String CONFIG =
      """
      certs: { site: { files: { cert: "@DIR@/site.crt", key: "@DIR@/site.key" } } }
      listeners:
        mqtt:
          bind: "127.0.0.1:0"
          proto: mqtt
          tls: { cert: site, client_auth: optional, client_ca: "@DIR@/ca.crt" }
      mqtt:
        anonymous: false
        auth: [ @WAYS@ ]
        acl: { file: "@DIR@/mqtt.acl" }
      """;
}
