package io.fairlead.libp2p.host;

import io.fairlead.core.unit.Limit;

/**
 * How much peers may take together and each.
 *
 * @param system of all peers
 * @param peer of one peer
 * @param protocol streams of one protocol
 * @param protocolOfPeer streams of one protocol with one peer
 * @param connection streams of one connection
 */
public record ResourceSettings(
    Share system, Share peer, Limit protocol, Limit protocolOfPeer, Limit connection) {
  /**
   * Bounds of one scope.
   *
   * @param connectionsIn connections that peers opened
   * @param connectionsOut connections that we opened
   * @param connections both together
   * @param streams streams of either side
   */
  public record Share(
      Limit connectionsIn, Limit connectionsOut, Limit connections, Limit streams) {}

  public static final ResourceSettings DEFAULTS =
      new ResourceSettings(
          new Share(
              Limit.atMost(2048), Limit.atMost(4096), Limit.atMost(6144), Limit.atMost(16_384)),
          new Share(Limit.atMost(8), Limit.atMost(8), Limit.atMost(8), Limit.atMost(256)),
          Limit.atMost(8192),
          Limit.atMost(128),
          Limit.atMost(256));
}
