package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.health.CheckConfig;
import io.fairlead.http.health.EndpointHealth;
import io.fairlead.http.health.HealthState;
import io.fairlead.http.health.OutlierDetector;
import io.fairlead.http.health.Tally;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.proxyprotocol.Announcement;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one upstream, their health, and who is next. The same object as long as the
 * upstream stays configured, so that a reload forgets nothing.
 *
 * <p>Choosing may be called from any thread and reads one immutable snapshot. Whatever changes the
 * members or their health holds this object's lock for the time of building the next snapshot, and
 * calls nothing foreign meanwhile: a reload and an operator must see their change in effect when
 * the call returns, which a message to an owner could not promise.
 */
public final class Cluster {
  /** A failed attempt counts as this slow, so that failing fast attracts nobody. */
  private static final long FAILURE_NANOS = Duration.ofSeconds(1).toNanos();

  /** What may begin. */
  public enum Entry {
    /** Go on; {@link #leave} when it is over. */
    IN,
    /** All connections are busy: {@link #queue}. */
    BUSY,
    /** Too many requests are under way. */
    FULL,
    /** The cluster mostly fails and is left alone. */
    OPEN
  }

  /** What a configuration makes of it. */
  record Settings(UpstreamConfig config, Dials.Secured tls, int generation, String partition) {}

  private final String id;
  private final Dials dials;
  private final Clock clock;
  private final Randomness randomness;
  private final Stickiness stickiness;
  private final HealthNews news;
  private final Admission admission = new Admission();
  private final RetryBudget budget;
  private volatile Settings settings;
  private volatile Roster roster = Roster.EMPTY;
  private volatile @Nullable ErrorRatio errorRatio;

  // Guarded by this.
  private final Map<Endpoint.Identity, Endpoint> known = new LinkedHashMap<>();
  private Membership membership = Membership.NONE;
  private long sweptAtNanos;
  private long grownAtNanos;
  private boolean started;

  Cluster(
      String id,
      Settings settings,
      Dials dials,
      Stickiness stickiness,
      HealthNews news,
      Clock clock,
      Randomness randomness) {
    this.id = id;
    this.settings = settings;
    this.dials = dials;
    this.stickiness = stickiness;
    this.news = news;
    this.clock = clock;
    this.randomness = randomness;
    this.budget = new RetryBudget(clock);
    this.sweptAtNanos = clock.nanos();
  }

  public String id() {
    return id;
  }

  public ForwardPlan.Timeouts timeouts() {
    return settings.config().timeouts();
  }

  public UpstreamConfig config() {
    return settings.config();
  }

  Settings settings() {
    return settings;
  }

  public List<Endpoint> endpoints() {
    return roster.seats().stream().map(Roster.Seat::endpoint).toList();
  }

  Roster roster() {
    return roster;
  }

  Admission admission() {
    return admission;
  }

  Optional<ErrorRatio> errorRatio() {
    return Optional.ofNullable(errorRatio);
  }

  // ---- a request ---------------------------------------------------------------------------

  /** A request wants to begin. */
  public Entry enter() {
    ErrorRatio ratio = errorRatio;
    if (ratio != null && !ratio.admits(clock.nanos())) return Entry.OPEN;
    return switch (admission.enter(breaker())) {
      case IN -> Entry.IN;
      case BUSY -> Entry.BUSY;
      case FULL -> {
        if (ratio != null) ratio.withdrawn(ratio.term());
        yield Entry.FULL;
      }
    };
  }

  /** What a request that was just let in remembers for {@link #ended}. */
  public int term() {
    ErrorRatio ratio = errorRatio;
    return ratio == null ? 0 : ratio.term();
  }

  /** As {@link #term}, for work that the breaker was not asked about and that is no probe of it. */
  int termUnasked() {
    ErrorRatio ratio = errorRatio;
    if (ratio == null) return 0;
    int term = ratio.term();
    return ratio.state() == ErrorRatio.State.CLOSED ? term : ErrorRatio.NO_TERM;
  }

