package io.fairlead.relay.service;

import io.fairlead.core.meter.Meters;
import io.fairlead.relay.codec.CircuitStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What the relay counts. Thread-safe. */
final class RelayMeters {
  private final Meters meters;
  private final Counter passedBytes;
  private final Timer duration;
  private final Counter placesOver;
  private final Counter circuitsOver;
  private final Counter circuitTime;
  private final Counter circuitData;

  RelayMeters(
      Meters meters, LongSupplier serving, LongSupplier reservations, LongSupplier circuits) {
    this.meters = meters;
    meters.gauge("relay.service.status", "Whether the node is a relay: 1 or 0.", serving);
    meters.gauge("relay.service.places", "Places kept for peers.", reservations);
    meters.gauge("relay.service.circuits", "Circuits between peers that are there.", circuits);
    for (Change change : Change.values()) counter(change);
    for (Ended ended : Ended.values()) counter(ended);
    for (String type : new String[] {"reservation", "connection"}) {
      for (String status : new String[] {"ok", "rejected", "error"}) answers(type, status);
    }
    for (CircuitStatus status : CircuitStatus.values()) {
      if (status == CircuitStatus.OK) continue;
      refusals("reservation", status);
      refusals("connection", status);
    }
    this.placesOver = rejections("relay_places");
    this.circuitsOver = rejections("relay_circuits");
    this.circuitTime = rejections("relay_circuit_time");
    this.circuitData = rejections("relay_circuit_data");
    this.passedBytes =
        meters.counter(
            "relay.service.data.transferred.bytes", "Bytes passed on, in both directions.");
    this.duration =
        meters.timer("relay.service.connection.duration", "How long circuits were there.");
  }

  /** What became of a place. */
  enum Change {
    OPENED,
    RENEWED,
    CLOSED
  }

  /** What became of a circuit. */
  enum Ended {
    OPENED,
    CLOSED
  }

  private Counter counter(Change change) {
    return meters.counter(
        "relay.service.reservations", "Places given, prolonged and ended.", "type", word(change));
  }

  private Counter counter(Ended ended) {
    return meters.counter(
        "relay.service.connections", "Circuits opened and ended.", "type", word(ended));
  }

  private Counter answers(String type, String status) {
    return meters.counter(
        "relay.service." + type + ".request.response.status",
        "Answers to requests for a " + type + ".",
        "status",
        status);
  }

  private Counter rejections(String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }

  void place(Change change) {
    counter(change).increment();
  }

  void opened() {
    counter(Ended.OPENED).increment();
  }

  void closed(long nanos) {
    counter(Ended.CLOSED).increment();
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A circuit ended, perhaps for one of its bounds. */
  void ended(Relayed.Ending how) {
    switch (how) {
      case DATA_LIMIT -> circuitData.increment();
      case DURATION_LIMIT -> circuitTime.increment();
      case NOT_OPENED, CLOSED, RESET, REVOKED, SHUTDOWN -> {}
    }
  }

  void passed(int bytes) {
    passedBytes.increment(bytes);
  }

  /** A request was answered. */
  void answered(boolean reservation, CircuitStatus status) {
    String type = reservation ? "reservation" : "connection";
    boolean error =
        switch (status) {
          case CONNECTION_FAILED, MALFORMED_MESSAGE, UNEXPECTED_MESSAGE -> true;
          case OK,
              RESERVATION_REFUSED,
              RESOURCE_LIMIT_EXCEEDED,
              PERMISSION_DENIED,
              NO_RESERVATION ->
              false;
        };
    answers(type, status == CircuitStatus.OK ? "ok" : error ? "error" : "rejected").increment();
    if (status == CircuitStatus.OK) return;
    boolean over =
        status == CircuitStatus.RESERVATION_REFUSED
            || status == CircuitStatus.RESOURCE_LIMIT_EXCEEDED;
    if (over) (reservation ? placesOver : circuitsOver).increment();
    refusals(type, status).increment();
  }

  private Counter refusals(String type, CircuitStatus status) {
    return meters.counter(
        "relay.service." + type + ".rejections",
        "Refusals, by what was answered.",
        "reason",
        word(status));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
