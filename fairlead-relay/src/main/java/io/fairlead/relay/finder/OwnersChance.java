package io.fairlead.relay.finder;

import io.fairlead.core.random.Randomness;
import java.util.random.RandomGenerator;

/** The chance of whichever thread asks, which for a machine is its owner's. */
record OwnersChance(Randomness randomness) implements RandomGenerator {
  @Override
  public long nextLong() {
    return randomness.generator().nextLong();
  }
}
