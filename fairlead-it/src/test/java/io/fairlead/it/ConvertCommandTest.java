package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.it.CommandLine.Outcome;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code config convert}: the whole result for one file of each format, remarks included, and that
 * our loader takes it.
 */
class ConvertCommandTest {
  @TempDir private Path folder;

  @BeforeEach
  void files() throws Exception {
    for (String name :
        List.of(
            "frps.toml",
            "frpc.toml",
            "frps.ini",
            "frps.json",
            "frps.yaml",
            "frpc.ini",
            "frpc.json",
            "frpc.yaml",
            "bridges.conf",
            "mosquitto.conf",
            "nginx.conf",
            "part.conf",
            "wmproxy.toml",
            "wmproxy.yaml")) {
      Files.writeString(folder.resolve(name), resource(name));
    }
    for (String name : List.of("www", "data/images", "key")) {
      Files.createDirectories(folder.resolve(name));
    }
    Files.writeString(folder.resolve("www/404.html"), "<p>none</p>");
    Files.writeString(folder.resolve("users"), "ann:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n");
    Files.writeString(
        folder.resolve("known.users"),
        "ann:$2y$04$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK\n");
    Pem pem = Pem.selfMade(folder, "site");
    Files.copy(pem.cert(), folder.resolve("other.crt"));
    Files.copy(pem.key(), folder.resolve("other.key"));
    for (String name : List.of("soft", "center", "map")) {
      Files.copy(pem.cert(), folder.resolve("key/" + name + ".pem"));
      Files.copy(pem.key(), folder.resolve("key/" + name + ".key"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mosquitto, mosquitto.conf, mosquitto",
    "mosquitto, bridges.conf, bridges",
    "nginx, nginx.conf, nginx",
    "wmproxy, wmproxy.toml, wmproxy",
    "wmproxy, wmproxy.yaml, wmproxy"
  })
  void theResultIsAsReviewed(String format, String file, String expected) throws IOException {
    Outcome outcome = CommandLine.run(folder, "config", "convert", format, file);
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    String result = outcome.out() + "---\n" + withoutPlaces(outcome.err(), file);
    assertThat(result.replace(folder.toString(), "@DIR@"))
        .isEqualTo(resource(expected + ".expected"));
  }

  @ParameterizedTest
  @CsvSource({
    "frp, frps.toml",
    "frp, frpc.toml",
    "mosquitto, bridges.conf",
    "mosquitto, mosquitto.conf",
    "nginx, nginx.conf",
    "wmproxy, wmproxy.toml"
  })
  void theResultIsAConfigurationOfOurs(String format, String file) throws IOException {
    Outcome outcome = CommandLine.run(folder, "config", "convert", "-q", format, file);
    assertThat(outcome.err()).isEmpty();
    Files.writeString(folder.resolve("fairlead.yaml"), outcome.out());
    Outcome valid = CommandLine.run(folder, "validate");
    assertThat(valid.exit()).as(valid.out()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"frps", "frpc"})
  void bothSidesOfFrpAreAsReviewed(String side) throws IOException {
    Outcome outcome = CommandLine.run(folder, "config", "convert", "frp", side + ".toml");
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    assertThat(outcome.out() + "---\n" + outcome.err()).isEqualTo(resource(side + ".expected"));
  }

  @ParameterizedTest
  @CsvSource({"frps, ini", "frps, json", "frps, yaml", "frpc, ini", "frpc, json", "frpc, yaml"})
  void eachFormOfFrpSaysTheSame(String side, String form) throws IOException {
    Outcome outcome = CommandLine.run(folder, "config", "convert", "frp", side + "." + form);
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    String expected = resource(side + ".expected");
    assertThat(outcome.out()).isEqualTo(expected.substring(0, expected.indexOf("---\n")));
    assertThat(outcome.err().lines()).allMatch(line -> line.matches("[\\w./<>]+:\\d+: .+"));
  }

  @Test
  void aRangeOfFrpIsAsManyServices() throws IOException {
    Files.writeString(
        folder.resolve("range.ini"),
        """
        [common]
        server_addr = gw.example.org
        [range:many]
        type = tcp
        local_port = 6000-6001, 6007
        remote_port = 7000-7001,7007
        bandwidth_limit = 1MB
        [range:odd]
        type = tcp
        local_port = 1-60000
        remote_port = 1-60000
        """);
    Outcome outcome = CommandLine.run(folder, "config", "convert", "frp", "range.ini");
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    String service =
        "      - name: many_%d\n        type: tcp\n        destination: \"127.0.0.1:%d\"\n"
            + "        port: %d\n        bandwidth: 1MiB/s\n";
    assertThat(outcome.out())
        .contains(service.formatted(0, 6000, 7000))
        .contains(service.formatted(1, 6001, 7001))
        .endsWith(service.formatted(2, 6007, 7007));
    assertThat(outcome.err()).contains("the proxy `odd`: type `range` has no counterpart");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "psk_hint house\npsk_file keys",
        "certfile site.crt\ncafile site.crt\nrequire_certificate true",
        "keyfile site.key",
        "certfile site.crt\nkeyfile site.key\nrequire_certificate true"
      })
  void aListenerIsNotOpenedWithoutWhatKeepsOthersOut(String guard) throws IOException {
    Outcome outcome = mosquitto("listener 1883 127.0.0.1\nlistener 8883\n" + guard + "\n");
    assertThat(outcome.out()).contains("127.0.0.1:1883").doesNotContain("8883");
    assertThat(outcome.err()).contains("the listener on 0.0.0.0:8883").contains("not opened");
  }

  @Test
  void certificatesAreAskedForThoughTheirAuthoritiesAreAFolder() throws IOException {
    Outcome outcome =
        mosquitto(
            "listener 8883\ncertfile site.crt\nkeyfile site.key\ncapath ca\n"
                + "require_certificate true\n");
    assertThat(outcome.out()).contains("client_auth: require").contains("client_ca: ca");
    assertThat(outcome.err()).contains("one file");
  }

  private Outcome mosquitto(String conf) throws IOException {
    Files.writeString(folder.resolve("own.conf"), conf);
    Outcome outcome = CommandLine.run(folder, "config", "convert", "mosquitto", "own.conf");
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    return outcome;
  }

  @Test
  void everyRemarkNamesItsLine() {
    Outcome outcome = CommandLine.run(folder, "config", "convert", "nginx", "nginx.conf");
    assertThat(outcome.err().lines())
        .allMatch(line -> line.matches("[\\w./<>]+:\\d+: \\w+ [A-Z]\\d{4}: .+"));
    assertThat(outcome.err()).contains("nginx.conf:8: warning W3560: `include missing.conf`");
    assertThat(outcome.err()).containsPattern("part.conf:1: warning W3560: `proxy_buffering off`");
  }

  @Test
  void asJsonItIsOneDocument() {
    Outcome outcome =
        CommandLine.run(folder, "config", "convert", "--json", "wmproxy", "wmproxy.toml");
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out()).contains("\"fairlead.convert/1\"", "W3561", "\"line\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "apache nginx.conf      | 64 | use frp, mosquitto, nginx or wmproxy",
        "frp bad.ini            | 65 | bad.ini:2:1: neither a section nor",
        "nginx missing          | 66 | no such file",
        "nginx open.conf        | 65 | open.conf:1:18: the file ends within a block",
        "nginx quote.conf       | 65 | quote.conf:1:8: a quote without its end",
        "wmproxy bad.toml       | 65 | bad.toml:1:",
        "wmproxy bad.yaml       | 65 | bad.yaml:2:",
        "wmproxy loop.yaml      | 65 | larger or deeper",
        "--strict nginx nginx.conf | 65 | W3560",
      })
  void whatCannotBeReadIsNamed(String words, int exit, String said) throws IOException {
    Files.writeString(folder.resolve("bad.ini"), "[common]\nserver_addr\n");
    Files.writeString(folder.resolve("open.conf"), "http { server { }");
    Files.writeString(folder.resolve("quote.conf"), "return \"x;\n");
    Files.writeString(folder.resolve("bad.toml"), "a = = 3\n");
    Files.writeString(folder.resolve("bad.yaml"), "a: b\n c: [\n");
    Files.writeString(folder.resolve("loop.yaml"), "http: &h { server: [ *h ] }\n");
    Outcome outcome = CommandLine.run(folder, ("config convert " + words.strip()).split(" "));
    assertThat(outcome.exit()).as(outcome.err()).isEqualTo(exit);
    assertThat(outcome.err()).contains(said);
  }

  @Test
  void theControlApiConvertsBeforeItCompares() throws Exception {
    try (GatewayFixture gateway =
        GatewayFixture.start("listeners: { e: { bind: \"127.0.0.1:0\", proto: echo } }\n")) {
      String conf = "include x; server { listen 127.0.0.1:0; return 204; }";
      StrictHttpParser.Response answer = gateway.api().send("POST", "/v1/adapt?from=nginx", conf);
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.text()).contains("\"valid\":true", "files are not read here", "W3560");

      answer = gateway.api().send("POST", "/v1/adapt?from=nginx", "server {");
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.text()).contains("F1560");
      assertThat(gateway.api().send("POST", "/v1/adapt?from=apache", conf).status()).isEqualTo(400);
      assertThat(gateway.api().get("/v1/adapt?from=nginx").status()).isEqualTo(400);
    }
  }

  /** Both formats of wmproxy's file have the same remarks, at other lines. */
  private static String withoutPlaces(String remarks, String file) {
    return remarks.replaceAll("(?m)^" + file.replace(".", "\\.") + ":\\d+: ", "");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ConvertCommandTest.class.getResourceAsStream("/convert/" + name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    }
  }
}
