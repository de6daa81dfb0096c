package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import java.util.Optional;

/**
 * User event: the handshake is complete and this is who is at the other end.
 *
 * @param remote the id of {@code key}
 * @param muxer the multiplexer that was agreed on the way; empty means that it is still to be
 *     negotiated
 */
public record Secured(PeerId remote, PublicKey key, Optional<String> muxer) {}
