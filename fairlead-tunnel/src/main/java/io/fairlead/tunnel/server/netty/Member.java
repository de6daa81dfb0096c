package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.Offer;
import java.util.OptionalLong;

/**
 * A service as one agent offers it.
 *
 * @param figures what went through it
 * @param throttle how fast its bytes may go, besides what the agent may
 */
record Member(AgentSession agent, Offer offer, Figures figures, Throttle throttle) {
  /** The slower of what the agent wants and what each of its services may. */
  void limit() {
    OptionalLong wanted = offer.bandwidth();
    OptionalLong allowed = agent.grants().serviceBandwidth();
    throttle.limit(
        wanted.isPresent() && allowed.isPresent()
            ? OptionalLong.of(Math.min(wanted.getAsLong(), allowed.getAsLong()))
            : wanted.isPresent() ? wanted : allowed);
  }

  /** How busy it is. */
  long load() {
    return figures.live();
  }

  @Override
  public String toString() {
    return agent.name() + "/" + offer.name();
  }
}
