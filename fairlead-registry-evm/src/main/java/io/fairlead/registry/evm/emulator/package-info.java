/**
 * A small stand-in for a development node: one contract, {@code ProxyRegistry}, on a chain of its
 * own inside this process. There is no virtual machine in it; the contract is written once more in
 * Java, and a test compares it with the compiled one on a real node.
 *
 * <p>Start with {@link io.fairlead.registry.evm.emulator.ChainEmulator} (blocks and JSON-RPC), then
 * {@link io.fairlead.registry.evm.emulator.EmulatedContract} (what the contract does) and {@link
 * io.fairlead.registry.evm.emulator.EmulatorServer} (the same over HTTP, on loopback).
 *
 * <p>Invariants: it says what it is when it is asked for its version; it listens on loopback only;
 * what it does not know it refuses with an error and never answers by a guess.
 */
@NullMarked
package io.fairlead.registry.evm.emulator;

import org.jspecify.annotations.NullMarked;
