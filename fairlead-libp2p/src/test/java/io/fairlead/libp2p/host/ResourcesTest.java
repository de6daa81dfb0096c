package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.Limit;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourcesTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @ParameterizedTest
  @CsvSource({
    // of all: in, out, both; of each peer: in, out, both; asked for; who refuses the last
    "2, 9, 9, 9, 9, 9, 1i 2i 3i, system",
    "9, 2, 9, 9, 9, 9, 1o 2o 3o, system",
    "9, 9, 2, 9, 9, 9, 1i 2o 3o, system",
    "9, 9, 9, 1, 9, 9, 1i 1o 2i 1i, peer",
    "9, 9, 9, 9, 1, 9, 1o 1i 2o 1o, peer",
    "9, 9, 9, 9, 9, 2, 1i 1o 2i 1o, peer",
  })
  void connectionsHaveBounds(
      long in,
      long out,
      long all,
      long peerIn,
      long peerOut,
      long peerAll,
      String asks,
      String by) {
    Resources resources =
        resources(
            new ResourceSettings(
                share(in, out, all, 99),
                share(peerIn, peerOut, peerAll, 99),
                Limit.OFF,
                Limit.OFF,
                Limit.OFF));
    String[] each = asks.split(" ");
    for (int i = 0; i < each.length; i++) {
      boolean granted =
          resources.connection(peer(each[i].charAt(0)), each[i].charAt(1) == 'i').isPresent();
      assertThat(granted).as(each[i]).isEqualTo(i < each.length - 1);
    }
    assertThat(registry.get("fairlead.libp2p.refused").tag("scope", by).counter().count())
        .isEqualTo(1);
    assertThat(rejections("relay_connections")).isEqualTo(1);
    assertThat(rejections("relay_streams")).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    // of all, of a peer, of a protocol, of it with a peer, of a connection; asked for; who refuses
    "2, 9, 9, 9, 9, 1a 2b 1c, system",
    "9, 2, 9, 9, 9, 1a 1b 2a 1c, peer",
    "9, 9, 2, 9, 9, 1a 2a 1b 2a, protocol",
    "9, 9, 9, 1, 9, 1a 2a 1b 1a, protocol_of_peer",
    "9, 9, 9, 9, 2, 1a 1b 2a 1c, connection",
  })
  void streamsHaveBounds(
      long all, long ofPeer, long protocol, long both, long connection, String asks, String by) {
    Resources resources =
        resources(
            new ResourceSettings(
                share(9, 9, 9, all),
                share(9, 9, 9, ofPeer),
                Limit.atMost(protocol),
                Limit.atMost(both),
                Limit.atMost(connection)));
    Resources.ConnectionGrant[] peers = {
      resources.connection(peer(1), true).orElseThrow(),
      resources.connection(peer(2), true).orElseThrow()
    };
    String[] each = asks.split(" ");
    for (int i = 0; i < each.length; i++) {
      boolean granted = peers[each[i].charAt(0) - '1'].stream("/" + each[i].charAt(1)).isPresent();
      assertThat(granted).as(each[i]).isEqualTo(i < each.length - 1);
    }
    assertThat(registry.get("fairlead.libp2p.refused").tag("scope", by).counter().count())
        .isEqualTo(1);
    assertThat(rejections("relay_streams")).isEqualTo(1);
  }

  @Test
  void whatIsGivenBackCanBeTakenAgainOnce() {
    Resources resources =
        resources(
            new ResourceSettings(
                share(1, 1, 1, 1),
                share(1, 1, 1, 1),
                Limit.atMost(1),
                Limit.atMost(1),
                Limit.atMost(1)));
    for (int i = 0; i < 3; i++) {
      Resources.ConnectionGrant connection = resources.connection(peer(1), true).orElseThrow();
      Resources.StreamGrant stream = connection.stream("/a").orElseThrow();
      assertThat(connection.stream("/a")).isEmpty();
      assertThat(resources.streams()).isEqualTo(1);
      stream.close();
      stream.close();
      assertThat(resources.streams()).isZero();
      Resources.StreamGrant late = connection.stream("/b", Limit.atMost(1)).orElseThrow();
      connection.close();
      connection.close();
      assertThat(resources.connections()).isZero();
      assertThat(connection.stream("/a")).isEmpty();
      late.close(); // a stream may end after its connection
      assertThat(resources.streams()).isZero();
    }
  }

  @Test
  void otherBoundsHoldFromThenOn() {
    Resources resources = resources(ResourceSettings.DEFAULTS);
    Resources.ConnectionGrant connection = resources.connection(peer(1), true).orElseThrow();
    assertThat(connection.stream("/a", Limit.atMost(1))).isPresent();
    assertThat(connection.stream("/a", Limit.atMost(1))).isEmpty();
    resources.settings(
        new ResourceSettings(
            share(1, 1, 1, 1), share(1, 1, 1, 1), Limit.OFF, Limit.OFF, Limit.OFF));
    assertThat(connection.stream("/b")).isEmpty();
    assertThat(resources.connection(peer(2), true)).isEmpty();
  }

  private Resources resources(ResourceSettings settings) {
    return new Resources(settings, new Meters(registry));
  }

  private static ResourceSettings.Share share(long in, long out, long all, long streams) {
    return new ResourceSettings.Share(
        Limit.atMost(in), Limit.atMost(out), Limit.atMost(all), Limit.atMost(streams));
  }

  private double rejections(String limit) {
    return registry.get("fairlead.limit.rejections").tag("limit", limit).counter().count();
  }
}
