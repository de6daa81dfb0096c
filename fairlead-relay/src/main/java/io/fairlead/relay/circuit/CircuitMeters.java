package io.fairlead.relay.circuit;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts circuits of this node. Thread-safe. */
public final class CircuitMeters {
  /** Circuits that one side asked for, and what passes through them. Thread-safe. */
  static final class Side {
    private final AtomicInteger open = new AtomicInteger();
    private final Counter made;
    private final Counter refused;
    private final Counter receivedBytes;
    private final Counter sentBytes;

    private Side(Meters meters, String side, String refusal) {
      this.made = requests(meters, side);
      this.refused = requests(meters, refusal);
      this.receivedBytes = bytes(meters, side, "received");
      this.sentBytes = bytes(meters, side, "sent");
      meters.gauge(
          "relay.circuits",
          "Connections through relays that are there, by who asked for them.",
          open::get,
          "side",
          side);
    }

    private static Counter requests(Meters meters, String result) {
      return meters.counter(
          "relay.circuit.requests",
          "Connections through relays that were asked for, by who did and what came of it.",
          "result",
          result);
    }

    private static Counter bytes(Meters meters, String side, String direction) {
      return meters.counter(
          "relay.circuit.bytes",
          "Bytes of connections through relays, as the relay sees them.",
          "side",
          side,
          "direction",
          direction);
    }

    /** One is there. */
    void opened(CompletionStage<?> closed) {
      made.increment();
      open.incrementAndGet();
      closed.whenComplete((_, _) -> open.decrementAndGet());
    }

    void refused() {
      refused.increment();
    }

    void received(int bytes) {
      receivedBytes.increment(bytes);
    }

    void sent(int bytes) {
      sentBytes.increment(bytes);
    }
  }

  private final Side dialled;
  private final Side accepted;

  public CircuitMeters(Meters meters) {
    this.dialled = new Side(meters, "dialled", "dial_refused");
    this.accepted = new Side(meters, "accepted", "accept_refused");
  }

  /** Those that this node asked for. */
  Side dialled() {
    return dialled;
  }

  /** Those that others asked for. */
  Side accepted() {
    return accepted;
  }
}
