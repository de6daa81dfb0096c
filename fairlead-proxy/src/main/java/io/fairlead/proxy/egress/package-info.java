/**
 * Which way a flow leaves: from which address, through which interface, through which other proxy.
 *
 * <p>Start with {@link EgressConfig} (what can be said), then {@link EgressPlan} (what it comes to
 * for one generation of a service), then {@link WayOut} (a dialer for one flow).
 *
 * <p>Invariants: the access list and the destination guard are asked about the name in any case; a
 * name goes to another proxy unresolved unless a rule of the access list names addresses, then it
 * is resolved here, every address is checked, and the proxy gets a checked address.
 */
@NullMarked
package io.fairlead.proxy.egress;

import org.jspecify.annotations.NullMarked;
