package io.fairlead.proxy.forward;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.auth.BasicCredentials;

/** What one CONNECT wants done. */
public sealed interface ConnectEffect {
  /** Check these; answered by Authenticated or AuthRefused. */
  record Authenticate(BasicCredentials credentials) implements ConnectEffect {}

  /** Decide and dial; answered by Opened or OpenRefused. */
  record OpenFlow(Destination.HostPort destination) implements ConnectEffect {}

  /** Answer 200 and relay from now on. */
  record Join() implements ConnectEffect {}

  /** Answer with this. */
  record Refuse(Refusal refusal) implements ConnectEffect {}

  /** Hold the connection without an answer, then close. */
  record Tarpit() implements ConnectEffect {}

  /** Give up what is under way; nobody is there to hear an answer. */
  record Abandon() implements ConnectEffect {}
}
