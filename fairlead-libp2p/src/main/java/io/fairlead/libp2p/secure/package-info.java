/**
 * Secure channels: a handshake after which both sides know each other's peer id, and everything
 * behind it is encrypted.
 *
 * <p>Start with {@link io.fairlead.libp2p.secure.SecureProtocol}; {@link
 * io.fairlead.libp2p.secure.Secured} is what a handshake ends with.
 *
 * <p>Invariants: no byte of a peer passes before its identity was checked; a handshake that fails
 * closes the connection without a reply; nothing expensive runs on an event loop.
 */
@NullMarked
package io.fairlead.libp2p.secure;

import org.jspecify.annotations.NullMarked;
