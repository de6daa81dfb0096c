package io.fairlead.net.auth;

import java.net.InetAddress;
import java.util.concurrent.CompletionStage;

/** Checks credentials. Any thread may ask; asking never blocks. */
public interface Authenticator {
  /**
   * Checks one pair.
   *
   * @param peer where the attempt comes from, for throttling
   * @return never fails; completes at once or on a thread that is not an event loop
   */
  CompletionStage<AuthResult> authenticate(Credentials credentials, InetAddress peer);
}
