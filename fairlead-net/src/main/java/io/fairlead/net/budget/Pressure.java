package io.fairlead.net.budget;

/** How full the budget is. */
public enum Pressure {
  /** Enough is free. */
  NORMAL,
  /** From 80 %, until below 70 %: who fills faster than his reader empties is not read from. */
  HIGH,
  /** From 95 %, until below 85 %: work is shed, class by class. */
  CRITICAL
}
