package io.fairlead.proxy.socks;

import io.fairlead.proxy.codec.SocksMessage;
import io.fairlead.proxy.forward.Refusal;
import java.net.InetSocketAddress;
import java.util.Optional;

/** What happens to a SOCKS handshake. */
public sealed interface SocksInput {
  /** The client said something. */
  record Received(SocksMessage message) implements SocksInput {}

  /** The credentials are good and their principal may log in. */
  record Authenticated(String user) implements SocksInput {}

  /** They are not, or it may not. */
  record AuthRefused(Refusal refusal) implements SocksInput {}

  /**
   * The way is open.
   *
   * @param local address of the outbound socket; of a connection that was waited for, its other
   *     end; empty when it has none to tell
   */
  record Opened(Optional<InetSocketAddress> local) implements SocksInput {}

  /** A connection can be made to there. */
  record Listening(InetSocketAddress local) implements SocksInput {}

  /** Datagrams can be sent to there. */
  record Associated(InetSocketAddress relay) implements SocksInput {}

  record OpenRefused(Refusal refusal) implements SocksInput {}

  /** The client took too long over its part. */
  record TimedOut() implements SocksInput {}

  /** The client's connection ended. */
  record PeerGone() implements SocksInput {}
}
