/**
 * A general libp2p node as a library: keys and peer ids, addresses, secure and multiplexed
 * connections over TCP and WebSocket, streams as channels.
 */
@NullMarked
package io.fairlead.libp2p;

import org.jspecify.annotations.NullMarked;
