/**
 * The libp2p node in the gateway: what the registry says of relays and peers, in the node's words
 * ({@link io.fairlead.app.relay.RelayLists}), streams to peers ({@link
 * io.fairlead.app.relay.PeerDials}) and of peers ({@link io.fairlead.app.relay.PeerClients}), and
 * the node in the control API ({@link io.fairlead.app.relay.RelayArea}).
 */
@NullMarked
package io.fairlead.app.relay;

import org.jspecify.annotations.NullMarked;
