/**
 * The reference contract {@code ProxyRegistry}: how it is called, what it answers, its events and
 * its digest. Its source is {@code contracts/ProxyRegistry.sol}.
 *
 * <p>Start with {@link io.fairlead.registry.evm.contract.RegistryAbi} (calls and answers), then
 * {@link io.fairlead.registry.evm.contract.ProxyRow} (one entry as the chain stores it). {@link
 * io.fairlead.registry.evm.contract.ContractArtifact} is the compiled contract, for those who
 * deploy one. Pure; nothing here talks to a chain.
 *
 * <p>Invariants: a row re-encodes to the bytes the chain hashes; text of a contract stays bytes
 * until somebody needs it as text.
 */
@NullMarked
package io.fairlead.registry.evm.contract;

import org.jspecify.annotations.NullMarked;
