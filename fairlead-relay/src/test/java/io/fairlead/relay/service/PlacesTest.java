package io.fairlead.relay.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.relay.service.Places.Full;
import io.fairlead.relay.service.Places.Place;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private final Places places = new Places();
  private final RelayServiceSettings two =
      RelayServiceSettings.DEFAULTS.withBounds(Limit.OFF, Limit.atMost(2), Limit.OFF, Limit.OFF);

  private Optional<Full> put(String ip) {
    var peer = PrivateKey.generate().peerId();
    return places.put(
        new Place(
            peer,
            Principal.of(peer.toString()),
            1,
            Instant.EPOCH,
            0,
            InetAddress.ofLiteral(ip),
            Optional.empty()),
        two);
  }

  /** One network of IPv6 has more addresses than anyone counts. */
  @Test
  void peersOfOneSixtyFourShareTheRoomOfOneAddress() {
    assertThat(put("2a00:1:2:3::1")).isEmpty();
    assertThat(put("2a00:1:2:3:ffff::2")).isEmpty();
    assertThat(put("2a00:1:2:3:4::3")).contains(Full.IP);
    assertThat(put("2a00:1:2:4::1")).isEmpty();
  }

  @Test
  void addressesOfTheOlderKindAreCountedByThemselves() {
    assertThat(put("192.0.2.1")).isEmpty();
    assertThat(put("192.0.2.1")).isEmpty();
    assertThat(put("192.0.2.1")).contains(Full.IP);
    assertThat(put("192.0.2.2")).isEmpty();
  }
}
