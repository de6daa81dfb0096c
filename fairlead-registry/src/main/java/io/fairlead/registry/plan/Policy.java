package io.fairlead.registry.plan;

import java.util.Locale;

/** What a target makes of the wanted list. */
public enum Policy {
  /** Nothing; the difference is told. */
  REPORT,
  /** What is not wanted goes; nothing comes. */
  PRUNE_ONLY,
  /** Exactly what is wanted. */
  MIRROR;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
