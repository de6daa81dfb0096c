package io.fairlead.proxy.stream;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What UDP sessions count. Thread-safe. */
public final class DatagramMeters {
  /** Why a datagram went no further. */
  public enum Drop {
    /** Its sender may not come. */
    ACL,
    NO_ROUTE,
    NO_ENDPOINT,
    /** Too many wait for the server's address. */
    QUEUE_FULL,
    TOO_LONG,
    /** The socket takes no more at the moment. */
    SEND_BUFFER_FULL,
    /** No port to answer to. */
    SOURCE,
    /** The server's address could not be had. */
    UNREACHABLE
  }

  private final Map<Drop, Counter> dropped = new EnumMap<>(Drop.class);
  private final Counter received;
  private final Counter sent;
  private final Counter evicted;
  private final Counter queues;
  private final AtomicLong sessions = new AtomicLong();

  public DatagramMeters(Meters meters) {
    meters.gauge("proxy.stream.sessions", "UDP sessions open.", sessions::get);
    String help = "Datagrams passed on.";
    received = meters.counter("proxy.stream.datagrams", help, "direction", "received");
    sent = meters.counter("proxy.stream.datagrams", help, "direction", "sent");
    for (Drop drop : Drop.values()) {
      dropped.put(
          drop,
          meters.counter(
              "proxy.stream.datagrams.dropped",
              "Datagrams that went no further.",
              "reason",
              drop.name().toLowerCase(Locale.ROOT)));
    }
    evicted = limit(meters, "stream_sessions");
    queues = limit(meters, "stream_session_queue");
  }

  private static Counter limit(Meters meters, String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }

  /** Sessions open now. */
  public long sessions() {
    return sessions.get();
  }

  public void opened() {
    sessions.incrementAndGet();
  }

  public void closed() {
    sessions.decrementAndGet();
  }

  /** A session made room for another. */
  public void evicted() {
    evicted.increment();
  }

  /** From a client. */
  public void received() {
    received.increment();
  }

  /** To a client. */
  public void sent() {
    sent.increment();
  }

  public void dropped(Drop reason) {
    Counter counter = dropped.get(reason);
    if (counter != null) counter.increment();
    if (reason == Drop.QUEUE_FULL) queues.increment();
  }
}
