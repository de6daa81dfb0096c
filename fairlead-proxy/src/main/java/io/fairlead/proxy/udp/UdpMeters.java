package io.fairlead.proxy.udp;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Figures of all associations. Thread-safe. */
public final class UdpMeters {
  /** Why a datagram went nowhere. */
  public enum Drop {
    /** It did not come from the client of the association. */
    FOREIGN_SOURCE,
    FRAGMENT,
    MALFORMED,
    /** A rule forbids its destination, or only another proxy leads there. */
    DENIED,
    UNRESOLVED,
    QUEUE_FULL,
    SEND_BUFFER_FULL,
    /** An answer of somebody the client never sent to. */
    UNSOLICITED,
    /** An answer before the client said where it is. */
    NO_CLIENT_YET
  }

  private final AtomicLong associations = new AtomicLong();
  private final Map<Drop, Counter> dropped = new EnumMap<>(Drop.class);
  private final Counter toRemotes;
  private final Counter toClients;
  private final Counter refused;
  private final Counter forgotten;
  private final Counter pushedOut;
  private final Counter idle;
  private final Counter talkative;

  public UdpMeters(Meters meters) {
    meters.gauge("proxy.udp.associations", "UDP associations open now.", associations::get);
    for (Drop drop : Drop.values()) {
      dropped.put(
          drop,
          meters.counter(
              "proxy.udp.dropped",
              "Datagrams of associations that were dropped.",
              "reason",
              drop.name().toLowerCase(Locale.ROOT)));
    }
    String help = "Datagrams of associations that were passed on.";
    toRemotes = meters.counter("proxy.udp.datagrams", help, "direction", "sent");
    toClients = meters.counter("proxy.udp.datagrams", help, "direction", "received");
    refused = limit(meters, "udp_associations");
    forgotten = limit(meters, "udp_remotes");
    pushedOut = limit(meters, "udp_queue");
    idle = limit(meters, "udp_idle");
    talkative = limit(meters, "udp_control_bytes");
  }

  private static Counter limit(Meters meters, String name) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", name);
  }

  void opened() {
    associations.incrementAndGet();
  }

  void closed() {
    associations.decrementAndGet();
  }

  /** One more association was asked for than there may be. */
  public void limited() {
    refused.increment();
  }

  /** An association said more over its TCP connection than it may. */
  public void talkative() {
    talkative.increment();
  }

  /** An association was quiet for too long. */
  void idle() {
    idle.increment();
  }

  /** A destination was forgotten for another. */
  void forgotten() {
    forgotten.increment();
  }

  void passedToRemote() {
    toRemotes.increment();
  }

  void passedToClient() {
    toClients.increment();
  }

  void dropped(Drop drop) {
    Counter counter = dropped.get(drop);
    if (counter != null) counter.increment();
    if (drop == Drop.QUEUE_FULL) pushedOut.increment();
  }
}
