/**
 * The way out: resolution, the destination guard, happy eyeballs.
 *
 * <p>Start with {@link io.fairlead.net.dial.DirectDialer}; {@link io.fairlead.net.dial.PolicyGuard}
 * says what may be dialled, {@link io.fairlead.net.dial.NameResolver} turns names into addresses,
 * {@link io.fairlead.net.dial.HappyEyeballs} decides which address is tried when.
 *
 * <p>Invariants: the address that was checked is the one dialled, there is no second lookup; a dial
 * that is over closes whatever still connects.
 *
 * <p>Spec: RFC 8305, RFC 6761 §6.3, RFC 6890.
 */
@NullMarked
package io.fairlead.net.dial;

import org.jspecify.annotations.NullMarked;
