package io.fairlead.core.unit;

/** So many per second, as configuration writes {@code 1000/s}; {@code perSecond} ≥ 1. */
public record Rate(long perSecond) {
  public Rate {
    if (perSecond < 1)
      throw new IllegalArgumentException("rate: " + perSecond + " (expected: >= 1/s)");
  }

  @Override
  public String toString() {
    return perSecond + "/s";
  }
}
