package io.fairlead.registry.evm;

/** The chains of a configuration. */
@FunctionalInterface
public interface Chains {
  /**
   * Opens a chain for one reader, who closes it. Connects to nobody yet.
   *
   * @param id name under {@code pubsub.chains}
   */
  ChainReader open(String id);
}
