package io.fairlead.proxy.forward;

import java.util.Optional;

/** What happens to one CONNECT. */
public sealed interface ConnectInput {
  /**
   * The head arrived.
   *
   * @param target request-target as received
   * @param framed whether a field announces a body
   * @param proxyAuthorization the field's value
   */
  record Requested(String target, boolean framed, Optional<String> proxyAuthorization)
      implements ConnectInput {}

  /** The credentials are good and their principal may log in. */
  record Authenticated(String user) implements ConnectInput {}

  /** They are not, or it may not. */
  record AuthRefused(Refusal refusal) implements ConnectInput {}

  /** The way is open. */
  record Opened() implements ConnectInput {}

  record OpenRefused(Refusal refusal) implements ConnectInput {}

  /** The client's connection ended. */
  record PeerGone() implements ConnectInput {}
}
