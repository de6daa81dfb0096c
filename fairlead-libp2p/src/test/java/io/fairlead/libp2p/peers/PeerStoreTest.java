package io.fairlead.libp2p.peers;

import static io.fairlead.libp2p.PeerSamples.address;
import static io.fairlead.libp2p.PeerSamples.addresses;
import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.key.PrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerStoreTest {
  private final ManualClock clock = new ManualClock();
  private final PeerStore store = new PeerStore(new PeerStore.Bounds(3, 5, 2, 4), clock);

  @Test
  void addressesExpireAsTheyWereTold() {
    Multiaddr told = address("/ip4/192.0.2.1/tcp/1");
    Multiaddr configured = address("/ip4/192.0.2.2/tcp/1");
    store.addAddresses(peer(1), List.of(told), AddressLife.TEMPORARY);
    store.addAddresses(peer(1), List.of(configured), AddressLife.PERMANENT);
    clock.advance(Duration.ofSeconds(119));
    assertThat(store.addresses(peer(1))).containsExactly(told, configured);
    clock.advance(Duration.ofSeconds(1));
    assertThat(store.addresses(peer(1))).containsExactly(configured);
  }

  @Test
  void tellingAgainNeverShortensALife() {
    Multiaddr address = address("/ip4/192.0.2.1/tcp/1");
    store.addAddresses(peer(1), List.of(address), AddressLife.RECENTLY_CONNECTED);
    store.addAddresses(peer(1), List.of(address), AddressLife.TEMPORARY);
    clock.advance(Duration.ofMinutes(14));
    assertThat(store.addresses(peer(1))).containsExactly(address);
    clock.advance(Duration.ofMinutes(1));
    assertThat(store.addresses(peer(1))).isEmpty();
  }

  @Test
  void thePeerAtTheEndIsTakenOffOrMustBeTheSame() {
    Multiaddr plain = address("/ip4/192.0.2.1/tcp/1");
    store.addAddresses(
        peer(1),
        List.of(plain.withPeer(peer(1)), address("/ip4/192.0.2.9/tcp/1").withPeer(peer(2))),
        AddressLife.TEMPORARY);
    assertThat(store.addresses(peer(1))).containsExactly(plain);
  }

  @Test
  void moreIsKeptOfAPeerWhileItIsConnected() {
    store.connected(peer(1));
    for (int i = 1; i <= 8; i++) {
      clock.advance(Duration.ofSeconds(1));
      store.addAddresses(
          peer(1), addresses("/ip4/192.0.2." + i + "/tcp/1"), AddressLife.RECENTLY_CONNECTED);
    }
    assertThat(store.addresses(peer(1)))
        .extracting(Multiaddr::toString)
        .containsExactly(
            "/ip4/192.0.2.4/tcp/1",
            "/ip4/192.0.2.5/tcp/1",
            "/ip4/192.0.2.6/tcp/1",
            "/ip4/192.0.2.7/tcp/1",
            "/ip4/192.0.2.8/tcp/1");
    store.disconnected(peer(1));
    assertThat(store.addresses(peer(1))).hasSize(2);
  }

  @Test
  void evenPermanentAddressesExpireAfterTheConnection() {
    store.connected(peer(1));
    store.addAddresses(peer(1), addresses("/ip4/192.0.2.1/tcp/1"), AddressLife.PERMANENT);
    store.disconnected(peer(1));
    clock.advance(Duration.ofMinutes(15));
    assertThat(store.addresses(peer(1))).isEmpty();
  }

  @Test
  void thePeerAskedAboutLongestAgoLeavesButNoneThatIsConnected() {
    for (int i = 1; i <= 3; i++) store.setAgent(peer(i), "a" + i);
    store.connected(peer(1));
    store.agent(peer(2));
    store.setAgent(peer(4), "a4");
    assertThat(store.agent(peer(3))).isEmpty();
    assertThat(store.agent(peer(1))).contains("a1");
    assertThat(store.agent(peer(2))).contains("a2");
    assertThat(store.size()).isEqualTo(3);

    for (int i : new int[] {2, 4}) store.connected(peer(i));
    store.setAgent(peer(5), "nobody left to forget");
    assertThat(store.agent(peer(5))).isEmpty();
    assertThat(store.all()).containsExactlyInAnyOrder(peer(1), peer(2), peer(4));
  }

  @Test
  void protocolsAreBoundedAndCanBeTakenBack() {
    store.setProtocols(peer(1), List.of("/a", "/b", "/c", "/d", "/e"));
    assertThat(store.protocols(peer(1))).containsExactlyInAnyOrder("/a", "/b", "/c", "/d");
    assertThat(store.firstSpoken(peer(1), List.of("/x", "/b", "/a"))).contains("/b");
    store.removeProtocol(peer(1), "/b");
    assertThat(store.firstSpoken(peer(1), List.of("/x", "/b", "/a"))).contains("/a");
    assertThat(store.firstSpoken(peer(9), List.of("/a"))).isEmpty();
  }

  @Test
  void aNewerRecordReplacesAddressesAndAnOlderOneDoesNot() {
    PrivateKey key = PrivateKey.generate();
    List<PeerRecord> records = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      records.add(new PeerRecord(key.peerId(), i + 1, addresses("/ip4/192.0.2." + i + "/tcp/1")));
    }
    byte[] sealed = records.get(1).seal(key);
    assertThat(store.addRecord(records.get(1), sealed, AddressLife.TEMPORARY)).isTrue();
    assertThat(store.addRecord(records.get(0), new byte[1], AddressLife.TEMPORARY)).isFalse();
    assertThat(store.addRecord(records.get(1), new byte[1], AddressLife.TEMPORARY)).isFalse();
    assertThat(store.addresses(key.peerId())).isEqualTo(records.get(1).addresses());
    assertThat(store.record(key.peerId()).orElseThrow().envelope()).isEqualTo(sealed);
    assertThat(store.addRecord(records.get(2), new byte[1], AddressLife.TEMPORARY)).isTrue();
    assertThat(store.addresses(key.peerId())).isEqualTo(records.get(2).addresses());
  }
}
