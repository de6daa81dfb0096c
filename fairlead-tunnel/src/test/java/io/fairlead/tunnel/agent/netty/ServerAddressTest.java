package io.fairlead.tunnel.agent.netty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How addresses of servers are written. */
class ServerAddressTest {
  private static final String PEER = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  @ParameterizedTest
  @CsvSource({
    "gw.example:7000, gw.example:7000",
    "'[::1]:7000', '[::1]:7000'",
    "wss://gw.example, wss://gw.example:443/fl/carrier",
    "wss://gw.example/, wss://gw.example:443/fl/carrier",
    "WSS://gw.example:8443/other/path, wss://gw.example:8443/other/path",
    "'wss://[::1]/x', 'wss://[::1]:443/x'",
    "/ip4/192.0.2.1/tcp/4001/p2p/"
        + PEER
        + "/p2p-circuit/p2p/"
        + PEER
        + ", /ip4/192.0.2.1/tcp/4001/p2p/"
        + PEER
        + "/p2p-circuit/p2p/"
        + PEER
  })
  void eachFormIsReadAndWritten(String text, String whole) {
    assertThat(ServerAddress.parse(text).map(Object::toString)).contains(whole);
    assertThat(ServerAddress.parse(whole)).isEqualTo(ServerAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gw.example",
        "ws://gw.example",
        "https://gw.example",
        "wss://",
        "wss://user@gw.example",
        "wss://gw.example/a?b=c",
        "wss://gw.example/a#b",
        "wss://gw.example/a b",
        "wss://gw.example:0",
        "wss://gw.example:99999",
        "/ip4/192.0.2.1/tcp/4001",
        "/p2p/short"
      })
  void theRestIsNone(String text) {
    assertThat(ServerAddress.parse(text)).isEmpty();
  }
}
