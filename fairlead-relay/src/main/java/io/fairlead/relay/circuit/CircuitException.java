package io.fairlead.relay.circuit;

import io.fairlead.relay.codec.CircuitStatus;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A relay did not connect this node with another. */
public final class CircuitException extends IOException {
  private static final long serialVersionUID = 1;

  private final @Nullable CircuitStatus status;

  CircuitException(String message, @Nullable CircuitStatus status, @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** What the relay said; empty when it said nothing, or nothing that is known. */
  public Optional<CircuitStatus> status() {
    return Optional.ofNullable(status);
  }
}
