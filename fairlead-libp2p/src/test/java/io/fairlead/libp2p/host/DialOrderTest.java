package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.address;
import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.address.Multiaddr;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DialOrderTest {
  private static final String CIRCUIT =
      "/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq/p2p-circuit";

  /** Letters stand for addresses; the answer is their order with the delay of each in ms. */
  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "p, 'p0'",
    "'P p', 'P0 p30'", // private: IPv6 first
    "'p P q', 'q0 P30 p60'", // QUIC first
    "'u U', 'U0 u250'", // public
    "'u v', 'v0 u250'",
    "'u p', 'p0 u0'", // private and public at once
    "'r', 'r0'", // nothing but a relay
    "'r u', 'u0 r500'",
    "'r p', 'p0 r500'",
    "'o', 'o0'",
    "'o u', 'u0 o1000'",
    "'o r u p', 'p0 u0 r500 o1000'",
    "'p p', 'p0'", // told twice
  })
  void addressesAreTriedInOrder(String letters, String order) {
    String actual =
        DialOrder.of(
                Arrays.stream(letters.split(" "))
                    .filter(letter -> !letter.isEmpty())
                    .map(DialOrderTest::of)
                    .toList())
            .stream()
            .map(each -> letter(each.address()) + each.delay().toMillis())
            .collect(Collectors.joining(" "));
    assertThat(actual).isEqualTo(order);
  }

  @Test
  void aFailureWaitsLongerEachTimeUpToFiveMinutes() {
    ManualClock clock = new ManualClock();
    DialBackoff backoff = new DialBackoff(clock);
    Multiaddr address = of("u");
    for (int seconds : new int[] {5, 6, 9, 14, 21, 30}) {
      assertThat(backoff.waits(peer(1), address)).isFalse();
      backoff.failed(peer(1), address);
      clock.advance(Duration.ofSeconds(seconds - 1));
      assertThat(backoff.waits(peer(1), address)).isTrue();
      assertThat(backoff.waits(peer(2), address)).isFalse();
      assertThat(backoff.waits(peer(1), of("p"))).isFalse();
      clock.advance(Duration.ofSeconds(1));
    }
    for (int i = 0; i < 20; i++) backoff.failed(peer(1), address);
    clock.advance(Duration.ofSeconds(299));
    assertThat(backoff.waits(peer(1), address)).isTrue();
    clock.advance(Duration.ofSeconds(1));
    assertThat(backoff.waits(peer(1), address)).isFalse();
    backoff.failed(peer(1), address);
    backoff.succeeded(peer(1), address);
    assertThat(backoff.waits(peer(1), address)).isFalse();
  }

  @Test
  void failuresRememberedAreBounded() {
    DialBackoff backoff = new DialBackoff(new ManualClock());
    for (int i = 0; i < 8193; i++) backoff.failed(peer(i), of("u"));
    assertThat(backoff.waits(peer(0), of("u"))).isFalse();
    assertThat(backoff.waits(peer(1), of("u"))).isTrue();
  }

  private static Multiaddr of(String letter) {
    return address(
        switch (letter) {
          case "p" -> "/ip4/10.0.0.1/tcp/1";
          case "P" -> "/ip6/fd00::1/tcp/1";
          case "q" -> "/ip4/10.0.0.1/udp/1/quic-v1";
          case "u" -> "/ip4/8.8.8.8/tcp/1";
          case "U" -> "/ip6/2a00::1/tcp/1";
          case "v" -> "/ip4/8.8.8.8/udp/1/quic-v1";
          case "r" -> "/ip4/8.8.4.4/tcp/1" + CIRCUIT;
          case "o" -> "/ip4/192.0.2.1/tcp/1";
          default -> throw new IllegalArgumentException(letter);
        });
  }

  private static String letter(Multiaddr address) {
    for (String letter : "p P q u U v r o".split(" ")) {
      if (of(letter).equals(address)) return letter;
    }
    throw new IllegalArgumentException(address.toString());
  }
}
