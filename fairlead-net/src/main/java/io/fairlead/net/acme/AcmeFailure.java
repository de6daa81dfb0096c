package io.fairlead.net.acme;

import java.time.Instant;
import java.util.Optional;

/** An order that came to nothing. Trying again later may help; the message is for people. */
public final class AcmeFailure extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Optional<Instant> notBefore;

  AcmeFailure(String message, Optional<Instant> notBefore) {
    super(message);
    this.notBefore = notBefore;
  }

  AcmeFailure(String message) {
    this(message, Optional.empty());
  }

  /** A fault of ours. */
  public static AcmeFailure of(RuntimeException bug) {
    return new AcmeFailure("internal: " + bug);
  }

  /** When the server wants to be asked again at the earliest. */
  public Optional<Instant> notBefore() {
    return notBefore;
  }
}
