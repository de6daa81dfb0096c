/**
 * Proofs of who an agent is: signatures and seals over one connection's challenge.
 *
 * <p>Start with {@link io.fairlead.tunnel.proof.Proof}. Invariants: a proof is good for one
 * connection and one name; secrets never print.
 *
 * <p>Spec: RFC 8032 (Ed25519), RFC 2104 (HMAC), RFC 9266 (channel bindings).
 */
@NullMarked
package io.fairlead.tunnel.proof;

import org.jspecify.annotations.NullMarked;
