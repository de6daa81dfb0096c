/**
 * The identity of a node: an Ed25519 public key, the same on every path that carries traffic.
 *
 * <p>Start with {@link io.fairlead.core.identity.NodeKey}; {@link
 * io.fairlead.core.identity.PeerIds} knows its text form, the libp2p peer id.
 *
 * <p>Invariants: two texts for one key are one {@link io.fairlead.core.identity.NodeKey}; nothing
 * here holds or reads a private key.
 */
@NullMarked
package io.fairlead.core.identity;

import org.jspecify.annotations.NullMarked;
