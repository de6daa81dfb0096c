package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.addresses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.lifecycle.StartException;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.testkit.LeakWatch;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dials come from the port that is listened on. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class ListeningPortTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final HostPair pair = new HostPair();

  @AfterEach
  void close() {
    pair.close();
  }

  private static Multiaddr seen(Host by, Host of) {
    return by.connections(of.id()).getFirst().remoteAddress();
  }

  @Test
  void peersSeeThePortWeListenOn() throws Exception {
    Host bob = pair.listening();
    Host carol = pair.listening();
    Host alice = pair.listening();
    alice.blocking().connect(HostPair.at(bob));
    alice.blocking().connect(HostPair.at(carol));
    for (Host other : List.of(bob, carol)) {
      await().atMost(WITHIN).until(() -> !other.connections(alice.id()).isEmpty());
      assertThat(List.of(seen(other, alice))).isEqualTo(alice.listening());
    }
    // It still accepts.
    assertThat(pair.host(HostSettings.DEFAULTS).blocking().connect(HostPair.at(alice)))
        .isEqualTo(alice.id());
  }

  /** The two ends were connected a moment ago, and the kernel keeps them apart. */
  @Test
  void aPortThatCannotBeUsedAgainIsPassedOver() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.listening();
    for (int i = 0; i < 3; i++) {
      alice.blocking().connect(HostPair.at(bob));
      alice.connections(bob.id()).forEach(each -> each.close(0));
      await().atMost(WITHIN).until(() -> alice.connections(bob.id()).isEmpty());
    }
    assertThat(alice.blocking().connect(HostPair.at(bob))).isEqualTo(bob.id());
  }

  @Test
  void itCanBeTurnedOff() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.host(HostPair.listeningSettings().fromAnyPort());
    alice.blocking().connect(HostPair.at(bob));
    await().atMost(WITHIN).until(() -> !bob.connections(alice.id()).isEmpty());
    assertThat(List.of(seen(bob, alice))).isNotEqualTo(alice.listening());
  }

  /** Sharing the port with its own dials does not share it with another process's listener. */
  @Test
  void aPortThatIsListenedOnIsTaken() throws Exception {
    Host alice = pair.listening();
    HostSettings same =
        HostSettings.DEFAULTS.listening(alice.listening().toArray(Multiaddr[]::new));
    assertThatThrownBy(() -> pair.host(same)).isInstanceOf(StartException.class);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "127.0.0.1, /ip4/127.0.0.1/tcp/4001, 127.0.0.1",
        "127.0.0.1, /ip4/0.0.0.0/tcp/4001, 0.0.0.0",
        "192.0.2.1, /ip4/0.0.0.0/tcp/4001, 0.0.0.0",
        "192.0.2.1, /ip4/127.0.0.1/tcp/4001, -",
        "127.0.0.1, /ip4/192.0.2.7/tcp/4001, -",
        "192.0.2.1, /ip4/192.0.2.7/tcp/4001, 192.0.2.7",
        "192.0.2.1, /ip6/::/tcp/4001, -",
        "127.0.0.1, /ip4/127.0.0.1/tcp/9, -",
        "127.0.0.1, /ip4/0.0.0.0/tcp/9, -"
      })
  void theEndFitsTheWay(String remote, String listening, String local) {
    Optional<InetSocketAddress> chosen =
        TransportDialer.local(new InetSocketAddress(remote, 9), addresses(listening));
    assertThat(chosen.map(socket -> socket.getAddress().getHostAddress()))
        .isEqualTo(Optional.ofNullable(local));
  }

  @Test
  void aPlainSocketIsPreferred() {
    List<Multiaddr> both = addresses("/ip4/0.0.0.0/tcp/4002/ws", "/ip4/0.0.0.0/tcp/4001");
    assertThat(TransportDialer.local(new InetSocketAddress("192.0.2.1", 9), both).orElseThrow())
        .isEqualTo(new InetSocketAddress("0.0.0.0", 4001));
  }
}
