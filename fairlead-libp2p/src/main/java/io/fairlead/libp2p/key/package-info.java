/**
 * Who a peer is: keys of the four kinds, the peer ids made of them, and what they sign.
 *
 * <p>Start with {@link io.fairlead.libp2p.key.PrivateKey} and {@link
 * io.fairlead.libp2p.key.PublicKey}, then {@link io.fairlead.libp2p.key.PeerId}. {@link
 * io.fairlead.libp2p.key.SignedEnvelope} is a signature that travels; {@link
 * io.fairlead.libp2p.key.IdentityFile} keeps a node's own key.
 *
 * <p>Invariants: a key that exists can be used; one that cannot is an {@link
 * io.fairlead.libp2p.key.UnusableKeyException}. Ids and keys are immutable and compare by their
 * bytes. Ed25519, RSA and ECDSA come from the platform; secp256k1 from Bouncy Castle, which is
 * loaded with the first such key.
 */
@NullMarked
package io.fairlead.libp2p.key;

import org.jspecify.annotations.NullMarked;
