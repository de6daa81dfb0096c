package io.fairlead.http.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Judges endpoints by what their requests told. Pure. */
public final class OutlierDetector {
  private final OutlierConfig rules;

  public OutlierDetector(OutlierConfig rules) {
    this.rules = rules;
  }

  /** Whether one more of a cluster may be ejected. */
  public boolean mayEject(int members, int ejected) {
    return ejected < Math.max(1, (int) (members * rules.share()));
  }

  /**
   * How long the next ejection lasts.
   *
   * @param earlier ejections lately
   */
  public Duration ejection(int earlier) {
    Duration time = rules.base().multipliedBy(earlier + 1L);
    return time.compareTo(rules.max()) > 0 ? rules.max() : time;
  }

  /**
   * Compares success rates since the last sweep, which this call ends.
   *
   * @return indices of those far below the others
   */
  public List<Integer> sweep(List<Tally> tallies) {
    List<Tally.Rate> rates = tallies.stream().map(Tally::takeRate).toList();
    Optional<OutlierConfig.SuccessRate> wanted = rules.successRate();
    if (wanted.isEmpty()) return List.of();
    OutlierConfig.SuccessRate rule = wanted.get();
    List<Double> judged =
        rates.stream()
            .filter(rate -> rate.requests() >= rule.requests())
            .map(Tally.Rate::success)
            .toList();
    if (judged.size() < rule.endpoints()) return List.of();
    double mean = judged.stream().mapToDouble(rate -> rate).average().orElse(1);
    double variance =
        judged.stream().mapToDouble(rate -> (rate - mean) * (rate - mean)).average().orElse(0);
    double least = mean - rule.deviations() * Math.sqrt(variance);
    List<Integer> outliers = new ArrayList<>();
    for (int i = 0; i < rates.size(); i++) {
      Tally.Rate rate = rates.get(i);
      if (rate.requests() >= rule.requests() && rate.success() < least) outliers.add(i);
    }
    return outliers;
  }
}
