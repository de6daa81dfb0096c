package io.fairlead.relay.finder;

import static io.fairlead.relay.finder.FinderScene.addressOf;
import static io.fairlead.relay.finder.FinderScene.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.core.random.Randomness;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.finder.RelaySelection.CandidateView;
import io.fairlead.relay.finder.RelaySelection.RelayView;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.source.RelayPeer.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ScoredSelectionTest {
  private static final int DRAWS = 10_000;
  private final RandomGenerator chance = Randomness.seeded(42).generator();

  private static CandidateView candidate(int number, Multiaddr address, Optional<Duration> rtt) {
    return new CandidateView(
        id(number), List.of(address), rtt, 0, 0, 0, Optional.empty(), Standing.NONE, Set.of());
  }

  private static CandidateView at(int number, long millis) {
    return candidate(number, addressOf(number), Optional.of(Duration.ofMillis(millis)));
  }

  private Map<PeerId, Integer> firsts(List<CandidateView> candidates) {
    Map<PeerId, Integer> firsts = new HashMap<>();
    for (int i = 0; i < DRAWS; i++) {
      PeerId first = ScoredSelection.DEFAULTS.order(candidates, List.of(), chance).getFirst();
      firsts.merge(first, 1, Integer::sum);
    }
    return firsts;
  }

  @Test
  void equalsAreDrawnEquallyOften() {
    List<CandidateView> equal = new ArrayList<>();
    for (int i = 0; i < 50; i++) equal.add(at(i, 30));

    assertThat(Collections.max(firsts(equal).values())).isLessThan(DRAWS * 4 / 100);
  }

  @Test
  void aNearRelayIsDrawnMoreOftenButDoesNotGetEverybody() {
    List<CandidateView> candidates = new ArrayList<>(List.of(at(0, 10)));
    for (int i = 1; i < 50; i++) candidates.add(at(i, 60));

    assertThat(firsts(candidates).get(id(0))).isBetween(DRAWS / 50 + 1, DRAWS / 4 - 1);
  }

  @Test
  void twoOfOneNetworkAreRare() {
    List<CandidateView> candidates = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      Multiaddr near = FinderScene.address("/ip4/8.8.8." + i + "/tcp/4001");
      candidates.add(candidate(i, near, Optional.empty()));
      candidates.add(candidate(100 + i, addressOf(100 + i), Optional.empty()));
    }
    int both = 0;
    for (int i = 0; i < DRAWS; i++) {
      List<PeerId> order = ScoredSelection.DEFAULTS.order(candidates, List.of(), chance);
      if (order.getFirst().toBytes()[33] < 100 && order.get(1).toBytes()[33] < 100) both++;
    }
    assertThat(both).isBetween(1, DRAWS / 10 - 1);
  }

  @Test
  void countsWhatIsKnown() {
    CandidateView best =
        new CandidateView(
            id(1),
            List.of(addressOf(1)),
            Optional.of(Duration.ZERO),
            8,
            8,
            0,
            Optional.of(CircuitLimit.NONE),
            new Standing(OptionalDouble.of(1), Optional.empty(), Optional.empty()),
            Set.of());
    assertThat(ScoredSelection.DEFAULTS.parts(best))
        .isEqualTo(new ScoredSelection.Parts(1, 0.9, 1, 1, 0.35 + 0.25 * 0.9 + 0.2 + 0.2));

    CandidateView unknown = candidate(2, addressOf(2), Optional.empty());
    assertThat(ScoredSelection.DEFAULTS.parts(unknown))
        .isEqualTo(
            new ScoredSelection.Parts(
                0.35, 0.5, 0.3, 0.5, 0.35 * 0.35 + 0.25 * 0.5 + 0.2 * 0.3 + 0.2 * 0.5));
  }

  @Test
  void theUsualBoundsOfARelayAreWorthLittle() {
    CircuitLimit usual =
        new CircuitLimit(Optional.of(Duration.ofMinutes(2)), Optional.of(131_072L));
    CandidateView view =
        new CandidateView(
            id(1),
            List.of(addressOf(1)),
            Optional.empty(),
            0,
            0,
            1,
            Optional.of(usual),
            Standing.NONE,
            Set.of());
    ScoredSelection.Parts parts = ScoredSelection.DEFAULTS.parts(view);
    // log2(3) / 10 and the square root of a fifteenth
    assertThat(parts.limits()).isCloseTo(0.1585 * 0.2582, within(0.0001));
    assertThat(parts.reliability()).isEqualTo(0.25);
  }

  @Test
  void anotherOfTheSameNetworkCountsHalf() {
    CandidateView here = in(1, Set.of(64_500L));
    CandidateView elsewhere = in(2, Set.of(64_501L));
    CandidateView unknown = in(3, Set.of());
    List<RelayView> held =
        List.of(new RelayView(id(9), List.of(addressOf(9)), Set.of(64_500L), Optional.empty()));
    double alone = ScoredSelection.DEFAULTS.parts(here).total();

    assertThat(ScoredSelection.DEFAULTS.worth(here, held)).isEqualTo(alone * 0.5);
    assertThat(ScoredSelection.DEFAULTS.worth(elsewhere, held)).isEqualTo(alone);
    assertThat(ScoredSelection.DEFAULTS.worth(unknown, held)).isEqualTo(alone);
  }

  @Test
  void twoOfOneNetworkAreDrawnTogetherLessOften() {
    List<CandidateView> candidates = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      candidates.add(in(i, Set.of(64_500L)));
      candidates.add(in(100 + i, Set.of(64_600L + i)));
    }
    int both = 0;
    for (int i = 0; i < DRAWS; i++) {
      List<PeerId> order = ScoredSelection.DEFAULTS.order(candidates, List.of(), chance);
      if (order.getFirst().toBytes()[33] <= 10 && order.get(1).toBytes()[33] <= 10) both++;
    }
    // Without regard to networks it were 10 / 20 of the first and 9 / 19 of the second: 24 %.
    assertThat(both).isBetween(1, DRAWS * 15 / 100);
  }

  private static CandidateView in(int number, Set<Long> networks) {
    return new CandidateView(
        id(number),
        List.of(addressOf(number)),
        Optional.empty(),
        0,
        0,
        0,
        Optional.empty(),
        Standing.NONE,
        networks);
  }
}
