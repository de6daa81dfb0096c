package io.fairlead.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
  @ParameterizedTest
  @CsvSource({
    ":8080, :8080, true",
    ":0, :0, true",
    "0.0.0.0:80, 0.0.0.0:80, false",
    "127.0.0.1:80, 127.0.0.1:80, true",
    "[::1]:80, [::1]:80, true",
    "[::]:80, [::]:80, false",
    "localhost:1, localhost:1, true",
    "GW.Example.org:65535, gw.example.org:65535, false",
    "bücher.example:80, xn--bcher-kva.example:80, false",
    "unix:/run/x.sock, unix:/run/x.sock, true"
  })
  void readsAddresses(String text, String canonical, boolean local) {
    ListenAddress address = ListenAddress.parse(text).orElseThrow();
    assertThat(address).hasToString(canonical);
    assertThat(address.local()).isEqualTo(local);
    assertThat(ListenAddress.parse(canonical)).contains(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "8080",
        "host",
        "host:",
        ":65536",
        ":080",
        ":-1",
        "::1:80",
        "[::1]",
        "[host]:80",
        "10.0.0.300:80",
        "a b:80",
        "unix:",
        "unix:x",
        "http://a:80",
        "host:80:80",
        "[127.0.0.1]:80"
      })
  void refusesOtherText(String text) {
    assertThat(ListenAddress.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "20000-20010, 20000, 20010", "65535, 65535, 65535"})
  void readsPortRanges(String text, int first, int last) {
    assertThat(PortRange.parse(text)).contains(new PortRange(first, last));
    assertThat(new PortRange(first, last)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "65536", "2-1", "1-", "-1", "1-65536", "a", "1-2-3"})
  void refusesOtherRanges(String text) {
    assertThat(PortRange.parse(text)).isEmpty();
  }
}
