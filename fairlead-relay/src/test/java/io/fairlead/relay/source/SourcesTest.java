package io.fairlead.relay.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeerSource.Cancel;
import io.fairlead.relay.source.RelayPeerSource.Sink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SourcesTest {
  private static PeerId id(int number) {
    byte[] hash = new byte[34];
    hash[0] = 0x12;
    hash[1] = 0x20;
    hash[33] = (byte) number;
    try {
      return PeerId.of(hash);
    } catch (MalformedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Multiaddr address(String text) throws MalformedException {
    return Multiaddr.parse(text);
  }

  private static RelayPeer peer(int number) {
    return RelayPeer.of(id(number), List.of());
  }

  private static RelayPeerSource fixed(int... numbers) {
    return new StaticRelays(Arrays.stream(numbers).mapToObj(SourcesTest::peer).toList());
  }

  /** What one search gives. */
  private static final class Found implements Sink, Cancel {
    final List<PeerId> peers = new ArrayList<>();
    int completions;
    boolean cancelled;

    @Override
    public void offer(RelayPeer peer) {
      peers.add(peer.id());
    }

    @Override
    public void complete() {
      completions++;
    }

    @Override
    public boolean cancelled() {
      return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {}
  }

  private static Found find(RelayPeerSource source, int max) {
    Found found = new Found();
    source.find(max, found, found);
    assertThat(found.completions).isEqualTo(1);
    return found;
  }

  @Test
  void aListGivesItsFirst() {
    assertThat(find(fixed(1, 2, 3), 2).peers).containsExactly(id(1), id(2));
    assertThat(find(fixed(1, 2, 3), 9).peers).hasSize(3);
  }

  @Test
  void typedAddressesOfOnePeerAreOneRelay() throws Exception {
    List<RelayPeer> relays =
        StaticRelays.typed(
                List.of(
                    address("/ip4/10.0.0.1/tcp/4001/p2p/" + id(1)),
                    address("/ip4/10.0.0.2/tcp/4001/p2p/" + id(1))))
            .relays();
    assertThat(relays).hasSize(1);
    assertThat(relays.getFirst().typed()).isTrue();
    assertThat(relays.getFirst().addresses())
        .containsExactly(address("/ip4/10.0.0.1/tcp/4001"), address("/ip4/10.0.0.2/tcp/4001"));
  }

  @Test
  void partsGiveUpToTheirQuotaAndNobodyTwice() {
    RelayPeerSource both =
        new CompositeRelays(
            List.of(
                new CompositeRelays.Part(fixed(1, 2, 3), 2),
                new CompositeRelays.Part(fixed(2, 4, 5, 6), Integer.MAX_VALUE)));
    assertThat(find(both, 4).peers).containsExactly(id(1), id(2), id(4), id(5));
    assertThat(find(both, 2).peers).containsExactly(id(1), id(2));
  }

  @Test
  void aCancelledSearchAsksNoFurtherPart() {
    Found found = new Found();
    RelayPeerSource first =
        (max, sink, cancel) -> {
          found.cancelled = true;
          sink.complete();
        };
    new CompositeRelays(
            List.of(
                new CompositeRelays.Part(first, 1),
                new CompositeRelays.Part(fixed(1), Integer.MAX_VALUE)))
        .find(5, found, found);

    assertThat(found.peers).isEmpty();
    assertThat(found.completions).isEqualTo(1);
  }

  private static RelayList list(long position, int... numbers) {
    return new RelayList(
        position,
        false,
        Arrays.stream(numbers).mapToObj(n -> new RelayList.Entry(peer(n), false)).toList());
  }

  @Test
  void changedEntriesOfAKeptListComeFirst() {
    var watch = new WatchValue<>(list(1, IntStream.rangeClosed(1, 20).toArray()));
    ListedRelays listed = new ListedRelays(watch, Randomness.seeded(3)::generator);
    assertThat(find(listed, 20).peers).hasSize(20);
    watch.set(list(2, IntStream.rangeClosed(1, 21).toArray()));

    assertThat(find(listed, 3).peers).hasSize(3).startsWith(id(21));
    assertThat(find(listed, 21).peers).hasSize(21);
  }

  @Test
  void tellsWhatChanged() {
    var watch = new WatchValue<>(list(1, 1, 2, 3));
    ListedRelays listed = new ListedRelays(watch, Randomness.seeded(3)::generator);
    assertThat(listed.changeTo(list(1, 1, 2, 3)).fresh())
        .containsExactlyInAnyOrder(id(1), id(2), id(3));
    assertThat(listed.changeTo(list(2, 1, 2, 3)).nothing()).isTrue();

    RelayList next =
        new RelayList(
            3,
            false,
            List.of(new RelayList.Entry(peer(1), false), new RelayList.Entry(peer(2), true)));
    assertThat(listed.changeTo(next))
        .isEqualTo(new ListedRelays.Change(Set.of(id(3)), Set.of(id(2)), Set.of()));
    watch.set(next);
    assertThat(find(listed, 9).peers).containsExactly(id(1));
    assertThat(listed.changeTo(list(4, 1, 2)).fresh()).as("active again").containsExactly(id(2));
  }
}
