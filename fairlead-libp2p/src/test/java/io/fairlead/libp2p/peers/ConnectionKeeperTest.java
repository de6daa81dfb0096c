package io.fairlead.libp2p.peers;

import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.ManualClock;
import io.fairlead.libp2p.key.PeerId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionKeeperTest {
  private record Conn(PeerId remote, boolean inbound, int streams) implements KeptConnection {}

  private final ManualClock clock = new ManualClock();
  private final ConnectionKeeper keeper = new ConnectionKeeper(marks(2, 3), clock);

  /**
   * Each peer is {@code worth/in or out/streams}, with {@code P} for a protected one; numbered from
   * 1 in order. Three is the high mark, two the low one.
   */
  @ParameterizedTest
  @CsvSource({
    "'5/in/1 5/in/1 5/in/1', ''", // not above the mark
    "'5/in/1 3/in/1 9/in/1 4/in/1', '2 4'", // least worth
    "'5/in/1 5/in/0 5/in/1 5/in/0', '2 4'", // without streams
    "'5/out/1 5/in/1 5/out/1 5/in/1', '2 4'", // those that dialled us
    "'5/in/4 5/in/1 5/in/3 5/in/2', '2 4'", // fewer streams
    "'0/in/0 9/in/9 9/out/9 9/out/0', '1 4'",
    "'0/in/0/P 9/in/9 9/out/9 9/out/0', '4 2'", // protected
    "'0/in/0/P 0/in/0/P 0/in/0/P 0/in/0/P 1/in/1', '5'", // protected ones keep it above the mark
    "'0/out/0 0/in/1 0/in/0 0/out/1', '3 1'",
  })
  void theLeastWorthGoFirst(String peers, String closed) {
    List<Conn> connections = open(peers);
    clock.advance(Duration.ofSeconds(60));
    assertThat(keeper.trim()).isEqualTo(numbered(connections, closed));
  }

  @Test
  void newPeersAreLeftAloneForAWhile() {
    List<Conn> old = open("0/in/0 0/in/0");
    clock.advance(Duration.ofSeconds(59));
    open("0/in/0 0/in/0 0/in/0");
    assertThat(keeper.trim()).isEmpty();
    clock.advance(Duration.ofSeconds(10)); // the silence after a trim; the first two are old now
    assertThat(keeper.trim()).containsExactlyElementsOf(old);
  }

  @Test
  void betweenTwoTrimsIsSilence() {
    open("0/in/0 0/in/0 0/in/0 0/in/0");
    clock.advance(Duration.ofSeconds(60));
    assertThat(keeper.trim()).hasSize(2);
    clock.advance(Duration.ofSeconds(9));
    assertThat(keeper.trim()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    assertThat(keeper.trim()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "'0/in/1 0/in/5 0/in/3 0/in/0', '2 3'", // more streams first
    "'9/in/9 0/in/0 0/in/0 9/in/9', '2 3'", // worth counts more
    "'0/in/9/P 0/in/1 0/in/0', '2'",
  })
  void withoutMemoryGraceDoesNotCount(String peers, String closed) {
    List<Conn> connections = open(peers);
    assertThat(keeper.trimForMemory()).isEqualTo(numbered(connections, closed));
  }

  @Test
  void allConnectionsOfAPeerGoTogetherAndAGoneOneIsForgotten() {
    PeerId one = peer(1);
    Conn first = new Conn(one, true, 0);
    Conn second = new Conn(one, false, 0);
    keeper.opened(first);
    keeper.opened(second);
    keeper.opened(second); // told twice
    keeper.opened(new Conn(peer(2), true, 1));
    keeper.tag(peer(2), "useful", 1);
    assertThat(keeper.connections()).isEqualTo(3);
    assertThat(keeper.trimForMemory()).containsExactly(first, second);
    keeper.closed(first);
    keeper.closed(first);
    keeper.closed(second);
    assertThat(keeper.connections()).isEqualTo(1);
    assertThat(keeper.trimForMemory()).isEmpty();
  }

  @Test
  void tagsSumUpAndChange() {
    keeper.tag(peer(1), "a", 3);
    keeper.tag(peer(1), "a", 5);
    keeper.upsertTag(peer(1), "b", value -> value + 2);
    keeper.upsertTag(peer(1), "b", value -> value + 2);
    assertThat(keeper.worth(peer(1))).isEqualTo(9);
    keeper.untag(peer(1), "a");
    assertThat(keeper.worth(peer(1))).isEqualTo(4);
    keeper.untag(peer(1), "b");
    keeper.untag(peer(1), "b");
    assertThat(keeper.worth(peer(1))).isZero();
    assertThat(keeper.worth(peer(2))).isZero();
  }

  @Test
  void tagsOfOnePeerAreBounded() {
    for (int i = 0; i < 100; i++) keeper.tag(peer(1), "t" + i, 1);
    assertThat(keeper.worth(peer(1))).isEqualTo(64);
  }

  @Test
  void aDecayingTagLosesItsValueByItself() {
    ConnectionKeeper.Decay half =
        new ConnectionKeeper.Decay(Duration.ofMinutes(1), value -> value / 2);
    keeper.upsertTag(peer(1), "useful", _ -> 8, half);
    clock.advance(Duration.ofSeconds(59));
    assertThat(keeper.worth(peer(1))).isEqualTo(8);
    clock.advance(Duration.ofSeconds(1));
    assertThat(keeper.worth(peer(1))).isEqualTo(4);
    keeper.upsertTag(peer(1), "useful", value -> value + 4, half);
    clock.advance(Duration.ofMinutes(2));
    assertThat(keeper.worth(peer(1))).isEqualTo(2);
    clock.advance(Duration.ofMinutes(50));
    assertThat(keeper.worth(peer(1))).isZero();
  }

  @Test
  void aProtectionEndsWithItsLastName() {
    keeper.protect(peer(1), "relay");
    keeper.protect(peer(1), "config");
    assertThat(keeper.unprotect(peer(1), "relay")).isTrue();
    assertThat(keeper.isProtected(peer(1))).isTrue();
    assertThat(keeper.unprotect(peer(1), "config")).isFalse();
    assertThat(keeper.isProtected(peer(1))).isFalse();
    assertThat(keeper.unprotect(peer(1), "config")).isFalse();
  }

  @Test
  void tagsOfPeersThatNeverCameAreBounded() {
    for (int i = 0; i < 5000; i++) keeper.tag(peer(i), "x", 1);
    assertThat(keeper.worth(peer(0))).isZero();
    assertThat(keeper.worth(peer(903))).isZero();
    assertThat(keeper.worth(peer(904))).isEqualTo(1);
    assertThat(keeper.worth(peer(4999))).isEqualTo(1);
    open("0/in/0 0/in/0 0/in/0 0/in/0");
    clock.advance(Duration.ofSeconds(60));
    keeper.trim();
    assertThat(keeper.worth(peer(4999))).as("past its grace").isZero();
  }

  @Test
  void otherMarksHoldFromThenOn() {
    open("0/in/0 0/in/0 0/in/0");
    clock.advance(Duration.ofSeconds(60));
    assertThat(keeper.trim()).isEmpty();
    keeper.marks(marks(0, 1));
    assertThat(keeper.trim()).hasSize(3);
  }

  private static ConnectionKeeper.Marks marks(int low, int high) {
    return new ConnectionKeeper.Marks(low, high, Duration.ofSeconds(60), Duration.ofSeconds(10));
  }

  private List<Conn> open(String peers) {
    List<Conn> connections = new ArrayList<>();
    int before = keeper.connections();
    for (String words : peers.split(" ")) {
      String[] parts = words.split("/");
      PeerId id = peer(1 + before + connections.size());
      Conn connection = new Conn(id, parts[1].equals("in"), Integer.parseInt(parts[2]));
      connections.add(connection);
      keeper.opened(connection);
      if (!parts[0].equals("0")) keeper.tag(id, "worth", Integer.parseInt(parts[0]));
      if (parts.length > 3) keeper.protect(id, "test");
    }
    return connections;
  }

  private static List<Conn> numbered(List<Conn> connections, String numbers) {
    return Arrays.stream(numbers.split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> connections.get(Integer.parseInt(word) - 1))
        .toList();
  }
}
