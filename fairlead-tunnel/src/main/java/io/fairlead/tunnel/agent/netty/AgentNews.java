package io.fairlead.tunnel.agent.netty;

import java.util.List;

/** Hears how an agent fares. On its home loop; must not block. */
public interface AgentNews {
  /** Nobody listens. */
  AgentNews NONE = new AgentNews() {};

  /** It has its first carrier, or lost its last one. */
  default void connected(boolean now) {}

  /** A service can be reached there. */
  default void exposed(String service, List<String> at) {}

  /** The server does not take a service, or, with an empty name, the agent. */
  default void refused(String service, String code, String text) {}
}
