package io.fairlead.mqtt.trace;

import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.codec.Packet;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The traces that run. Thread-safe. At most {@link #TRACES_MAX} at a time; one that is over can be
 * read until its place is needed.
 */
public final class Traces {
  /** More would cost every packet. */
  public static final int TRACES_MAX = 8;

  private final Clock clock;
  private volatile List<Trace> all = List.of(); // replaced under this
  private volatile boolean idle = true;
  private long lastId; // guarded by this

  public Traces(Clock clock) {
    this.clock = clock;
  }

  /** Whether nobody looks; then {@link #saw} need not be called. */
  public boolean idle() {
    return idle;
  }

  /**
   * Begins one.
   *
   * @return empty: as many as may be run already
   */
  public synchronized Optional<Trace> begin(TraceWish wish) {
    long now = clock.nanos();
    List<Trace> kept = all;
    if (kept.size() == TRACES_MAX) {
      kept = kept.stream().filter(each -> !each.overAt(now)).toList();
      if (kept.size() == TRACES_MAX) return Optional.empty();
    }
    Trace trace = new Trace(++lastId, wish, now + wish.time().toNanos());
    all = Stream.concat(kept.stream(), Stream.of(trace)).toList();
    idle = false;
    return Optional.of(trace);
  }

  /** Those that can be read. */
  public List<Trace> list() {
    return all;
  }

  public Optional<Trace> find(long id) {
    return all.stream().filter(each -> each.id() == id).findFirst();
  }

  /** Lines of a trace with greater numbers than that, in order. */
  public Trace.Page after(Trace trace, long number, int most) {
    return trace.after(number, most, over(trace));
  }

  /** Whether it catches nothing any more. */
  public boolean over(Trace trace) {
    return trace.overAt(clock.nanos()) || !all.contains(trace);
  }

  /** Ends and forgets one; whether there was such a trace. */
  public synchronized boolean end(long id) {
    List<Trace> rest = all.stream().filter(each -> each.id() != id).toList();
    boolean was = rest.size() < all.size();
    all = rest;
    idle = rest.isEmpty();
    return was;
  }

  /**
   * A packet came from a client or went to it; where nobody looks, nothing is done.
   *
   * @param packet not kept
   */
  public void saw(boolean received, String clientId, SocketAddress remote, Packet packet) {
    if (idle) return;
    boolean known = remote instanceof InetSocketAddress inet && inet.getAddress() != null;
    String address = known ? ((InetSocketAddress) remote).getAddress().getHostAddress() : "";
    saw(received, clientId, address, packet);
  }

  /** The same, from an address without its port. */
  public void saw(boolean received, String clientId, String address, Packet packet) {
    Traced traced = new Traced(clock.wall(), received, clientId, address, packet);
    long now = clock.nanos();
    boolean running = false;
    for (Trace trace : all) {
      if (trace.overAt(now)) continue;
      running = true;
      if (trace.wants(traced)) trace.add(traced);
    }
    if (!running) rest(now);
  }

  private synchronized void rest(long now) {
    idle = all.stream().allMatch(each -> each.overAt(now));
  }
}
