/**
 * Lists that a contract on an EVM chain keeps.
 *
 * <p>Start with {@link io.fairlead.registry.evm.EvmSource} (one read, in its order), then {@link
 * io.fairlead.registry.evm.EndpointReader} (what one endpoint says), {@link
 * io.fairlead.registry.evm.Agreement} (which of them are believed), {@link
 * io.fairlead.registry.evm.History} (what was read before and whether it still holds) and {@link
 * io.fairlead.registry.evm.Depths} (two depths, one list). A chain is reached through {@link
 * io.fairlead.registry.evm.ChainReader}, which whoever composes the program supplies.
 *
 * <p>Invariants: everything of one list is read at one block hash; a list is whole or not read at
 * all; what leaves does so at the shallow depth, what comes at the deep one; events say when to
 * look and who did it, never what is.
 *
 * <p>Specs: EIP-1474 (calls), EIP-1898 (blocks by hash), ERC-165.
 */
@NullMarked
package io.fairlead.registry.evm;

import org.jspecify.annotations.NullMarked;
