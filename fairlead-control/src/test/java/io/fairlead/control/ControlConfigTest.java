package io.fairlead.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.control.ControlConfig.Grade;
import io.fairlead.control.dashboard.DashboardConfig;
import io.fairlead.control.http.ControlLimits;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reading;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlConfigTest {
  private static final String TOKEN = "q83vEjRWeJCrze8SNFZ4kKvN";

  @Test
  void defaultsAreBothDoorsOnThisMachineAndTheSocketBesideTheFile() {
    ControlConfig config = read("{}").value().orElseThrow();
    assertThat(config)
        .isEqualTo(
            new ControlConfig(
                true,
                Optional.of(new ListenAddress.Host("127.0.0.1", 8837)),
                Optional.of(Path.of("/etc/fairlead/run/control.sock")),
                true,
                Set.of(),
                "/",
                Set.of(),
                Optional.empty(),
                List.of(),
                List.of(),
                Set.of(),
                ControlLimits.DEFAULTS,
                DashboardConfig.DEFAULTS));
  }

  @Test
  void readsEveryKey() {
    ControlConfig config =
        read("{enabled: false, listen: off, socket: /run/c.sock, compat_get: false,"
                + " allow_uids: [1000, 0], base_path: /gw, hosts: [GW.example],"
                + " users: [{name: eve, role: viewer, password_file: eve.pw}],"
                + " limits: {connections_per_source: 3, json_depth: off, json_text: 1k, body: 2k},"
                + " dashboard: {enabled: false, theme: dark},"
                + " cors_origins: [\"https://Panel.example:8443\"],"
                + " tokens: [{name: ci, role: operator, secret: "
                + TOKEN
                + "}]}")
            .value()
            .orElseThrow();
    assertThat(config)
        .isEqualTo(
            new ControlConfig(
                false,
                Optional.empty(),
                Optional.of(Path.of("/run/c.sock")),
                false,
                Set.of(0, 1000),
                "/gw/",
                Set.of("gw.example"),
                Optional.empty(),
                List.of(new ControlConfig.Token("ci", Grade.OPERATOR, Secret.of(TOKEN))),
                List.of(
                    new ControlConfig.User("eve", Grade.VIEWER, Path.of("/etc/fairlead/eve.pw"))),
                Set.of("https://panel.example:8443"),
                new ControlLimits(
                    Limit.atMost(3), Limit.OFF, Limit.atMost(1024), Limit.atMost(2048)),
                new DashboardConfig(false, DashboardConfig.Theme.DARK)));
    assertThat(config.tcpPlaces()).isEmpty();
    assertThat(config.unixPlace()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:8837, F2102",
    "'[::]:8837', F2102",
    "192.168.1.5:1, F2102",
    "example.com:1, F2102",
    "unix:/run/c.sock, F2103"
  })
  void refusesToBeReachableFromElsewhere(String listen, String code) {
    Reading<ControlConfig> reading = read("{listen: \"" + listen + "\"}");
    assertThat(reading.value()).isEmpty();
    assertThat(reading.problems()).extracting("code").containsExactly(code);
    assertThat(read("{enabled: false, listen: \"" + listen + "\"}").value()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.5:0", "'[::1]:8837'", "localhost:8837", ":8837"})
  void acceptsThisMachinesOwnAddresses(String listen) {
    assertThat(read("{listen: \"" + listen + "\"}").problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "changeme",
        "0123456789abcdef0123456789abcde",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a token with blanks in it, long enough otherwise",
        "Zm9vYmFyYmF6cXV1eDEyM"
      })
  void refusesTokensThatCanBeGuessed(String secret) {
    Reading<ControlConfig> reading =
        read("{tokens: [{name: ci, role: admin, secret: !secret \"" + secret + "\"}]}");
    assertThat(reading.problems()).extracting("code").containsExactly("F2104");
    assertThat(reading.problems().toString()).doesNotContain(secret);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{base_path: gw}|F1207",
        "{base_path: /a//b}|F1207",
        "{base_path: /../x}|F1207",
        "{hosts: [\"gw.example:8837\"]}|F1201",
        "{cors_origins: [\"*\"]}|F1206",
        "{cors_origins: [\"https://a.example/page\"]}|F1206",
        "{users: [{name: a b, role: admin, password_file: x}]}|F1211",
        "{users: [{name: a, role: root, password_file: x}]}|F1105",
        "{users: [{name: a, role: admin, password_file: x},"
            + " {name: a, role: viewer, password_file: y}]}|F1404"
      })
  void refusesWhatCannotBeMeant(String yaml, String code) {
    assertThat(read(yaml).problems()).extracting("code").containsExactly(code);
  }

  private static Reading<ControlConfig> read(String yaml) {
    return ConfigReader.read(
        ControlConfig.TYPE,
        new ConfigSource("fairlead.yaml", yaml, Path.of("/etc/fairlead")),
        Environment.withVariables(java.util.Map.of()));
  }
}
