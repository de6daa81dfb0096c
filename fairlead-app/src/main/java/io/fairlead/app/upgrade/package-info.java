/**
 * Process upgrade: a running gateway starts its successor, gives it every bound socket, and ends in
 * peace while the successor serves. No connection is refused meanwhile, because the sockets never
 * close.
 *
 * <p>Two machines talk over a {@code net.pass} line: start with {@link
 * io.fairlead.app.upgrade.OfferMachine} (the old process) and {@link
 * io.fairlead.app.upgrade.HeirMachine} (the new one); their messages are {@link
 * io.fairlead.app.upgrade.UpgradeMessage}. {@link io.fairlead.app.upgrade.Offer} and {@link
 * io.fairlead.app.upgrade.Heir} drive them. What the old process owns is an {@link
 * io.fairlead.app.upgrade.Estate}.
 *
 * <p>Invariants: until READY the old process serves as if nothing happened, and everything it gave
 * away is taken back if READY does not come; a store is open in one process at a time; after READY
 * the old process accepts nothing.
 */
@NullMarked
package io.fairlead.app.upgrade;

import org.jspecify.annotations.NullMarked;
