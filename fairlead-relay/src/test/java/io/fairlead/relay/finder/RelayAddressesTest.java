package io.fairlead.relay.finder;

import static io.fairlead.relay.finder.FinderScene.address;
import static io.fairlead.relay.finder.FinderScene.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.address.Multiaddr;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelayAddressesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/ip4/1.2.3.4/tcp/4001 /ip4/1.2.3.4/udp/4002/quic-v1 /dnsaddr/example.com/tcp/4002/ws"
            + " /ip4/127.0.0.1/tcp/4001 /ip4/127.0.0.1/udp/4002/quic-v1"
            + "| /ip4/1.2.3.4/tcp/4001 /ip4/1.2.3.4/udp/4002/quic-v1 /dnsaddr/example.com/tcp/4002/ws",
        "/ip4/1.2.3.4/tcp/4001 /ip4/1.2.3.4/tcp/33333 /ip4/1.2.3.4/tcp/33334"
            + " /ip4/1.2.3.4/tcp/33335 /ip4/1.2.3.4/udp/4002/quic-v1 /ip4/127.0.0.1/tcp/4001"
            + "| /ip4/1.2.3.4/tcp/4001 /ip4/1.2.3.4/udp/4002/quic-v1",
        "/ip4/1.2.3.4/tcp/4001 /ip4/1.2.3.4/tcp/33333 /ip4/1.2.3.4/tcp/33334"
            + " /ip4/1.2.3.4/tcp/33335 /ip4/1.2.3.4/udp/4002/quic-v1"
            + "| /ip4/1.2.3.4/tcp/4001 /ip4/1.2.3.4/udp/4002/quic-v1",
        "/ip4/1.2.3.4/tcp/12345 /ip4/1.2.3.4/tcp/33333 /ip4/1.2.3.4/tcp/33334"
            + " /ip4/1.2.3.4/tcp/33335 /ip4/127.0.0.1/tcp/12345"
            + "| /ip4/1.2.3.4/tcp/12345",
        "/ip4/1.2.3.4/tcp/12345 /ip4/1.2.3.4/tcp/33333"
            + "| /ip4/1.2.3.4/tcp/12345 /ip4/1.2.3.4/tcp/33333",
        "/ip4/127.0.0.1/tcp/4001 /ip4/192.0.2.1/tcp/4001 /ip4/10.0.0.1/tcp/4001|",
        "/ip4/1.2.3.4/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit|"
      })
  void cleans(String given, String left) {
    assertThat(RelayAddresses.clean(list(given))).isEqualTo(list(left));
  }

  private static List<Multiaddr> list(String text) {
    if (text == null || text.isBlank()) return List.of();
    return Stream.of(text.strip().split(" ")).map(FinderScene::address).toList();
  }

  @Test
  void leadsThroughTheRelayOnce() {
    Multiaddr plain = address("/ip4/1.2.3.4/tcp/4001");
    Multiaddr said = plain.withPeer(id(1));
    Multiaddr twice = address(said + "/p2p/" + id(1));

    assertThat(RelayAddresses.through(id(1), List.of(plain, said, twice)))
        .containsOnly(address(said + "/p2p-circuit"));
  }
}
