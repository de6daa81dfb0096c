package io.fairlead.libp2p.secure;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Map;

/** Meters of secure channels. Thread-safe. */
public final class SecureMeters {
  private final Meters meters;

  public SecureMeters(Meters meters) {
    this.meters = meters;
  }

  /** What happened to the handshakes of one protocol. */
  Handshakes of(String protocol) {
    return new Handshakes(protocol);
  }

  /** Counters of one protocol. */
  final class Handshakes {
    private final Counter completed;
    private final Map<HandshakeException.Reason, Counter> failed =
        new EnumMap<>(HandshakeException.Reason.class);

    private Handshakes(String protocol) {
      this.completed = counter(protocol, "completed");
      for (HandshakeException.Reason reason : HandshakeException.Reason.values()) {
        failed.put(reason, counter(protocol, reason.word()));
      }
    }

    void completed() {
      completed.increment();
    }

    void failed(HandshakeException.Reason reason) {
      Counter counter = failed.get(reason);
      if (counter != null) counter.increment();
    }

    private Counter counter(String protocol, String result) {
      return meters.counter(
          "libp2p.handshakes",
          "Secure handshakes with peers, by how they ended.",
          "protocol",
          protocol,
          "result",
          result);
    }
  }
}
