package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.Offer;

/**
 * A service as one agent offers it.
 *
 * @param figures what went through it
 */
record Member(AgentSession agent, Offer offer, Figures figures) {
  /** How busy it is. */
  long load() {
    return figures.live();
  }

  @Override
  public String toString() {
    return agent.name() + "/" + offer.name();
  }
}
