/**
 * Where relays to try come from: lists the operator typed, lists others keep, peers already
 * connected, or whatever a program that embeds us knows.
 *
 * <p>Start with {@link io.fairlead.relay.source.RelayPeerSource}; a {@link
 * io.fairlead.relay.source.RelayPeer} is what it offers.
 *
 * <p>Invariants: a search offers at most what it was asked for and is completed once, also after
 * its cancellation; nothing here dials anybody.
 */
@NullMarked
package io.fairlead.relay.source;

import org.jspecify.annotations.NullMarked;
