package io.fairlead.control.api;

import java.util.List;

/** Checks that say whether the gateway is well. */
public record HealthReport(List<Check> checks) {
  /**
   * One check.
   *
   * @param detail what is wrong, or empty
   */
  public record Check(String name, boolean ok, String detail) {}

  public HealthReport {
    checks = List.copyOf(checks);
  }

  public boolean ok() {
    return checks.stream().allMatch(Check::ok);
  }
}
