package io.fairlead.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reading;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlConfigTest {
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
                Set.of()));
  }

  @Test
  void readsEveryKey() {
    ControlConfig config =
        read("{enabled: false, listen: off, socket: /run/c.sock, compat_get: false,"
                + " allow_uids: [1000, 0]}")
            .value()
            .orElseThrow();
    assertThat(config)
        .isEqualTo(
            new ControlConfig(
                false,
                Optional.empty(),
                Optional.of(Path.of("/run/c.sock")),
                false,
                Set.of(0, 1000)));
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

  private static Reading<ControlConfig> read(String yaml) {
    return ConfigReader.read(
        ControlConfig.TYPE,
        new ConfigSource("fairlead.yaml", yaml, Path.of("/etc/fairlead")),
        Environment.withVariables(java.util.Map.of()));
  }
}
