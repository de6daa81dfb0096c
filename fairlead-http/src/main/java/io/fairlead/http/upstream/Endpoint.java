package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.http.balance.Load;
import io.fairlead.http.balance.PeakEwma;
import io.fairlead.http.health.EndpointHealth;
import io.fairlead.http.health.HealthState;
import io.fairlead.http.health.Tally;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.live.Severable;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * One server of a cluster while the process knows it. Any thread, but for its health machine, which
 * belongs to the cluster; survives a reload that does not change where it is or whether TLS is
 * spoken.
 */
public final class Endpoint implements Load {
  private static final Duration DECAY = Duration.ofSeconds(10);

  /** What its name, address and kind of speech say; never changes. */
  record Identity(Destination destination, boolean secured) {
    @Override
    public String toString() {
      return (secured ? "https " : "http ") + destination;
    }
  }

  private final Identity identity;
  private final String name;
  private final String authority;
  private final String text;
  private final String id;
  private final AtomicInteger active = new AtomicInteger();
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final PeakEwma latency = new PeakEwma(DECAY);
  private final Tally tally = new Tally();
  private final Set<Severable> streams = ConcurrentHashMap.newKeySet();
  private volatile ForwardPlan.Key key;
  private volatile Seen seen;
  private volatile boolean forbidden;

  // Guarded by the cluster.
  private final EndpointHealth health;
  private long slowSinceNanos;
  private boolean slow;

  /** What others may know of its state. */
  record Seen(HealthState state, String reason, Instant since, String lastCheck) {}

  Endpoint(
      Identity identity, String name, ForwardPlan.Key key, EndpointHealth health, Instant now) {
    this.identity = identity;
    this.name = name;
    this.key = key;
    this.health = health;
    this.authority = authorityOf(identity.destination(), identity.secured());
    this.text = identity.destination().toString();
    this.id = identity.toString();
    this.seen = new Seen(health.state(), "joined", now, "");
  }

  private static String authorityOf(Destination destination, boolean secured) {
    return switch (destination) {
      case Destination.HostPort(String host, int port) when port == (secured ? 443 : 80) ->
          host.indexOf(':') >= 0 ? "[" + host + "]" : host;
      case Destination.HostPort hostPort -> hostPort.toString();
      case Destination.UnixSocket _ -> "localhost";
      case Destination.Peer(String id, _) -> id;
      case Destination.Tunnel(_, String service) -> service;
    };
  }

  /** Which pooled connections lead to it. */
  public ForwardPlan.Key key() {
    return key;
  }

  void key(ForwardPlan.Key next) {
    key = next;
  }

  Identity identity() {
    return identity;
  }

  /** Text of its identity, for hashing. */
  String id() {
    return id;
  }

  /** What operators and figures call it. */
  public String name() {
    return name;
  }

  public Destination destination() {
    return identity.destination();
  }

  public boolean secured() {
    return identity.secured();
  }

  /** What {@code Host} says when the client said nothing. */
  public String authority() {
    return authority;
  }

  /** A request was given to it. */
  public void began() {
    active.incrementAndGet();
    requests.increment();
  }

  /** The head of its response came, or the attempt failed. */
  void measured(long nanos, long nowNanos) {
    latency.observe(nanos, nowNanos);
  }

  /** The request is over. */
  void ended(boolean failed) {
    active.decrementAndGet();
    if (failed) failures.increment();
  }

  /** A stream leads to it from now on, until {@link #streamClosed}. */
  public void streamOpened(Severable stream) {
    streams.add(stream);
  }

  public void streamClosed(Severable stream) {
    streams.remove(stream);
  }

  /** Nobody may talk to it any more, not even over a connection that is being made. */
  void forbid() {
    forbidden = true;
  }

  boolean forbidden() {
    return forbidden;
  }

  /** Ends the streams that lead to it. */
  void cutStreams(String reason) {
    for (Severable stream : streams) stream.cut(reason);
  }

  @Override
  public int inflight() {
    return active.get();
  }

  @Override
  public double latencyNanos(long nowNanos) {
    return Math.max(1, latency.nanos(nowNanos));
  }

  /** Requests in flight. */
  public long active() {
    return active.get();
  }

  /** Requests ever given to it. */
  public long requests() {
    return requests.sum();
  }

  /** Requests that failed because of it. */
  public long failures() {
    return failures.sum();
  }

  public HealthState state() {
    return seen.state();
  }

  Seen seen() {
    return seen;
  }

  void seen(Seen next) {
    seen = next;
  }

  PeakEwma latency() {
    return latency;
  }

  Tally tally() {
    return tally;
  }

  EndpointHealth health() {
    return health;
  }

  /** It begins small. */
  void beginSlowly(long nowNanos) {
    slow = true;
    slowSinceNanos = nowNanos;
  }

  /** Weight it has grown to, at least 1. */
  int grown(int weight, Duration slowStart, long nowNanos) {
    if (!slow) return weight;
    long elapsed = nowNanos - slowSinceNanos;
    if (elapsed >= slowStart.toNanos()) {
      slow = false;
      return weight;
    }
    return Math.max(1, (int) ((double) weight * elapsed / slowStart.toNanos()));
  }

  boolean growing() {
    return slow;
  }

  @Override
  public String toString() {
    return text;
  }
}
