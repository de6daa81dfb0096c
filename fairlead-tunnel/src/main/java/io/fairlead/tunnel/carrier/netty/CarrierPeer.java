package io.fairlead.tunnel.carrier.netty;

/**
 * Carriers that are streams between libp2p peers: whom the handshake of their connection showed is
 * who they are, and no proof is asked for. Names of their protocols.
 */
public final class CarrierPeer {
  /** The agent serves. */
  public static final String AGENT = "/fairlead/tunnel/1";

  /** Whoever dialled opens streams. */
  public static final String VISITOR = "/fairlead/tunnel-visitor/1";

  private CarrierPeer() {}

  /** The protocol that speaks one of {@link CarrierTls}'s. */
  public static String protocol(String secured) {
    return secured.equals(CarrierTls.VISITOR) ? VISITOR : AGENT;
  }

  /** The other way round. */
  public static String secured(String protocol) {
    return protocol.equals(VISITOR) ? CarrierTls.VISITOR : CarrierTls.AGENT;
  }
}
