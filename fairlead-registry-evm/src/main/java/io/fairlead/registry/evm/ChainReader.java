package io.fairlead.registry.evm;

import java.util.List;

/** A chain as a source reads it. Thread-safe. */
public interface ChainReader extends AutoCloseable {
  /** What every endpoint must answer to {@code eth_chainId}. */
  long chainId();

  /** In the order of the configuration; at least one. */
  List<ChainEndpoint> endpoints();

  /**
   * Tells of new heads, and of logs of a contract; what is told may be missed or repeated.
   *
   * @param contract 20 bytes as {@code 0x…}
   * @param topics first topics of interest
   * @param hint cheap, any thread
   * @return closing it ends the telling
   */
  AutoCloseable onHint(String contract, List<String> topics, Runnable hint);

  /** Ends calls under way. Idempotent. */
  @Override
  void close();
}