  /** Where many requests share a connection, how many are busy says nothing. */
  BreakerConfig breaker() {
    UpstreamConfig config = settings.config();
    return switch (config.wire().protocol()) {
      case AUTO, H1 -> config.breaker();
      case H2, H2C -> config.breaker().withoutConnections();
    };
  }

  /**
   * Waits in line for a connection, on the loop of the request.
   *
   * @param admitted runs on the loop when its turn comes; {@link #leave} is owed then
   * @param refused runs on the loop when it takes too long or the line is full
   * @return ends the wait when the client does; on the loop
   */
  public Runnable queue(EventLoop loop, Runnable admitted, Runnable refused) {
    return QueuedRequest.join(this, loop, admitted, refused);
  }

  /** A request is over. */
  public void leave() {
    admission.leave(breaker());
  }

  /** The endpoint whose turn it is; null when there is none. */
  public @Nullable Endpoint pick(long key) {
    budget.earn(settings.config().retry().budgetShare());
    return roster.pick(key);
  }

  /** The endpoint that takes a stream or datagrams; null when there is none. */
  @Nullable Endpoint pick(Traffic traffic, long key) {
    budget.earn(settings.config().retry().budgetShare());
    return roster.pick(traffic, key);
  }

  /** Another one for a stream; null when there is none at all. */
  @Nullable Endpoint pickOther(Traffic traffic, Endpoint failed, long key) {
    return roster.pickOther(traffic, failed, key);
  }

  /** Another endpoint than {@code failed} where there is one; null when there is none at all. */
  public @Nullable Endpoint pickOther(Endpoint failed, long key) {
    return roster.pickOther(failed, key);
  }

  /** The endpoint a client's cookie names, when it takes requests; null otherwise. */
  public @Nullable Endpoint named(String token) {
    Endpoint endpoint = roster.named(token);
    if (endpoint != null) budget.earn(settings.config().retry().budgetShare());
    return endpoint;
  }

  /** What the cookie says to stay with an endpoint; empty when cookies are not wanted. */
  public String token(Endpoint endpoint) {
    return roster.token(endpoint);
  }

  /** Takes one retry of the budget; {@link #endRetry} is owed when it may go on. */
  public boolean beginRetry() {
    UpstreamConfig config = settings.config();
    if (!budget.take(config.retry().budgetPerSecond())) return false;
    return admission.beginRetry(config.breaker().retries());
  }

  public void endRetry() {
    admission.endRetry();
  }

  /** A random delay before attempt {@code attempt} + 1 (full jitter). */
  public Duration backoff(int attempt) {
    RetryConfig retry = settings.config().retry();
    long most = retry.backoffMin().toNanos() << Math.min(20, attempt - 1);
    long bound = Math.min(most, retry.backoffMax().toNanos());
    return bound <= 0
        ? Duration.ZERO
        : Duration.ofNanos(randomness.generator().nextLong(bound + 1));
  }

  /**
   * An endpoint answered.
   *
   * @param startedAtNanos when the attempt began
   */
  public void answered(Endpoint endpoint, long startedAtNanos) {
    long now = clock.nanos();
    endpoint.measured(Math.max(0, now - startedAtNanos), now);
  }

  /**
   * An attempt goes well so far: its connection is there, or its answer has begun.
   *
   * @param term in which its request was let in
   * @return the term to tell {@link #ended} and {@link #abandoned} from now on
   */
  public int goesWell(int term) {
    ErrorRatio ratio = errorRatio;
    return ratio == null ? term : ratio.answered(term);
  }

  /**
   * A stream is connected: all that its endpoint is asked for. {@link #abandoned} is owed when it
   * ends.
   */
  void connected(Endpoint endpoint, int term) {
    ErrorRatio ratio = errorRatio;
    if (ratio != null) ratio.ended(false, term, clock.nanos());
    var _ = endpoint.tally().record(Tally.Outcome.FINE, settings.config().outliers());
  }

