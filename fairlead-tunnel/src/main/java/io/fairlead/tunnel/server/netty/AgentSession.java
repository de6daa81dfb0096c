package io.fairlead.tunnel.server.netty;

import io.fairlead.core.access.Principal;
import io.fairlead.core.time.Clock;
import io.fairlead.tunnel.session.Grants;
import io.fairlead.tunnel.session.Logins;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * One run of an agent, over all its carriers. Carriers come and go on the hub's thread; everything
 * else may be asked by any thread.
 */
final class AgentSession {
  static final int CARRIERS_MAX = 32;

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

  /** The less busy of two carriers that take streams. */
  Optional<ServerCarrier> pick(RandomGenerator chance) {
    List<ServerCarrier> open = carriers.stream().filter(ServerCarrier::takes).toList();
    if (over || open.isEmpty()) return Optional.empty();
    if (open.size() == 1) return Optional.of(open.getFirst());
    int first = chance.nextInt(open.size());
    int second = (first + 1 + chance.nextInt(open.size() - 1)) % open.size();
    ServerCarrier a = open.get(first);
    ServerCarrier b = open.get(second);
    return Optional.of(a.load() <= b.load() ? a : b);
  }

  /** Ends it with everything it carries; any thread. */
  void cut(String reason) {
    over = true;
    for (ServerCarrier carrier : carriers) carrier.cut(reason);
  }
}
