package io.fairlead.proxy.stream;

import io.fairlead.core.access.Principal;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.live.LiveConnection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Counts streams and refusals, and tells onlookers of each stream's end. Thread-safe. */
public final class StreamJournal {
  private final EventBus events;
  private final Meters meters;
  private final Clock clock;
  private final Timer durations;
  private final Counter full;
  private final Counter hellos;
  private final Map<String, Counter> refused = new ConcurrentHashMap<>();
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong sessionIds = new AtomicLong(-1); // never one of a connection
  private final Object idle = new Object();

  public StreamJournal(EventBus events, Meters meters, Clock clock) {
    this.events = events;
    this.meters = meters;
    this.clock = clock;
    meters.gauge("proxy.streams", "L4 streams open.", live::get);
    durations = meters.timer("proxy.stream.duration", "How long L4 streams lasted.");
    full = limit("stream_connections");
    hellos = limit("client_hello");
  }

  private Counter limit(String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }

  public Clock clock() {
    return clock;
  }

  /** L4 streams open now. */
  public long live() {
    return live.get();
  }

  public void opened() {
    live.incrementAndGet();
  }

  /**
   * A stream that was {@link #opened} has ended.
   *
   * @param receivedBytes from the client
   * @param sentBytes to the client
   * @param reason stable snake_case word
   */
  public void closed(
      String service, Stream stream, long receivedBytes, long sentBytes, String reason) {
    LiveConnection connection = stream.connection();
    long lastedNanos = clock.nanos() - stream.openedAtNanos();
    durations.record(lastedNanos, TimeUnit.NANOSECONDS);
    events.publish(
        new GatewayEvent.FlowClosed(
            clock.wall(),
            connection.id(),
            service,
            connection.principal().id(),
            stream.destination().toString(),
            sentBytes,
            receivedBytes,
            Duration.ofNanos(lastedNanos),
            reason,
            connection.principal().entry()));
    if (live.decrementAndGet() == 0) {
      synchronized (idle) {
        idle.notifyAll();
      }
    }
  }

  /**
   * A UDP session has ended.
   *
   * @param receivedBytes from the client
   * @param sentBytes to the client
   */
  public void sessionClosed(
      String service,
      Destination destination,
      long receivedBytes,
      long sentBytes,
      long openedAtNanos,
      String reason) {
    events.publish(
        new GatewayEvent.FlowClosed(
            clock.wall(),
            sessionIds.getAndDecrement(),
            service,
            Principal.ANONYMOUS.id(),
            destination.toString(),
            sentBytes,
            receivedBytes,
            Duration.ofNanos(clock.nanos() - openedAtNanos),
            reason,
            Optional.empty()));
  }

  /**
   * A client was turned away.
   *
   * @param reason stable snake_case word out of a small set
   */
  public void refused(String reason) {
    refused
        .computeIfAbsent(
            reason,
            word ->
                meters.counter("proxy.stream.rejected", "L4 streams turned away.", "reason", word))
        .increment();
  }

  /** More streams than the service may have. */
  public void full() {
    full.increment();
    refused("connections");
  }

  /** A client whose first bytes were too many, or came too slowly. */
  public void helloBound() {
    hellos.increment();
  }

  /** Waits until no stream is open, or the deadline. */
  void awaitIdle(Deadline deadline) throws InterruptedException {
    synchronized (idle) {
      while (live.get() > 0 && !deadline.passed()) {
        idle.wait(Math.max(1, deadline.remaining().toMillis()));
      }
    }
  }
}
