package io.fairlead.relay.reservation;

import io.fairlead.libp2p.key.PeerId;
import org.jspecify.annotations.Nullable;

/** A relay keeps no place for this node; {@link #failure} says why. */
public final class ReservationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient PeerId relay;
  private final transient ReservationFailure failure;

  public ReservationException(PeerId relay, ReservationFailure failure, @Nullable Throwable cause) {
    super(relay + ": " + failure, cause, false, false); // expected of relays: no stack
    this.relay = relay;
    this.failure = failure;
  }

  public PeerId relay() {
    return relay;
  }

  public ReservationFailure failure() {
    return failure;
  }
}
