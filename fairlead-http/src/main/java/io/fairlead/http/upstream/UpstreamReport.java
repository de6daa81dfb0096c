package io.fairlead.http.upstream;

import io.fairlead.core.time.Clock;
import io.fairlead.http.health.HealthState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * One upstream at this moment, for those who look.
 *
 * @param breaker {@code off}, {@code closed}, {@code open} or {@code half_open}
 * @param panicking whether health is ignored, because too few endpoints are healthy
 */
public record UpstreamReport(
    String id,
    String balance,
    int active,
    int waiting,
    long refused,
    String breaker,
    boolean panicking,
    List<Member> endpoints) {
  /**
   * One endpoint.
   *
   * @param reason of the last change of its state
   * @param since time of that change
   * @param lastCheck what the last check said; empty before the first
   * @param latency decayed peak, zero before it is known
   */
  public record Member(
      String name,
      String address,
      boolean secured,
      int weight,
      int group,
      HealthState state,
      String reason,
      Instant since,
      String lastCheck,
      long active,
      long requests,
      long failures,
      Duration latency) {}

  static UpstreamReport of(Cluster cluster, Clock clock) {
    Roster roster = cluster.roster();
    long now = clock.nanos();
    List<Member> members =
        roster.seats().stream()
            .map(
                seat -> {
                  Endpoint endpoint = seat.endpoint();
                  Endpoint.Seen seen = endpoint.seen();
                  return new Member(
                      endpoint.name(),
                      endpoint.toString(),
                      endpoint.secured(),
                      seat.weight(),
                      seat.group(),
                      seen.state(),
                      seen.reason(),
                      seen.since(),
                      seen.lastCheck(),
                      endpoint.active(),
                      endpoint.requests(),
                      endpoint.failures(),
                      Duration.ofNanos((long) endpoint.latency().nanos(now)));
                })
            .toList();
    return new UpstreamReport(
        cluster.id(),
        cluster.config().balance().method().name().toLowerCase(Locale.ROOT),
        cluster.admission().active(),
        cluster.admission().waiting(),
        cluster.admission().refused(),
        cluster
            .errorRatio()
            .map(ratio -> ratio.state().name().toLowerCase(Locale.ROOT))
            .orElse("off"),
        roster.panicking(),
        members);
  }
}
