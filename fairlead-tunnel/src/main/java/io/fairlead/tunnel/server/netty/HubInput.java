package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.session.Logins;

/** What the hub hears of. */
sealed interface HubInput {
  record LoggedIn(ServerCarrier carrier, Logins.Outcome.Admitted who, String run)
      implements HubInput {}

  record Said(ServerCarrier carrier, ControlMessage message) implements HubInput {}

  record Lost(ServerCarrier carrier) implements HubInput {}

  /**
   * An agent that was lost did not come back in time.
   *
   * @param absence which of its absences that time was of
   */
  record GraceOver(AgentSession agent, int absence) implements HubInput {}

  /** Other logins, grants or exposures from now on. */
  record Settled(ServerTerms settings) implements HubInput {}

  /** Agents of the former process had their time. */
  record ComeBackOver() implements HubInput {}

  /** Figures and ports are due on disk. */
  record WriteDue() implements HubInput {}

  /** The end: every agent is told to come to somebody else, or cut. */
  record Leave(boolean atOnce) implements HubInput {}
}
