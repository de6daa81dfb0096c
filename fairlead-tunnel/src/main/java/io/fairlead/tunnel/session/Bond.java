package io.fairlead.tunnel.session;

import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.Binary;
import java.util.List;
import java.util.Optional;

/**
 * What a connection itself says of who is at its other end.
 *
 * @param exporter what both ends have in common and nobody else (RFC 9266); 32 zero bytes where
 *     proofs are not bound
 * @param shown the SubjectPublicKeyInfo of the certificate the agent showed
 * @param peer whose key a handshake below proved; no other proof is asked for then
 */
public record Bond(Binary exporter, Optional<Binary> shown, Optional<AgentKey> peer) {
  /** By which an agent may say who it is. */
  public List<String> methods() {
    return peer.isPresent() ? List.of("peer") : List.of("ed25519", "token", "mtls");
  }
}
