/**
 * Who may use the control API: a pure decision on a request's head and the door it came by.
 *
 * <p>Start with {@link io.fairlead.control.access.AccessPolicy}, then {@link
 * io.fairlead.control.access.Knock} (all it looks at). {@link io.fairlead.control.access.PeerProof}
 * finds who owns the other end of a loopback connection; {@link
 * io.fairlead.control.access.ControlToken} is the secret of everyone else.
 *
 * <p>Invariants: loopback is not a trust boundary, a browser on this machine is an attacker; what
 * cannot be proven is refused.
 */
@NullMarked
package io.fairlead.control.access;

import org.jspecify.annotations.NullMarked;