  /**
   * An attempt is over that says something about the endpoint.
   *
   * @param term in which its request was let in
   */
  public void ended(Endpoint endpoint, Tally.Outcome outcome, int term) {
    boolean failed = outcome != Tally.Outcome.FINE;
    endpoint.ended(failed);
    if (failed && outcome != Tally.Outcome.SERVER_ERROR) {
      endpoint.measured(FAILURE_NANOS, clock.nanos());
    }
    ErrorRatio ratio = errorRatio;
    if (ratio != null) ratio.ended(failed, term, clock.nanos());
    Optional<Tally.Suspicion> suspicion =
        endpoint.tally().record(outcome, settings.config().outliers());
    if (suspicion.isPresent()) news.suspect(this, endpoint, suspicion.get());
  }

  /**
   * An attempt is over that says nothing about the endpoint: the client left, or it was cut.
   *
   * @param term in which its request was let in
   */
  public void abandoned(Endpoint endpoint, int term) {
    endpoint.ended(false);
    ErrorRatio ratio = errorRatio;
    if (ratio != null) ratio.withdrawn(term);
  }

  /** How its servers are spoken to. */
  public ForwardPlan.Wire wire() {
    return settings.config().wire();
  }

  /** Opens HTTP/1.1 connections to one of its endpoints on the exchange's event loop. */
  Dialer<Channel> dialer(Endpoint endpoint, EventLoop loop, Optional<Preface> preface) {
    return dialer(endpoint, loop, ForwardPlan.Protocol.H1, preface);
  }

  /**
   * Opens connections to one of its endpoints on the exchange's event loop.
   *
   * @param preface what they begin with
   */
  public Dialer<Channel> dialer(
      Endpoint endpoint, EventLoop loop, ForwardPlan.Protocol protocol, Optional<Preface> preface) {
    // Asked for only when no connection is pooled, so nothing is made for the common request.
    Settings now = settings;
    return (destination, timeout) -> {
      Dialer<Channel> dialer =
          endpoint.secured()
              ? now.tls().on(loop, serverName(now.config(), destination), protocol, preface)
              : dials.plain(loop, id, preface);
      return dialer
          .dial(destination, timeout)
          .thenCompose(channel -> stillAllowed(endpoint, channel));
    };
  }

  /** An endpoint may have been revoked while the dial took its time. */
  private static CompletionStage<Channel> stillAllowed(Endpoint endpoint, Channel channel) {
    if (!endpoint.forbidden()) return CompletableFuture.completedStage(channel);
    var _ = channel.close();
    return CompletableFuture.failedStage(
        new DialException.Unreachable(endpoint.destination(), false, "it is no member any more"));
  }

  /** Opens connections for checks: with TLS when that is what they are about. */
  Dialer<Channel> checkDialer(Endpoint endpoint, CheckConfig.Type type, EventLoop loop) {
    Settings now = settings;
    Optional<Preface> own = wire().announces().map(Announcement::ofNobody);
    return switch (type) {
      case GRPC -> dialer(endpoint, loop, ForwardPlan.Protocol.H2, own);
      case HTTP, TCP -> dialer(endpoint, loop, own);
      case TLS ->
          now.tls()
              .on(
                  loop,
                  serverName(now.config(), endpoint.destination()),
                  ForwardPlan.Protocol.H1,
                  own);
    };
  }

  private static String serverName(UpstreamConfig config, Destination destination) {
    if (config.tls().serverName().isPresent()) return config.tls().serverName().get();
    if (config.discovery().isPresent() && config.endpoints().isEmpty()) {
      return config.discovery().get().name();
    }
    return destination instanceof Destination.HostPort(String host, _) ? host : "localhost";
  }

  // ---- changes -----------------------------------------------------------------------------

