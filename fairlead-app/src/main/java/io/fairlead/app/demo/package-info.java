/**
 * {@code fairlead demo registry}: the product's story in one command, played for real.
 *
 * <p>Start with {@link io.fairlead.app.demo.RegistryDemo} (the acts in their order), then {@link
 * io.fairlead.app.demo.DemoChain} (the node and the contract), {@link
 * io.fairlead.app.demo.DemoWorld} (the gateways) and {@link io.fairlead.app.demo.DemoClient} (one
 * identity on every path). {@link io.fairlead.app.demo.DemoScreen} only prints.
 *
 * <p>Invariants: nothing is shown that did not happen in this run: every time was measured at the
 * client's end of a connection, and the audit line is read from the file. Everything listens on
 * loopback, lives in a temporary folder and ends with the command.
 */
@NullMarked
package io.fairlead.app.demo;

import org.jspecify.annotations.NullMarked;
