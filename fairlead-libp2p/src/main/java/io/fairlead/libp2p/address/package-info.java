/**
 * Where a peer can be reached: multiaddrs, what kind of place they name, and the signed record in
 * which a peer publishes its own.
 *
 * <p>Start with {@link io.fairlead.libp2p.address.Multiaddr}, whose parts are {@link
 * io.fairlead.libp2p.address.Component}s of an {@link io.fairlead.libp2p.address.AddressProtocol}.
 *
 * <p>Invariants: an address that exists is well-formed, at most 2,048 bytes and 64 parts long, and
 * its text reads back to the same bytes. Nothing here resolves a name.
 */
@NullMarked
package io.fairlead.libp2p.address;

import org.jspecify.annotations.NullMarked;