  /** Makes a configuration hold, and returns the pools nobody needs any more. */
  Set<ForwardPlan.Key> adopt(Settings next, Membership members) {
    List<HealthNews.Change> changes = new ArrayList<>();
    Set<ForwardPlan.Key> gone;
    synchronized (this) {
      boolean checkedDifferently = !settings.config().health().equals(next.config().health());
      settings = next;
      ErrorRatio before = errorRatio;
      errorRatio =
          next.config().breaker().errorRatio().isEmpty()
              ? null
              : before != null && before.config().equals(next.config().breaker().errorRatio().get())
                  ? before
                  : new ErrorRatio(next.config().breaker().errorRatio().get(), clock.nanos());
      if (checkedDifferently) known.values().forEach(endpoint -> endpoint.health().unchecked());
      gone = enroll(members, changes);
    }
    changes.forEach(news::changed);
    return gone;
  }

  /** Makes a change of the members hold, and returns who left. */
  List<Endpoint> enroll(Membership members) {
    List<HealthNews.Change> changes = new ArrayList<>();
    List<Endpoint> left;
    synchronized (this) {
      Set<Endpoint> before = new HashSet<>(known.values());
      enroll(members, changes);
      known.values().forEach(before::remove);
      left = List.copyOf(before);
    }
    changes.forEach(news::changed);
    return left;
  }

  Membership membership() {
    synchronized (this) {
      return membership;
    }
  }

  /** A check ended; those of the endpoint's state follow. */
  void checked(Endpoint endpoint, CheckConfig check, boolean passed, String text) {
    change(
        endpoint,
        "check: " + text,
        text,
        () -> endpoint.health().checked(passed, check.rise(), check.fall()));
  }

  /** Ejects an endpoint unless too many are. */
  void suspected(Endpoint endpoint, Tally.Suspicion suspicion) {
    change(
        endpoint,
        suspicion.word(),
        "",
        () -> {
          if (!known.containsValue(endpoint) || !endpoint.health().state().usable()) return;
          OutlierDetector detector = new OutlierDetector(settings.config().outliers());
          int ejected = 0;
          for (Endpoint other : known.values()) if (other.health().ejected()) ejected++;
          if (!detector.mayEject(known.size(), ejected)) return;
          endpoint.health().eject(detector.ejection(endpoint.health().ejections()), clock.nanos());
          endpoint.tally().clear();
          news.ejected();
        });
  }

  /** Ends ejections, sweeps, lets members grow. */
  void passTime(long nowNanos) {
    List<Endpoint> outliers = new ArrayList<>();
    List<HealthNews.Change> changes = new ArrayList<>();
    synchronized (this) {
      for (Endpoint endpoint : known.values()) {
        HealthState before = endpoint.health().state();
        endpoint.health().passTime(nowNanos);
        // It begins anew: what it was given while it was left alone, and lost, counts no more.
        if (before == HealthState.EJECTED && !endpoint.health().ejected()) endpoint.tally().clear();
        publish(endpoint, before, "ejection over", "", changes);
      }
      if (nowNanos - sweptAtNanos >= settings.config().outliers().sweep().toNanos()) {
        sweptAtNanos = nowNanos;
        List<Endpoint> all = List.copyOf(known.values());
        OutlierDetector detector = new OutlierDetector(settings.config().outliers());
        for (int index : detector.sweep(all.stream().map(Endpoint::tally).toList())) {
          outliers.add(all.get(index));
        }
        for (Endpoint endpoint : all) {
          if (!outliers.contains(endpoint)) endpoint.health().forgive();
        }
      }
      boolean grow = roster.growing() && nowNanos - grownAtNanos >= growEveryNanos();
      if (grow) grownAtNanos = nowNanos;
      if (grow || !changes.isEmpty()) rebuild(roster.seats());
    }
    changes.forEach(news::changed);
    outliers.forEach(outlier -> suspected(outlier, Tally.Suspicion.SUCCESS_RATE));
  }

  private long growEveryNanos() {
    return Math.max(1, settings.config().balance().slowStart().toNanos() / 20);
  }

  private void change(Endpoint endpoint, String reason, String check, Runnable change) {
    List<HealthNews.Change> changes = new ArrayList<>();
    synchronized (this) {
      HealthState before = endpoint.health().state();
      change.run();
      publish(endpoint, before, reason, check, changes);
      if (!changes.isEmpty()) rebuild(roster.seats());
    }
    changes.forEach(news::changed);
  }

