package io.fairlead.tunnel.server.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;

/** What an agent says of a destination it did not reach. */
final class AgentFailure {
  private AgentFailure() {}

  static DialException of(Destination destination, String word) {
    return switch (word) {
      case "connect_timeout" ->
          new DialException.TimedOut(destination, "the service did not answer");
      case "no_such_service" ->
          new DialException.Unreachable(destination, false, "the agent has no such service");
      case "host_unreachable", "network_unreachable" ->
          new DialException.Unreachable(destination, false, "the agent cannot reach it");
      case "dns_error" ->
          new DialException.Unresolved(destination, "the agent finds no address for it");
      case "destination_denied" ->
          new DialException.Forbidden(
              destination,
              "the tunnel agent does not connect to that",
              "allow it in tunnels.agent.services.destinations of the agent");
      default -> new DialException.Refused(destination, "the agent says " + word);
    };
  }
}
