package io.fairlead.tunnel.server.netty;

import io.fairlead.core.access.Principal;
import io.fairlead.core.time.Clock;
import io.fairlead.tunnel.session.Grants;
import io.fairlead.tunnel.session.Logins;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of an agent, over all its carriers. Carriers come and go on the hub's thread; everything
 * else may be asked by any thread.
 */
final class AgentSession {
  static final int CARRIERS_MAX = 32;

  /** What a carrier of the user's loop may have more to do than another. */
  private static final long NEAR_BYTES = 64 * 1024;

  private final String name;
  private final String run;
  private final Logins.Credential used;
  private final Principal principal;
  private final long sinceNanos;
  private final Throttle throttle;
  private final CopyOnWriteArrayList<ServerCarrier> carriers = new CopyOnWriteArrayList<>();
  private final AtomicLong streams = new AtomicLong();
  private volatile Grants grants;
  private volatile boolean over;
  private int absences; // hub's thread

  /**
   * @param run the same for all carriers of one run
   */
  AgentSession(Logins.Outcome.Admitted who, String run, Clock clock) {
    this.name = who.agent();
    this.run = run;
    this.used = who.used();
    this.principal = who.principal();
    this.grants = who.grants();
    this.throttle = new Throttle(clock);
    this.sinceNanos = clock.nanos();
    throttle.limit(who.grants().bandwidth());
  }

  String name() {
    return name;
  }

  String run() {
    return run;
  }

  /** What it proved when it came. */
  Logins.Credential used() {
    return used;
  }

  Principal principal() {
    return principal;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  Grants grants() {
    return grants;
  }

  void grants(Grants next) {
    grants = next;
    throttle.limit(next.bandwidth());
  }

  Throttle throttle() {
    return throttle;
  }

  List<ServerCarrier> carriers() {
    return carriers;
  }

  boolean over() {
    return over;
  }

  /** Whether a stream may be tried. */
  boolean ready() {
    return !over && !carriers.isEmpty();
  }

  /** Whether a stream would be taken now: not all of its carriers are about to end. */
  boolean takes() {
    if (over) return false;
    for (ServerCarrier carrier : carriers) if (carrier.takes()) return true;
    return false;
  }

  /** Takes a place for a stream, if the agent may have one more. */
  boolean enter() {
    if (streams.incrementAndGet() <= grants.streams()) return true;
    streams.decrementAndGet();
    return false;
  }

  void leave() {
    streams.decrementAndGet();
  }

  long streams() {
    return streams.get();
  }

  /**
   * The less busy of two carriers that take streams, but one of the user's own loop unless another
   * is a good deal less busy: from loop to loop everything is handed over.
   *
   * @param loop where the user is
   */
  Optional<ServerCarrier> pick(RandomGenerator chance, EventLoop loop) {
    if (over) return Optional.empty();
    List<ServerCarrier> open = new ArrayList<>(carriers.size());
    @Nullable ServerCarrier near = null;
    long least = Long.MAX_VALUE;
    for (ServerCarrier carrier : carriers) {
      if (!carrier.takes()) continue;
      open.add(carrier);
      long load = carrier.load();
      least = Math.min(least, load);
      if (carrier.livesOn(loop) && (near == null || load < near.load())) near = carrier;
    }
    if (open.isEmpty()) return Optional.empty();
    if (open.size() == 1) return Optional.of(open.getFirst());
    if (near != null && near.load() <= 2 * least + NEAR_BYTES) return Optional.of(near);
    int first = chance.nextInt(open.size());
    int second = (first + 1 + chance.nextInt(open.size() - 1)) % open.size();
    ServerCarrier a = open.get(first);
    ServerCarrier b = open.get(second);
    return Optional.of(a.load() <= b.load() ? a : b);
  }

  /** Its last carrier went: the number of this absence. On the hub's thread. */
  int left() {
    return ++absences;
  }

  /** How often its last carrier went. On the hub's thread. */
  int absences() {
    return absences;
  }

  /** Ends it with everything it carries; any thread. */
  void cut(String reason) {
    over = true;
    for (ServerCarrier carrier : carriers) carrier.cut(reason);
  }
}
