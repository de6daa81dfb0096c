package io.fairlead.registry.evm;

/** The chains of a configuration. */
@FunctionalInterface
public interface Chains {
  /** Opens the chain of a source for that source, which closes it. Connects to nobody yet. */
  ChainReader open(EvmSettings source);
}
