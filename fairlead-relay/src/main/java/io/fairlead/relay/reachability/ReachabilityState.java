package io.fairlead.relay.reachability;

import io.fairlead.libp2p.host.Reachability;

/**
 * What the answers of peers add up to.
 *
 * <pre>
 * same as before            confidence + 1, at most 3
 * PUBLIC seen, was not      PUBLIC at once, confidence 0
 * other seen, was sure      confidence - 1
 * other seen, was not sure  as seen, confidence 0
 * </pre>
 *
 * Owned by its driver.
 */
final class ReachabilityState {
  static final int SURE = 3;

  private Reachability reachability = Reachability.UNKNOWN;
  private int confidence;

  Reachability reachability() {
    return reachability;
  }

  boolean sure() {
    return confidence == SURE;
  }

  int confidence() {
    return confidence;
  }

  /**
   * Takes what one peer found; {@code UNKNOWN} is an answer that says nothing.
   *
   * @return whether the reachability changed
   */
  boolean observed(Reachability seen) {
    if (seen == reachability) {
      if (seen != Reachability.UNKNOWN) confidence = Math.min(SURE, confidence + 1);
      return false;
    }
    if (seen != Reachability.PUBLIC && confidence > 0) {
      confidence--;
      return false;
    }
    reachability = seen;
    confidence = 0;
    return true;
  }

  /** There is an address that nobody has tried. */
  void newAddress() {
    confidence = Math.min(confidence, SURE - 1);
  }
}