  /** Makes a change of state visible. */
  private void publish(
      Endpoint endpoint,
      HealthState before,
      String reason,
      String check,
      List<HealthNews.Change> changes) {
    HealthState after = endpoint.health().state();
    Endpoint.Seen seen = endpoint.seen();
    String lastCheck = check.isEmpty() ? seen.lastCheck() : check;
    if (before == after) {
      endpoint.seen(new Endpoint.Seen(after, seen.reason(), seen.since(), lastCheck));
      return;
    }
    endpoint.seen(new Endpoint.Seen(after, reason, clock.wall(), lastCheck));
    boolean recovered = after.usable() && !before.usable();
    if (recovered && settings.config().balance().slowStart().isPositive()) {
      endpoint.beginSlowly(clock.nanos());
    }
    changes.add(new HealthNews.Change(id, endpoint, before, after, reason));
  }

  private Set<ForwardPlan.Key> enroll(Membership members, List<HealthNews.Change> changes) {
    membership = members;
    Set<ForwardPlan.Key> gone = new HashSet<>();
    for (Endpoint endpoint : known.values()) gone.add(endpoint.key());
    UpstreamConfig config = settings.config();
    Map<Endpoint.Identity, Membership.Wanted> wanted = members.wanted();
    known.keySet().retainAll(wanted.keySet());
    FreeNames names = new FreeNames(known.values());
    List<Roster.Seat> seats = new ArrayList<>();
    for (Map.Entry<Endpoint.Identity, Membership.Wanted> entry : wanted.entrySet()) {
      Endpoint.Identity identity = entry.getKey();
      Membership.Wanted wish = entry.getValue();
      ForwardPlan.Key key =
          new ForwardPlan.Key(
              settings.partition(), identity.destination(), identity.secured() ? "https" : "http");
      Endpoint endpoint = known.get(identity);
      if (endpoint == null) {
        endpoint = join(identity, wish, key, names);
        known.put(identity, endpoint);
      }
      endpoint.key(key);
      HealthState before = endpoint.health().state();
      endpoint.health().draining(wish.draining());
      endpoint.health().down(wish.down());
      publish(endpoint, before, wish.reason(), "", changes);
      gone.remove(key);
      seats.add(
          new Roster.Seat(
              endpoint,
              wish.weight(),
              wish.group(),
              config.balance().sticky().isEmpty()
                  ? ""
                  : stickiness.token(config.balance().sticky().get(), endpoint.id())));
    }
    started = true;
    rebuild(seats);
    return gone;
  }

  private Endpoint join(
      Endpoint.Identity identity, Membership.Wanted wish, ForwardPlan.Key key, FreeNames names) {
    UpstreamConfig config = settings.config();
    HealthState initial = config.health().map(CheckConfig::initial).orElse(HealthState.UNKNOWN);
    Endpoint endpoint =
        new Endpoint(
            identity, names.of(wish.name()), key, new EndpointHealth(initial), clock.wall());
    // Those the process starts with are all new: none of them has anybody to be slower than.
    if (started && config.balance().slowStart().isPositive()) endpoint.beginSlowly(clock.nanos());
    return endpoint;
  }

  private void rebuild(List<Roster.Seat> seats) {
    seedNewcomers(seats);
    roster = Roster.of(seats, settings.config().balance(), roster, clock, randomness);
  }

  /** A newcomer begins with the median of what the others have measured. */
  private void seedNewcomers(List<Roster.Seat> seats) {
    long now = clock.nanos();
    double[] measured =
        seats.stream()
            .filter(seat -> seat.endpoint().latency().measured())
            .mapToDouble(seat -> seat.endpoint().latency().nanos(now))
            .sorted()
            .toArray();
    if (measured.length == 0) return;
    double median = measured[measured.length / 2];
    for (Roster.Seat seat : seats) seat.endpoint().latency().seed(median, now);
  }
}
