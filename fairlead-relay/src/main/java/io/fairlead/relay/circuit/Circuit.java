package io.fairlead.relay.circuit;

import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.relay.reservation.CircuitLimit;
import io.netty.util.AttributeKey;
import java.util.Optional;

/**
 * The way a connection takes.
 *
 * @param relay who forwards it
 * @param limit what the relay says it may take
 */
public record Circuit(PeerId relay, CircuitLimit limit) {
  private static final AttributeKey<Circuit> KEY = AttributeKey.valueOf(Circuit.class, "circuit");

  /** The way of a connection; empty when it leads through no relay. */
  public static Optional<Circuit> of(Connection connection) {
    return of(connection.wire());
  }

  /** The same of a connection that is not the node's yet. */
  public static Optional<Circuit> of(PeerConnection wire) {
    return Optional.ofNullable(wire.channel().attr(KEY).get());
  }

  void mark(io.netty.channel.Channel channel) {
    channel.attr(KEY).set(this);
  }
}
