package io.fairlead.relay.circuit;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;

/** Counts circuits of this node. Thread-safe. */
public final class CircuitMeters {
  private static final String NAME = "relay.circuits";
  private static final String HELP =
      "Connections through relays, by who asked for them, and how many were refused.";

  private final Counter dialled;
  private final Counter refused;
  private final Counter accepted;
  private final Counter denied;

  public CircuitMeters(Meters meters) {
    this.dialled = meters.counter(NAME, HELP, "type", "dialled");
    this.refused = meters.counter(NAME, HELP, "type", "dial_refused");
    this.accepted = meters.counter(NAME, HELP, "type", "accepted");
    this.denied = meters.counter(NAME, HELP, "type", "accept_refused");
  }

  void dialled() {
    dialled.increment();
  }

  void refused() {
    refused.increment();
  }

  void accepted() {
    accepted.increment();
  }

  void denied() {
    denied.increment();
  }
}
