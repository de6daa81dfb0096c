package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.ServiceEvent;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.endpoint.RequestBudget;
import io.fairlead.pubsub.netty.Failures;
import io.fairlead.pubsub.netty.Wiring;
import io.fairlead.pubsub.request.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a service connected: chooses an endpoint, connects, checks which chain it serves, notices
 * when it falls silent, and tries again.
 *
 * <pre>
 * Waiting    --delay over-->   Dialling
 * Dialling   --connected-->    Verifying  (asks for the chain's identity)
 * Dialling   --failed-->       Waiting, or given up
 * Verifying  --as expected-->  Up
 * Verifying  --other chain-->  the endpoint is out; Waiting, or given up
 * Up, Verifying --ended-->     Waiting
 * any        --close-->        Over
 * </pre>
 *
 * Not thread-safe: owned by the service's event loop.
 */
final class Link {
  /** The service, as the link sees it. All calls on its event loop. */
  interface Owner extends FrameSink {
    /** Connected and verified: everything may be sent. */
    void up(String endpoint);

    /** A connection that may have carried requests is gone. */
    void down(TerminalCause cause);

    /** No further attempt is made. */
    void givenUp(TerminalCause cause);

    /** Asks the present connection something; the answer fails with the connection. */
    void ask(String method, String params, Duration timeout, Request.Waiter waiter);

    void event(ServiceEvent event);
  }

  private static final long CLOSE_WAIT_MILLIS = 1500;

  private final ServicePlan plan;
  private final Wiring wiring;
  private final Timers timers;
  private final Clock clock;
  private final Owner owner;
  private final ServiceMeters meters;
  private final EndpointMeters told;
  private final EndpointList endpoints;
  private final Backoff backoff;
  private final IdentityCheck identity;
  private @Nullable ConnectionHandle connection;
  private EndpointList.@Nullable Entry entry;
  private boolean up;
  private boolean over;
  private boolean wanted; // an attempt that was asked for starts at once
  private int epoch; // what belongs to an earlier connection is not heard
  private long upSinceNanos;
  private long downSinceNanos;
  private long dialledNanos;
  private @Nullable TerminalCause last;
  private Timers.@Nullable Handle waiting;
  private Timers.@Nullable Handle ticking;
  private final Silence silence;

  Link(ServicePlan plan, Wiring wiring, Timers timers, Owner owner, ServiceMeters meters) {
    this.plan = plan;
    this.wiring = wiring;
    this.timers = timers;
    this.clock = plan.surroundings().clock();
    this.owner = owner;
    this.meters = meters;
    this.told = new EndpointMeters(meters, plan.endpoints());
    this.endpoints =
        new EndpointList(
            plan.endpoints(),
            plan.surroundings().budgets(),
            plan.surroundings().randomness().generator(),
            clock.nanos());
    this.backoff = new Backoff(plan.settings().reconnect(), plan.surroundings().randomness());
    this.identity = new IdentityCheck(plan.identity());
    this.silence = new Silence(plan.settings().keepalive());
    this.downSinceNanos = clock.nanos();
  }

  /** The first attempt. */
  void start() {
    dial();
  }

  /** Whether everything may be sent. */
  boolean up() {
    return up;
  }

  /** The present connection, verified or not. */
  @Nullable ConnectionHandle connection() {
    return connection;
  }

  /** Name of the endpoint in use. */
  Optional<String> endpoint() {
    EndpointList.Entry current = entry;
    return current == null || connection == null
        ? Optional.empty()
        : Optional.of(current.endpoint.alias());
  }

  List<String> endpointReport() {
    return endpoints.report(clock.nanos());
  }

  Optional<Long> chainId() {
    return identity.chainId();
  }

  Optional<Hash> genesis() {
    return identity.genesis();
  }

  /** The connection proved good. */
  void good() {
    backoff.reset();
  }

  /** Ends the connection and makes another at once. */
  void reconnect(TerminalCause cause) {
    wanted = true;
    if (connection != null) drop(cause);
    else if (waiting != null) dial();
  }

  /** Ends the present connection; what it still says is not heard. */
  void drop(TerminalCause cause) {
    ConnectionHandle current = connection;
    EndpointList.Entry chosen = entry;
    if (current == null || chosen == null) return;
    current.close(cause);
    ended(epoch, chosen, cause);
  }

  /** The same, to an endpoint by its name; whether there is one. */
  boolean failover(String alias) {
    if (!endpoints.want(alias, clock.nanos())) return false;
    reconnect(TerminalCause.of(TerminalCause.Kind.CLOSED, "changing over"));
    return true;
  }

  /** A new block came over the present connection: a moment to change over, if that is due. */
  void head(long number) {
    EndpointList.Entry current = entry;
    if (current == null || !up) return;
    told.head(current.endpoint.alias(), number);
    endpoints.head(current.endpoint.alias(), number, clock.nanos());
    changeOver(current, "another endpoint serves better");
  }

  /** The chain stands still here. */
  void stalled() {
    EndpointList.Entry current = entry;
    if (current == null || !up) return;
    endpoints.stalled(current, clock.nanos());
    changeOver(current, "the chain stands still here");
  }

  /** Another endpoint was looked at. */
  void looked(String alias, boolean reached, OptionalLong head) {
    endpoints.looked(alias, reached, clock.nanos());
    head.ifPresent(
        number -> {
          told.head(alias, number);
          endpoints.head(alias, number, clock.nanos());
        });
    EndpointList.Entry current = entry;
    if (current != null && up) changeOver(current, "another endpoint is ahead");
  }

  private void changeOver(EndpointList.Entry current, String why) {
    if (endpoints.prefersAnother(current))
      reconnect(TerminalCause.of(TerminalCause.Kind.CLOSED, why));
  }

  /** What requests of the endpoint in use are held to. */
  Optional<RequestBudget> budget() {
    EndpointList.Entry current = entry;
    return current == null ? Optional.empty() : current.budget();
  }

  /** Endpoints that do not serve now. */
  List<Endpoint> others() {
    return endpoints.others();
  }

  /** Other endpoints from now on; the present connection stays when its own is among them. */
  void endpoints(List<Endpoint> next) {
    endpoints.replace(next, clock.nanos());
    told.replace(next);
    EndpointList.Entry current = entry;
    if (current != null && connection != null && !endpoints.contains(current))
      reconnect(TerminalCause.of(TerminalCause.Kind.CLOSED, "endpoint no longer configured"));
  }

  /** Closes the connection for good; completes when the other side, or patience, is done. */
  CompletableFuture<Void> close() {
    over = true;
    epoch++;
    up = false;
    told.serves("");
    cancelTimers();
    ConnectionHandle current = connection;
    connection = null;
    if (current == null) return CompletableFuture.completedFuture(null);
    current.close();
    return current
        .terminated()
        .toCompletableFuture()
        .<Void>thenApply(_ -> null)
        .completeOnTimeout(null, CLOSE_WAIT_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void cancelTimers() {
    Timers.Handle wait = waiting;
    waiting = null;
    if (wait != null) wait.cancel();
    Timers.Handle tick = ticking;
    ticking = null;
    if (tick != null) tick.cancel();
  }

  private void dial() {
    if (over) return;
    cancelTimers();
    wanted = false;
    dialledNanos = clock.nanos();
    Optional<EndpointList.Entry> next = endpoints.next(dialledNanos);
    if (next.isEmpty()) {
      noEndpoint();
      return;
    }
    EndpointList.Entry chosen = next.get();
    entry = chosen;
    int mine = ++epoch;
    owner.event(new ServiceEvent.Connecting(chosen.endpoint.alias(), backoff.attempts() + 1));
    CompletableFuture<ConnectionHandle> dialled;
    try {
      dialled = plan.dial().connect(chosen.endpoint.connector(), wiring).toCompletableFuture();
    } catch (RuntimeException failure) {
      dialled = CompletableFuture.failedFuture(failure);
    }
    dialled
        .copy()
        .orTimeout(plan.settings().connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete(
            (made, failure) ->
                wiring
                    .loop()
                    .execute(
                        () -> {
                          if (made != null) connected(mine, chosen, made);
                          else if (mine == epoch) dialFailed(chosen, Failures.cause(failure));
                        }));
    dialled.whenComplete(
        (made, _) -> {
          // One that comes too late for its attempt is of no use.
          if (made != null)
            wiring
                .loop()
                .execute(
                    () -> {
                      if (mine != epoch && made != connection) made.close();
                    });
        });
  }

  private void connected(int mine, EndpointList.Entry chosen, ConnectionHandle made) {
    if (mine != epoch || over) {
      made.close();
      return;
    }
    connection = made;
    made.terminated()
        .whenComplete(
            (cause, _) ->
                wiring
                    .loop()
                    .execute(() -> ended(mine, chosen, cause == null ? unknown() : cause)));
    made.onFrame(owner);
    silence.begin(clock.nanos(), made.receivedBytes());
    tick(mine);
    identity.run(
        owner,
        plan.settings().connectTimeout(),
        result -> {
          if (mine != epoch) return;
          switch (result) {
            case IdentityCheck.Result.Fits _ -> up(chosen);
            case IdentityCheck.Result.Unclear(String why) ->
                drop(TerminalCause.of(TerminalCause.Kind.REFUSED, why));
            case IdentityCheck.Result.Other(String what) ->
                drop(TerminalCause.of(TerminalCause.Kind.WRONG_CHAIN, what));
          }
        });
  }

  private static TerminalCause unknown() {
    return TerminalCause.of(TerminalCause.Kind.TRANSPORT, "");
  }

  private void up(EndpointList.Entry chosen) {
    up = true;
    told.serves(chosen.endpoint.alias());
    upSinceNanos = clock.nanos();
    endpoints.served(chosen, upSinceNanos);
    meters.connected(Duration.ofNanos(upSinceNanos - dialledNanos));
    meters.disconnectedFor(Duration.ofNanos(upSinceNanos - downSinceNanos));
    TerminalCause before = last;
    if (before != null) meters.reconnected(before.kind());
    owner.event(new ServiceEvent.Connected(chosen.endpoint.alias()));
    owner.up(chosen.endpoint.alias());
  }

  private void ended(int mine, EndpointList.Entry chosen, TerminalCause cause) {
    if (mine != epoch || over) return;
    boolean wasUp = up;
    up = false;
    told.serves("");
    connection = null;
    epoch++;
    long nowNanos = clock.nanos();
    if (wasUp) {
      downSinceNanos = nowNanos;
      if (nowNanos - upSinceNanos >= plan.settings().reconnect().resetAfter().toNanos())
        backoff.reset();
      last = cause;
    }
    if (cause.kind() == TerminalCause.Kind.FRAME_TOO_LARGE) meters.beyond(ChainLimit.MESSAGE, 1);
    owner.event(new ServiceEvent.Disconnected(chosen.endpoint.alias(), cause));
    owner.down(cause);
    after(chosen, cause, nowNanos);
  }

  private void dialFailed(EndpointList.Entry chosen, TerminalCause cause) {
    if (over) return;
    epoch++;
    owner.event(new ServiceEvent.Disconnected(chosen.endpoint.alias(), cause));
    after(chosen, cause, clock.nanos());
  }

  /** What follows a failure: another attempt soon, or the end. */
  private void after(EndpointList.Entry chosen, TerminalCause cause, long nowNanos) {
    cancelTimers();
    boolean persistent = plan.settings().reconnect().persistent();
    if (!cause.retryable()) {
      endpoints.out(chosen, nowNanos);
      if (endpoints.next(nowNanos).isEmpty()) {
        if (!persistent) {
          over = true;
          owner.givenUp(cause);
          return;
        }
        wait(plan.settings().reconnect().cap());
        return;
      }
    } else {
      Optional<Duration> rest = cause.retryAfter();
      rest.ifPresent(each -> endpoints.rateLimited(chosen, each, nowNanos));
      // One that is left for a better one did not fail.
      if (!wanted) endpoints.failed(chosen, nowNanos);
    }
    if (backoff.exhausted()) {
      over = true;
      owner.givenUp(cause);
      return;
    }
    Duration delay = backoff.next(cause.retryAfter());
    wait(wanted ? Duration.ZERO : delay);
  }

  private void wait(Duration delay) {
    waiting = timers.after(delay, this::dial);
  }

  /** Every endpoint is out, but what cannot be helped is tried again. */
  private void noEndpoint() {
    if (plan.settings().reconnect().persistent()) {
      for (Endpoint each : plan.endpoints()) {
        if (endpoints.want(each.alias(), clock.nanos())) {
          dial();
          return;
        }
      }
    }
    over = true;
    owner.givenUp(TerminalCause.of(TerminalCause.Kind.TRANSPORT, "no endpoint is left"));
  }

  private void tick(int mine) {
    ticking =
        timers.after(
            silence.tick(),
            () -> {
              ConnectionHandle current = connection;
              if (mine != epoch || current == null) return;
              listen(current);
              if (mine == epoch) tick(mine);
            });
  }

  private void listen(ConnectionHandle current) {
    long nowNanos = clock.nanos();
    switch (silence.look(nowNanos, current.receivedBytes(), current.pings())) {
      case FINE -> {}
      case HEARD -> meters.pinged(silence.roundTrip());
      case ASK -> {
        if (!current.ping()) probe();
      }
      case DEAD ->
          drop(TerminalCause.of(TerminalCause.Kind.SILENT, "not a byte within the deadline"));
    }
  }

  private void probe() {
    ServiceSettings settings = plan.settings();
    owner.ask(
        "eth_chainId",
        "[]",
        settings.keepalive().deadline().plus(settings.keepalive().idle()),
        new Request.Waiter() {
          @Override
          public void result(JsonSlice result) {}

          @Override
          public void failed(PubSubException failure) {}
        });
  }
}
