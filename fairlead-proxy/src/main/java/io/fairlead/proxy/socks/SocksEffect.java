package io.fairlead.proxy.socks;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Secret;
import io.fairlead.proxy.codec.SocksMessage;
import io.fairlead.proxy.codec.SocksReply;
import io.fairlead.proxy.forward.Refusal;

/** What a SOCKS handshake wants done. */
public sealed interface SocksEffect {
  record Send(SocksReply reply) implements SocksEffect {}

  /** Check these; answered by Authenticated or AuthRefused. */
  record Authenticate(String user, Secret password) implements SocksEffect {}

  /** Check that this account exists (version 4 has no password); answered as Authenticate. */
  record AuthenticateUserid(String userid) implements SocksEffect {}

  /** Decide and dial; answered by Opened or OpenRefused. */
  record OpenFlow(Destination.HostPort destination) implements SocksEffect {}

  /** Wait for one connection; answered by Listening, then Opened, or OpenRefused. */
  record Listen(SocksMessage.Bind5 request) implements SocksEffect {}

  /** Relay datagrams; answered by Associated or OpenRefused. */
  record Associate(SocksMessage.Associate5 request) implements SocksEffect {}

  /** Relay from now on. */
  record Join() implements SocksEffect {}

  /** Count this refusal. */
  record Rejected(Refusal refusal) implements SocksEffect {}

  /** No more reading for sense: flush what was sent, then close within ten seconds. */
  record CloseAfterFlush() implements SocksEffect {}

  /** Hold the connection without an answer, then close. */
  record Tarpit() implements SocksEffect {}

  record Close() implements SocksEffect {}
}
