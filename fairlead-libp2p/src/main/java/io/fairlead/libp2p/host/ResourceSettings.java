package io.fairlead.libp2p.host;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.mux.WindowBudget;

/**
 * How much peers may take together and each.
 *
 * @param system of all peers
 * @param peer of one peer
 * @param protocol streams of one protocol
 * @param protocolOfPeer streams of one protocol with one peer
 * @param connection streams of one connection
 * @param memory of receive windows
 */
public record ResourceSettings(
    Share system,
    Share peer,
    Limit protocol,
    Limit protocolOfPeer,
    Limit connection,
    Memory memory) {
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

  /**
   * Memory that receive windows may take beyond their first size, and bytes that wait to be read
   * where those are more.
   *
   * @param system of all peers
   * @param peer of one peer, over all its connections
   */
  public record Memory(ByteSize system, ByteSize peer) {
    private static final ByteSize PEER_MAX = new ByteSize(128L * 1024 * 1024);

    public static final Memory DEFAULTS = new Memory(WindowBudget.defaultLimit(), PEER_MAX);
  }

  /** With the usual bounds of memory. */
  public ResourceSettings(
      Share system, Share peer, Limit protocol, Limit protocolOfPeer, Limit connection) {
    this(system, peer, protocol, protocolOfPeer, connection, Memory.DEFAULTS);
  }

  /** These with other bounds of memory. */
  public ResourceSettings withMemory(Memory bounds) {
    return new ResourceSettings(system, peer, protocol, protocolOfPeer, connection, bounds);
  }

  public static final ResourceSettings DEFAULTS =
      new ResourceSettings(
          new Share(
              Limit.atMost(2048), Limit.atMost(4096), Limit.atMost(6144), Limit.atMost(16_384)),
          new Share(Limit.atMost(8), Limit.atMost(8), Limit.atMost(8), Limit.atMost(256)),
          Limit.atMost(8192),
          Limit.atMost(128),
          Limit.atMost(256));
}
