package io.fairlead.proxy.stream;

import io.fairlead.core.access.Principal;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.AgreedTls;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts streams and refusals; tells onlookers and the access log of each stream's end.
 * Thread-safe.
 */
public final class StreamJournal {
  private final EventBus events;
  private final Meters meters;
  private final Clock clock;
  private final AccessLog access;
  private final Timer durations;
  private final Counter full;
  private final Counter hellos;
  private final Counter bandwidth;
  private final Map<String, Counter> refused = new ConcurrentHashMap<>();
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong sessionIds = new AtomicLong(-1); // never one of a connection
  private final Object idle = new Object();

  public StreamJournal(EventBus events, Meters meters, Clock clock, AccessLog access) {
    this.access = access;
    this.events = events;
    this.meters = meters;
    this.clock = clock;
    meters.gauge("proxy.streams", "L4 streams open.", live::get);
    durations = meters.timer("proxy.stream.duration", "How long L4 streams lasted.");
    full = limit("stream_connections");
    hellos = limit("client_hello");
    bandwidth = limit("bandwidth");
  }

  private Counter limit(String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }

  public Clock clock() {
    return clock;
  }

  /** A stream rested, so as not to be faster than its rate. */
  public void rested() {
    bandwidth.increment();
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
    if (access.on()) {
      log(
          Long.toString(connection.id()),
          connection.listener(),
          service,
          stream.route(),
          new AccessEntry.Client(
              connection.remoteText(),
              connection.principal().id(),
              AgreedTls.of(stream.channel()),
              "",
              ""),
          AccessEntry.Asked.stream(connection.kind(), stream.destination().toString()),
          new AccessEntry.Outcome(-1, receivedBytes, sentBytes, lastedNanos, Optional.of(reason)));
    }
    if (live.decrementAndGet() == 0) {
      synchronized (idle) {
        idle.notifyAll();
      }
    }
  }

  /**
   * A UDP session has ended.
   *
   * @param client where it came from
   * @param receivedBytes from the client
   * @param sentBytes to the client
   */
  public void sessionClosed(
      String service,
      String client,
      Destination destination,
      long receivedBytes,
      long sentBytes,
      long openedAtNanos,
      String reason) {
    long id = sessionIds.getAndDecrement();
    long lastedNanos = clock.nanos() - openedAtNanos;
    if (access.on()) {
      log(
          Long.toString(id),
          "",
          service,
          "",
          new AccessEntry.Client(client, Principal.ANONYMOUS.id(), "", "", ""),
          AccessEntry.Asked.stream("udp", destination.toString()),
          new AccessEntry.Outcome(-1, receivedBytes, sentBytes, lastedNanos, Optional.of(reason)));
    }
    events.publish(
        new GatewayEvent.FlowClosed(
            clock.wall(),
            id,
            service,
            Principal.ANONYMOUS.id(),
            destination.toString(),
            sentBytes,
            receivedBytes,
            Duration.ofNanos(lastedNanos),
            reason,
            Optional.empty()));
  }

  private void log(
      String id,
      String listener,
      String service,
      String route,
      AccessEntry.Client client,
      AccessEntry.Asked asked,
      AccessEntry.Outcome outcome) {
    access.write(
        new AccessEntry(
            AccessEntry.Kind.STREAM,
            clock.wall(),
            id,
            listener,
            service,
            route,
            client,
            asked,
            outcome,
            new AccessEntry.Upstream(asked.host(), -1, 1, -1, -1)));
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
