/**
 * What the forward proxy decides: who may go where, and what a refusal is called in each protocol.
 *
 * <p>Start with {@link Refusal} (every way to say no, as one table), then {@link
 * io.fairlead.net.access.AccessList} (who may go where), then {@link ConnectHandshake} (the machine
 * of one CONNECT), then {@link FlowTable} (what is alive).
 *
 * <p>Invariants: nothing is dialled before authentication; a destination is checked by name before
 * it is resolved and by address before it is dialled. Nothing here does I/O or reads a clock.
 *
 * <p>Spec: RFC 9110 §9.3.6 (CONNECT), §7.6 (Via, hop-by-hop), §11.7 (proxy authentication), RFC
 * 7617.
 */
@NullMarked
package io.fairlead.proxy.forward;

import org.jspecify.annotations.NullMarked;
