package io.fairlead.control.api;

import java.util.List;

/**
 * Checks that say whether the gateway is well.
 *
 * @param degraded what is not as it should be although the gateway serves; empty when nothing
 */
public record HealthReport(List<Check> checks, List<String> degraded) {
  public HealthReport(List<Check> checks) {
    this(checks, List.of());
  }

  /**
   * One check.
   *
   * @param detail what is wrong, or empty
   */
  public record Check(String name, boolean ok, String detail) {}

  public HealthReport {
    checks = List.copyOf(checks);
    degraded = List.copyOf(degraded);
  }

  public boolean ok() {
    return checks.stream().allMatch(Check::ok);
  }
}
