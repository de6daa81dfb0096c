package io.fairlead.relay.finder;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.relay.finder.HeldRelay.Keeping;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.source.RelayPeer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BalanceTest {
  private final Map<PeerId, HeldRelay> relays = new LinkedHashMap<>();
  private final Map<PeerId, LostRelay> lost = new LinkedHashMap<>();

  /** Held relays by their first letters (kept, surplus, draining), the oldest first. */
  @ParameterizedTest
  @CsvSource({
    "KKK, 0, 3, KKK, 0",
    "KKK, 0, 2, KKS, 0",
    "KKK, 0, 0, SSS, 0",
    "KKK, 2, 4, KKK, 1",
    "KKK, 2, 2, KKS, 0",
    "KSS, 0, 2, KSK, 0",
    "KSS, 0, 5, KKK, 0",
    "KSS, 1, 2, KSS, 1",
    "KDK, 0, 2, KDK, 0",
    "KDK, 0, 1, KDS, 0",
    "DDD, 0, 3, DDD, 0",
  })
  void thereAreAsManyAsAreWanted(
      String held, int lostBefore, int wanted, String heldAfter, int lostAfter) {
    for (char letter : held.toCharArray()) {
      HeldRelay relay = relay();
      relay.keeping = keeping(letter);
      relays.put(relay.id(), relay);
    }
    for (int i = 0; i < lostBefore; i++) {
      HeldRelay relay = relay();
      lost.put(relay.id(), new LostRelay(relay, 0));
    }
    List<PeerId> oldest = lost.keySet().stream().limit(lostAfter).toList();
    Balance.even(relays, lost, wanted);
    String letters =
        relays.values().stream()
            .map(relay -> relay.keeping.name().substring(0, 1))
            .collect(Collectors.joining());
    assertThat(letters).isEqualTo(heldAfter);
    assertThat(lost.keySet()).containsExactlyElementsOf(oldest);
    assertThat(Balance.active(relays, lost)).isLessThanOrEqualTo(wanted);
  }

  private static Keeping keeping(char letter) {
    return switch (letter) {
      case 'K' -> Keeping.KEPT;
      case 'S' -> Keeping.SURPLUS;
      default -> Keeping.DRAINING;
    };
  }

  private static HeldRelay relay() {
    PeerId id = PrivateKey.generate().publicKey().peerId();
    Reservation given =
        new Reservation(id, Instant.EPOCH, List.of(), Optional.empty(), CircuitLimit.NONE);
    return new HeldRelay(RelayPeer.of(id, List.of()), new Granted(given, List.of()), 0);
  }
}
