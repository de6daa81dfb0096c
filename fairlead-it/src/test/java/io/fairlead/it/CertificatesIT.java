package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.StrictHttpParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Certificates of a running gateway, looked at by openssl and curl. */
class CertificatesIT {
  private static final StandardCopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String SITE =
      """
      http: { site: { hosts: [localhost, other.test, gw.test, a.gw.test], routes:
        [ { id: all, match: { path: /* }, respond: { status: 200, body: "ok{user}" } } ] } }
      """;

  @Test
  void takesOverRenewedFilesWithoutAReloadAndKeepsTheLastGood() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    Pem.selfMade(dir, "next");
    try (GatewayFixture gateway =
        GatewayFixture.start(
            dir,
            """
            certs: { site: { files: { cert: site.crt, key: site.key } } }
            listeners: { web: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: site } } }
            """
                + SITE)) {
      int port = gateway.port("web");
      String first = TlsProbe.serial(port, "localhost");
      try (TlsProbe open = TlsProbe.connect(port, "localhost")) {
        assertThat(open.ask("localhost", "/")).contains(" 200");
        // The certificate without its key: half of a renewal.
        Files.copy(dir.resolve("next.crt"), dir.resolve("staged"));
        Files.move(dir.resolve("staged"), dir.resolve("site.crt"), REPLACE);
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () ->
                    assertThat(gateway.api().get("/v1/certs").text())
                        .contains("does not belong to the first certificate"));
        assertThat(TlsProbe.serial(port, "localhost")).isEqualTo(first);
        Files.copy(dir.resolve("next.key"), dir.resolve("staged"));
        Files.move(dir.resolve("staged"), dir.resolve("site.key"), REPLACE);
        await()
            .atMost(LIMIT)
            .untilAsserted(
                () -> assertThat(TlsProbe.serial(port, "localhost")).isNotEqualTo(first));
        assertThat(open.ask("localhost", "/")).contains(" 200");
      }
      StrictHttpParser.Response certs = gateway.api().get("/v1/certs");
      assertThat(certs.text()).contains("\"state\":\"valid\"").doesNotContain("last_error");
      assertThat(gateway.gateway().configuration().running().current().generation()).isEqualTo(1);
      assertThat(gateway.api().get("/metrics").text())
          .contains("fairlead_cert_changes_total{result=\"ok\",source=\"files\"} 1.0")
          .contains("fairlead_cert_expiry_timestamp_seconds{cert=\"site\"}");
      Files.writeString(dir.resolve("site.key"), "-----BEGIN PRIVATE");
      assertThat(gateway.api().post("/v1/certs/site/renew").status()).isEqualTo(409);
      assertThat(gateway.api().post("/v1/certs/none/renew").status()).isEqualTo(404);
    }
  }

  @Test
  void itsOwnAuthoritySatisfiesOpensslAndCurl() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    try (GatewayFixture gateway =
        GatewayFixture.start(
            dir,
            """
            certs:
              local: { internal: true, hosts: [localhost, 127.0.0.1, "*.gw.test"] }
              other: { internal: true, hosts: [other.test] }
            listeners:
              web: { bind: "127.0.0.1:0", proto: http, service: site,
                     tls: { cert: local, certs: [other] } }
            """
                + SITE)) {
      Path state = dir.resolve("state");
      Path ca = state.resolve("ca/ca.crt");
      try (Stream<Path> files = Files.list(state.resolve("ca"))) {
        assertThat(files)
            .hasSize(2)
            .allSatisfy(
                file ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------"));
      }
      assertThat(run("openssl", "x509", "-in", ca.toString(), "-noout", "-text"))
          .contains("CA:TRUE, pathlen:0", "Certificate Sign", "ecdsa-with-SHA256");
      String shown = session(gateway, "a.gw.test", ca);
      assertThat(shown).contains("Verify return code: 0 (ok)", "TLSv1.3");
      Path leaf = dir.resolve("leaf.pem");
      int begin = shown.indexOf("-----BEGIN CERTIFICATE");
      Files.writeString(leaf, shown.substring(begin, shown.indexOf("-----END") + 26));
      assertThat(
              run(
                  "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
                  "a.gw.test", "-CAfile", ca.toString(), leaf.toString()))
          .contains(": OK");
      assertThat(run("openssl", "x509", "-in", leaf.toString(), "-noout", "-text"))
          .contains("DNS:localhost, IP Address:127.0.0.1, DNS:*.gw.test", "Digital Signature")
          .contains("TLS Web Server Authentication", "CA:FALSE");
      assertThat(session(gateway, "other.test", ca)).contains("CN = other.test");
      assertThat(
              run(
                  "curl", "-sS", "--cacert", ca.toString(), "https://localhost:"
                      + gateway.port("web") + "/"))
          .isEqualTo("ok");
      String before = TlsProbe.serial(gateway.port("web"), "localhost");
      assertThat(gateway.api().post("/v1/certs/local/renew").status()).isEqualTo(200);
      assertThat(TlsProbe.serial(gateway.port("web"), "localhost"))
          .isNotEqualTo(before)
          .hasSize(32);
      assertThat(gateway.api().get("/v1/certs").text()).contains("internal_ca", "BEGIN CERT");
    }
  }

  @Test
  void clientsAreKnownByTheirCertificatesAndCutWhenTheListDropsThem() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    authority(dir);
    client(dir, "anna");
    client(dir, "bert");
    Files.writeString(
        dir.resolve("members.yaml"),
        "version: 1\nmembers: [ { id: a, user: anna }, { id: b, user: bert } ]\n");
    try (GatewayFixture gateway =
        GatewayFixture.start(
            dir,
            """
            membership: { file: members.yaml }
            certs: { site: { files: { cert: site.crt, key: site.key } } }
            listeners:
              web: { bind: "127.0.0.1:0", proto: http, service: site,
                     tls: { cert: site, client_auth: require, client_ca: ca.crt } }
            """
                + SITE)) {
      String url = "https://localhost:" + gateway.port("web") + "/";
      assertThat(curl(dir, "anna", url)).isEqualTo("okanna200");
      assertThat(curl(dir, "bert", url)).isEqualTo("okbert200");
      assertThat(curl(dir, "", url)).isEqualTo("000");
      assertThat(
              curl(dir, "anna", "https://other.test:" + gateway.port("web") + "/", "-k",
                  "--connect-to", "::127.0.0.1:"))
          .as("a host the certificate is not for")
          .endsWith("421");
      Files.writeString(dir.resolve("members.yaml"), "version: 1\nmembers: [ { id: b, user: bert } ]\n");
      await().atMost(LIMIT).untilAsserted(() -> assertThat(curl(dir, "anna", url)).isEqualTo("000"));
      assertThat(curl(dir, "bert", url)).isEqualTo("okbert200");
    }
  }

  @Test
  void revokedClientsAreRefusedAndAMissingAuthorityIsNoListener() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    authority(dir);
    client(dir, "anna");
    client(dir, "bert");
    openssl(dir, "ca", "-config", "ca.cnf", "-revoke", "anna.crt", "-batch");
    openssl(dir, "ca", "-config", "ca.cnf", "-gencrl", "-out", "ca.crl");
    String config =
        """
        certs: { site: { files: { cert: site.crt, key: site.key } } }
        listeners:
          web: { bind: "127.0.0.1:0", proto: http, service: site,
                 tls: { cert: site, client_auth: optional, client_ca: CA, client_crl: ca.crl } }
        """
            + SITE;
    try (GatewayFixture gateway = GatewayFixture.start(dir, config.replace("CA,", "ca.crt,"))) {
      String url = "https://localhost:" + gateway.port("web") + "/";
      assertThat(curl(dir, "bert", url)).isEqualTo("okbert200");
      assertThat(curl(dir, "", url)).isEqualTo("ok200");
      assertThat(curl(dir, "anna", url)).isEqualTo("000");
    }
    Path empty = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(empty, "site");
    Files.writeString(empty.resolve("ca.crl"), "");
    Files.writeString(empty.resolve("ca.crt"), "");
    assertThatThrownBy(() -> GatewayFixture.start(empty, config.replace("CA,", "ca.crt,")))
        .isInstanceOfAny(StartException.class, ConfigException.class)
        .hasMessageContaining("ca.crt: holds no certificate");
  }

  private static void authority(Path dir) throws Exception {
    Files.writeString(
        dir.resolve("ca.cnf"),
        """
        [ca]
        default_ca = own
        [own]
        database = index.txt
        serial = serial
        new_certs_dir = .
        certificate = ca.crt
        private_key = ca.key
        default_md = sha256
        default_days = 2
        default_crl_days = 2
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        """);
    Files.writeString(dir.resolve("index.txt"), "");
    Files.writeString(dir.resolve("serial"), "1000\n");
    openssl(
        dir, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=clients", "-addext", "keyUsage=keyCertSign,cRLSign", "-keyout",
        "ca.key", "-out", "ca.crt");
  }

  private static void client(Path dir, String name) throws Exception {
    openssl(
        dir, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
        "/CN=" + name, "-keyout", name + ".key", "-out", name + ".csr");
    openssl(
        dir, "ca", "-config", "ca.cnf", "-batch", "-in", name + ".csr", "-out", name + ".crt",
        "-notext");
  }

  private static void openssl(Path dir, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = Peers.require("openssl").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try (Proc openssl = Proc.start(List.of(command), dir, Map.of())) {
      assertThat(openssl.awaitExit(LIMIT)).as(openssl.stderr()).isZero();
    }
  }

  /** Body and status; 000 when there was none. */
  private static String curl(Path dir, String client, String url, String... more)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Peers.require("curl").toString(),
                "-s",
                "-m",
                "20",
                "--cacert",
                "site.crt",
                "-w",
                "%{http_code}",
                url));
    if (!client.isEmpty()) {
      command.addAll(List.of("--cert", client + ".crt", "--key", client + ".key"));
    }
    command.addAll(List.of(more));
    try (Proc curl = Proc.start(command, dir, Map.of())) {
      curl.awaitExit(LIMIT);
      return curl.stdout();
    }
  }

  private static String session(GatewayFixture gateway, String name, Path ca) throws Exception {
    return run(
        "openssl", "s_client", "-connect", "127.0.0.1:" + gateway.port("web"), "-servername", name,
        "-CAfile", ca.toString(), "-verify_hostname", name, "-verify_return_error");
  }

  private static String run(String program, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = Peers.require(program).toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try (Proc process = Proc.start(command)) {
      process.stdin().close();
      process.awaitExit(LIMIT);
      return process.stdout();
    }
  }
}
