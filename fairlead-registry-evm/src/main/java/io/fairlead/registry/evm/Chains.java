package io.fairlead.registry.evm;

import io.fairlead.core.config.ConfigException;

/** The chains of a configuration. */
@FunctionalInterface
public interface Chains {
  /**
   * Opens the chain of a source for that source, which closes it. Connects to nobody yet.
   *
   * @throws ConfigException a file that the chain's endpoints name cannot be used
   */
  ChainReader open(EvmSettings source) throws ConfigException;
}
