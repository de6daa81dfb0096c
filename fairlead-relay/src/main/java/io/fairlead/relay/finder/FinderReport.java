package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a finder is. Times are on the monotonic clock unless they are instants.
 *
 * @param running whether relays are wanted
 * @param desired how many
 * @param candidateState what the search for candidates does
 * @param published addresses said now
 */
public record FinderReport(
    boolean running,
    int desired,
    CandidateState candidateState,
    List<Relay> relays,
    List<Candidate> candidates,
    List<Backoff> backoffs,
    Schedule schedule,
    List<Multiaddr> published) {
  /** What the search for candidates does; in the order of the meter's numbers. */
  public enum CandidateState {
    RATE_LIMITED,
    WAITING_ON_SOURCE,
    WAITING_FOR_TRIGGER,
    STOPPED
  }

  /**
   * A relay that is held, or was lost and is tried again.
   *
   * @param state {@code held}, {@code lapsing} or {@code returning}
   * @param score what it is worth, where that is asked
   * @param lastRefresh how the last refresh ended
   */
  public record Relay(
      PeerId peer,
      String state,
      Instant expiresAt,
      List<Multiaddr> addresses,
      Optional<Duration> roundTrip,
      Optional<ScoredSelection.Parts> score,
      CircuitLimit limit,
      Optional<ReserveResult> lastRefresh) {}

  /** A peer that relays. */
  public record Candidate(
      PeerId peer,
      long addedAtNanos,
      List<Multiaddr> addresses,
      Optional<Duration> roundTrip,
      Optional<ScoredSelection.Parts> score) {}

  /** A peer that is left alone. */
  public record Backoff(PeerId peer, String reason, long untilNanos) {}

  /** When what is due next; empty for nothing. */
  public record Schedule(
      OptionalLong sourceCall, OptionalLong refresh, OptionalLong backoff, OptionalLong age) {
    static final Schedule NONE =
        new Schedule(
            OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
  }

  /** Of a finder that never ran. */
  static final FinderReport NONE =
      new FinderReport(
          false,
          0,
          CandidateState.STOPPED,
          List.of(),
          List.of(),
          List.of(),
          Schedule.NONE,
          List.of());

  /** Relays held now. */
  public long held() {
    return relays.stream().filter(each -> !each.state().equals("returning")).count();
  }
}
