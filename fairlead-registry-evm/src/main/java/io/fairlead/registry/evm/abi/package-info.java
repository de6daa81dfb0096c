/**
 * The contract ABI as far as a reader of registries needs it: types from their text, values to and
 * from bytes, selectors and topics.
 *
 * <p>Start with {@link io.fairlead.registry.evm.abi.AbiType}, then {@link
 * io.fairlead.registry.evm.abi.AbiReader} and {@link io.fairlead.registry.evm.abi.AbiWriter}. Pure
 * functions over byte arrays.
 *
 * <p>Invariants: whatever the bytes, reading ends with values or with {@link
 * io.fairlead.registry.evm.abi.BadAbiException}; it allocates no more than the bytes could hold,
 * because no word of them is read twice.
 *
 * @see <a href="https://docs.soliditylang.org/en/latest/abi-spec.html">Contract ABI
 *     Specification</a>
 */
@NullMarked
package io.fairlead.registry.evm.abi;

import org.jspecify.annotations.NullMarked;
