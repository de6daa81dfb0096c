package io.fairlead.registry.action;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ActionResult.Done;
import io.fairlead.registry.action.ActionResult.Failed;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine's TCP port: TLS both ways, with keys in every form programs write them. */
class DockerTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir static Path made;
  @TempDir Path folder;

  @BeforeAll
  static void certificates() throws Exception {
    authority("ca");
    authority("stranger");
    signed("server", "ca", "subjectAltName=IP:127.0.0.1");
    signed("client", "ca", "extendedKeyUsage=clientAuth");
    signed("foreign", "stranger", "extendedKeyUsage=clientAuth");
    openssl("pkey", "-in", "client.key", "-traditional", "-out", "client.sec1");
    openssl("genrsa", "-out", "rsa.key", "2048");
    sign("rsa", "ca", "extendedKeyUsage=clientAuth");
    openssl("pkey", "-in", "rsa.key", "-traditional", "-out", "rsa.pkcs1");
    openssl(
        "pkcs12",
        "-export",
        "-in",
        "server.crt",
        "-inkey",
        "server.key",
        "-passout",
        "pass:changeit",
        "-out",
        "server.p12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"client.key", "client.sec1", "rsa.key", "rsa.pkcs1"})
  void aClientWithACertificateMaySendTheSignal(String key) throws Exception {
    String owner = key.substring(0, key.indexOf('.'));
    try (ScriptedEngine engine = engine()) {
      assertThat(Fixture.run(action(engine, "ca.crt", owner + ".crt", key)))
          .isEqualTo(new Done(""));
      assertThat(engine.asked())
          .containsExactly(
              "GET /_ping",
              "GET /v1.43/containers/proxy/json",
              "POST /v1.43/containers/proxy/kill?signal=SIGHUP");
    }
  }

  @Test
  void whoIsNotVouchedForIsNotSpokenTo() throws Exception {
    try (ScriptedEngine engine = engine()) {
      assertThat(Fixture.run(action(engine, "ca.crt", "foreign.crt", "foreign.key")))
          .as("a certificate of another authority")
          .isInstanceOf(Failed.class);
      assertThat(Fixture.run(action(engine, "stranger.crt", "client.crt", "client.key")))
          .as("an engine of another authority")
          .isInstanceOf(Failed.class);
      assertThat(Fixture.run(action(engine, "ca.crt", "client.crt", "rsa.key")))
          .as("a key of another certificate")
          .isInstanceOf(Failed.class);
      assertThat(engine.asked()).isEmpty();
    }
  }

  private static ScriptedEngine engine() throws Exception {
    KeyStore own = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(made.resolve("server.p12"))) {
      own.load(in, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(made.resolve("ca.crt"))) {
      trusted.setCertificateEntry(
          "ca", java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    ScriptedEngine engine = ScriptedEngine.tls(context);
    engine.answer(
        "GET /v1.43/containers/proxy/json",
        200,
        "{\"Path\":\"/usr/bin/proxy\",\"State\":{\"Running\":true,\"Pid\":0}}");
    return engine.answer("POST /v1.43/containers/proxy/kill?signal=SIGHUP", 204, "");
  }

  private ReloadAction action(ScriptedEngine engine, String ca, String certificate, String key)
      throws Exception {
    copy(ca, "ca.pem");
    copy(certificate, "cert.pem");
    copy(key, "key.pem");
    return new DockerAction(
        new ReloadConfig.Docker(
            "proxy",
            Optional.of(engine.address()),
            List.of(),
            Optional.of(folder),
            Duration.ofSeconds(10)),
        Map.of(),
        Clock.system(),
        Pause.system());
  }

  private void copy(String from, String to) throws Exception {
    Files.copy(made.resolve(from), folder.resolve(to), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void authority(String name) throws Exception {
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        name + ".key",
        "-out",
        name + ".crt");
  }

  private static void signed(String name, String by, String extension) throws Exception {
    openssl(
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-out",
        name + ".key");
    sign(name, by, extension);
  }

  private static void sign(String name, String by, String extension) throws Exception {
    openssl("req", "-new", "-key", name + ".key", "-subj", "/CN=" + name, "-out", name + ".csr");
    Files.writeString(made.resolve("extension"), extension + "\n");
    openssl(
        "x509",
        "-req",
        "-in",
        name + ".csr",
        "-CA",
        by + ".crt",
        "-CAkey",
        by + ".key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "extension",
        "-out",
        name + ".crt");
  }

  private static void openssl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(Peers.require("openssl").toString()));
    command.addAll(List.of(arguments));
    try (Proc openssl = Proc.start(command, made, Map.of())) {
      assertThat(openssl.awaitExit(Duration.ofSeconds(30))).as(openssl.stderr()).isZero();
    }
  }
}
