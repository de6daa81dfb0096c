package io.fairlead.relay.reachability;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.libp2p.host.Reachability;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReachabilityStateTest {
  /** Each letter is what one peer found: u, p (public), h (hidden). */
  @ParameterizedTest
  @CsvSource({
    "p, PUBLIC, 0",
    "h, PRIVATE, 0",
    "ppppp, PUBLIC, 3",
    "ppppph, PUBLIC, 2",
    "pppphhh, PUBLIC, 0",
    "pppphhhh, PRIVATE, 0",
    "hhhhp, PUBLIC, 0",
    "hhu, PRIVATE, 0",
    "hhuu, UNKNOWN, 0",
    "pu, UNKNOWN, 0",
    "uuu, UNKNOWN, 0"
  })
  void answersAddUp(String seen, Reachability expected, int confidence) {
    ReachabilityState state = new ReachabilityState();
    for (char each : seen.toCharArray()) {
      Reachability before = state.reachability();
      boolean changed =
          state.observed(
              switch (each) {
                case 'p' -> Reachability.PUBLIC;
                case 'h' -> Reachability.PRIVATE;
                default -> Reachability.UNKNOWN;
              });
      assertThat(changed).isEqualTo(state.reachability() != before);
    }
    assertThat(state.reachability()).isEqualTo(expected);
    assertThat(state.confidence()).isEqualTo(confidence);
  }

  @Test
  void aNewAddressMakesItLessSure() {
    ReachabilityState state = new ReachabilityState();
    for (int i = 0; i < 5; i++) state.observed(Reachability.PUBLIC);
    assertThat(state.sure()).isTrue();
    state.newAddress();
    state.newAddress();
    assertThat(state.confidence()).isEqualTo(2);
  }

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  @Test
  void twoMoreOfAKindAreAVerdictAndThreeEndTheProbes() {
    AddressTracker tracker = new AddressTracker();
    assertThat(tracker.verdict(0)).isEqualTo(Reachability.UNKNOWN);
    tracker.reached(0);
    assertThat(tracker.verdict(0)).isEqualTo(Reachability.UNKNOWN);
    tracker.reached(0);
    assertThat(tracker.verdict(0)).isEqualTo(Reachability.PUBLIC);
    assertThat(tracker.dueNanos(0)).isZero();
    tracker.reached(0);
    assertThat(tracker.dueNanos(0)).isEqualTo(60 * MINUTE);
    assertThat(tracker.dueNanos(61 * MINUTE)).isEqualTo(61 * MINUTE);
    // Two that miss it undo what three said, and what is older than five hours says nothing.
    tracker.missed(61 * MINUTE);
    tracker.missed(61 * MINUTE);
    assertThat(tracker.verdict(61 * MINUTE)).isEqualTo(Reachability.UNKNOWN);
    assertThat(tracker.verdict(301 * MINUTE)).isEqualTo(Reachability.PRIVATE);
    assertThat(tracker.verdict(400 * MINUTE)).isEqualTo(Reachability.UNKNOWN);
  }

  @Test
  void anAddressIsNotTriedWithoutEnd() {
    AddressTracker tracker = new AddressTracker();
    for (int i = 0; i < 10; i++) tracker.asked(i * MINUTE / 10);
    assertThat(tracker.dueNanos(MINUTE)).isEqualTo(10 * MINUTE);
    assertThat(tracker.dueNanos(11 * MINUTE)).isEqualTo(11 * MINUTE);
    AddressTracker refused = new AddressTracker();
    for (int i = 0; i < 4; i++) refused.refused(0);
    assertThat(refused.dueNanos(0)).isZero();
    refused.refused(0);
    assertThat(refused.dueNanos(MINUTE)).isEqualTo(10 * MINUTE);
    assertThat(refused.dueNanos(10 * MINUTE)).isEqualTo(10 * MINUTE);
  }
}
