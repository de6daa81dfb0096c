/**
 * Who may use the control API: a pure decision on a request's head and the door it came by.
 *
 * <p>Start with {@link io.fairlead.control.access.Gatekeeper}, then {@link
 * io.fairlead.control.access.AccessPolicy} (the decision) and {@link
 * io.fairlead.control.access.Knock} (all it looks at). {@link io.fairlead.control.access.PeerProof}
 * finds who owns the other end of a loopback connection; {@link
 * io.fairlead.control.access.ControlToken} and {@link io.fairlead.control.access.NamedToken} are
 * the secrets of everyone else, {@link io.fairlead.control.access.Sessions} remembers who logged in
 * and {@link io.fairlead.control.access.AttemptThrottle} who guessed.
 *
 * <p>Invariants: loopback is not a trust boundary, a browser on this machine is an attacker; what
 * cannot be proven is refused.
 */
@NullMarked
package io.fairlead.control.access;

import org.jspecify.annotations.NullMarked;
