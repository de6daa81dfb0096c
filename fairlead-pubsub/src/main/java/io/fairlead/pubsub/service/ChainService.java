package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.ServiceEvent;
import io.fairlead.pubsub.ServiceState;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.log.BlockHeader;
import io.fairlead.pubsub.netty.Wiring;
import io.fairlead.pubsub.request.Request;
import io.fairlead.pubsub.request.ResendClass;
import io.fairlead.pubsub.subscription.ItemSink;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One chain's service: a connection that is kept, the requests and the subscriptions on it.
 *
 * <pre>
 * CONNECTING   --up-->             RECOVERING, or LIVE when nothing is to be recovered
 * RECOVERING   --all asked-->      LIVE
 * LIVE         --heads stand-->    STALLED --head--> LIVE
 * any          --down-->           DISCONNECTED --attempt--> CONNECTING
 * any          --given up-->       FAILED
 * any          --close-->          CLOSED
 * </pre>
 *
 * Public methods may be called from any thread; tables are touched on the service's event loop
 * only.
 */
public final class ChainService implements Link.Owner {
  private static final Logger log = LoggerFactory.getLogger(ChainService.class);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(5);
  private static final Duration DRAIN_LOOK = Duration.ofMillis(20);
  private static final int EVENTS_MAX = 64;

  private final ServicePlan plan;
  private final EventLoop loop;
  private final Timers timers;
  private final Clock clock;
  private final ServiceMeters meters;
  private final Link link;
  private final Calls calls;
  private final Subscriptions subscriptions;
  private final Router router;
  private final StallWatch stall;
  private final BulkLane bulk;
  private final ChainFeeds feeds;
  private final HeaderGate headers;
  private final EndpointProbe probe;
  private final Cleaner cleaner = Cleaner.create();
  private final Executor consumers = Executors.newVirtualThreadPerTaskExecutor();
  private final SubmissionPublisher<ServiceEvent> events =
      new SubmissionPublisher<>(consumers, EVENTS_MAX);
  private final CompletableFuture<ChainService> connected = new CompletableFuture<>();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final AtomicInteger holders = new AtomicInteger();
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile ServiceState state = ServiceState.CONNECTING;
  private volatile TerminalCause ending = TerminalCause.of(TerminalCause.Kind.CLOSED, "");
  private List<Endpoint> endpointsNow;
  private boolean everUp;
  private int failuresBefore;

  /** Made, not yet started. */
  public ChainService(ServicePlan plan) {
    this.plan = plan;
    ServicePlan.Surroundings around = plan.surroundings();
    this.loop = around.loops().next();
    this.timers = around.loops().timers(loop);
    this.clock = around.clock();
    this.meters = new ServiceMeters(around.meters(), plan.name(), around.spans());
    Wiring wiring =
        new Wiring(
            around.loops(),
            loop,
            around.randomness(),
            plan.settings().connectTimeout(),
            plan.settings().bounds());
    this.link = new Link(plan, wiring, timers, this, meters);
    this.calls = new Calls(plan, timers, clock, meters, this::sendTo);
    this.subscriptions = new Subscriptions(plan, timers, clock, meters, calls, this);
    this.router = new Router(calls, subscriptions, clock, meters, link::drop);
    this.stall = new StallWatch(this, timers, clock);
    this.bulk = new BulkLane(this, timers, clock);
    this.feeds = new ChainFeeds(this);
    this.headers = new HeaderGate(this);
    this.endpointsNow = plan.endpoints();
    this.probe = new EndpointProbe(plan, link, wiring, timers);
    declareGauges();
  }

  private void declareGauges() {
    meters.gauge("inflight", "Requests without an answer.", calls::inFlight);
    meters.gauge("queue.items", "Items waiting for consumers.", subscriptions::waiting);
    meters.gauge("head.age.seconds", "Seconds since the newest header came.", stall::headAge);
  }

  /** Starts; completes when it is connected first, or fails as its plan wants. */
  public CompletableFuture<ChainService> start() {
    loop.execute(link::start);
    return connected;
  }

  // What users ask, from any thread.

  ServicePlan plan() {
    return plan;
  }

  ServiceMeters meters() {
    return meters;
  }

  Executor consumers() {
    return consumers;
  }

  Calls calls() {
    return calls;
  }

  /** Runs on the service's loop, after what runs there now. */
  void later(Runnable task) {
    loop.execute(task);
  }

  Timers timers() {
    return timers;
  }

  /** Where large questions go. */
  BulkLane bulk() {
    return bulk;
  }

  /** The followed subscriptions. */
  ChainFeeds feeds() {
    return feeds;
  }

  /**
   * Asks again about every remembered block from there on; completes with whether there is such a
   * followed subscription.
   */
  public CompletableFuture<Boolean> refill(U256 localId, long fromBlock) {
    return onLoop(() -> feeds.recheck(localId, fromBlock));
  }

  /** Name of the endpoint in use; empty while there is none. On the loop. */
  String endpointInUse() {
    return link.endpoint().orElse("");
  }

  /** The endpoints as last configured. On the loop. */
  List<Endpoint> endpointsNow() {
    return endpointsNow;
  }

  /** Which chain it is, as far as that is known. On the loop. */
  Optional<Identity> identityNow() {
    return link.chainId().flatMap(id -> link.genesis().map(hash -> new Identity(id, hash)));
  }

  /** Changes over, where there is something to change over to: this endpoint does not serve. */
  void leaveEndpoint(String why) {
    if (endpointsNow.size() > 1) link.drop(TerminalCause.of(TerminalCause.Kind.SILENT, why));
  }

  /** An endpoint told what cannot be: it is left for good, if it is still the one in use. */
  void refuse(String alias, TerminalCause cause) {
    if (link.endpoint().equals(Optional.of(alias))) link.drop(cause);
  }

  /** Reads what the endpoint in use tells. On the loop. */
  Function<JsonSlice, Optional<BlockHeader>> headers() {
    return headers.of(link.endpoint());
  }

  Cleaner cleaner() {
    return cleaner;
  }

  Subscriptions subscriptions() {
    return subscriptions;
  }

  public String name() {
    return plan.name();
  }

  public ServiceState state() {
    return state;
  }

  /** Whether requests go out at once. Any thread. */
  boolean connectedNow() {
    return switch (state) {
      case RECOVERING, LIVE, STALLED -> true;
      case CONNECTING, DISCONNECTED, FAILED, CLOSED -> false;
    };
  }

  public Flow.Publisher<ServiceEvent> events() {
    return events;
  }

  /** Runs on the service's loop. */
  void execute(Runnable task) {
    if (loop.inEventLoop()) task.run();
    else loop.execute(task);
  }

  /** Runs on the service's loop and gives what came out. */
  private <T> CompletableFuture<T> onLoop(Supplier<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    execute(() -> done.complete(task.get()));
    return done;
  }

  /** Why nothing is taken any more; empty while it is. */
  Optional<PubSubException> refusal() {
    if (closing.get() || state == ServiceState.CLOSED)
      return Optional.of(new PubSubException.BackendGone(ending));
    if (state == ServiceState.FAILED)
      return Optional.of(
          ending.retryable()
              ? new PubSubException.BackendGone(ending)
              : new PubSubException.NonRetryable(ending));
    return Optional.empty();
  }

  /** Somebody holds the service. */
  void hold() {
    holders.incrementAndGet();
  }

  /** Somebody gave it back; the last one ends it. */
  void release() {
    if (holders.decrementAndGet() == 0) {
      var _ = close();
    }
  }

  /** Whether the connection is up, and where. */
  public CompletableFuture<ServiceReport> report() {
    return onLoop(
        () ->
            new ServiceReport(
                plan.name(),
                state,
                link.endpoint().orElse(""),
                link.endpointReport(),
                link.chainId().map(String::valueOf).orElse(""),
                stall.headNumber(),
                stall.headAge(),
                calls.inFlight(),
                subscriptions.reports()));
  }

  /** The chain's number and its block 0, as far as they are known. */
  public CompletableFuture<Optional<Identity>> identity() {
    return onLoop(this::identityNow);
  }

  /** Which chain it is. */
  public record Identity(long chainId, Hash genesis) {}

  /** Ends the connection and makes another. */
  public void reconnect() {
    execute(
        () -> link.reconnect(TerminalCause.of(TerminalCause.Kind.CLOSED, "asked to reconnect")));
  }

  /** Changes over to an endpoint; completes with whether there is one of that name. */
  public CompletableFuture<Boolean> failover(String alias) {
    return onLoop(() -> link.failover(alias));
  }

  /** Other endpoints from now on, without losing anything. */
  public void endpoints(List<Endpoint> next) {
    execute(
        () -> {
          endpointsNow = List.copyOf(next);
          link.endpoints(next);
        });
  }

  /** Drains for at most five seconds, then closes. Idempotent. */
  public CompletableFuture<Void> close() {
    if (!closing.compareAndSet(false, true)) return closed;
    loop.execute(
        () -> {
          stall.stop();
          bulk.close();
          probe.stop();
          subscriptions.endAll(new EndReason.Closed());
          drain(clock.nanos() + DRAIN_MAX.toNanos());
        });
    return closed;
  }

  private void drain(long untilNanos) {
    if (link.up() && calls.draining() && clock.nanos() - untilNanos < 0) {
      timers.after(DRAIN_LOOK, () -> drain(untilNanos));
      return;
    }
    calls.failAll(new PubSubException.BackendGone(ending));
    var _ =
        link.close()
            .whenComplete(
                (_, _) ->
                    loop.execute(
                        () -> {
                          if (state != ServiceState.FAILED) move(ServiceState.CLOSED);
                          event(new ServiceEvent.Closed());
                          events.close();
                          connected.completeExceptionally(new PubSubException.BackendGone(ending));
                          meters.close();
                          closed.complete(null);
                          endLoops();
                        }));
  }

  private void endLoops() {
    if (plan.surroundings().ownLoops())
      Thread.ofVirtual().name("pubsub-end").start(plan.surroundings().loops()::close);
  }

  // What the link tells, on the loop.

  @Override
  public void frame(ByteBuf utf8) {
    int length = utf8.readableBytes();
    byte[] json = new byte[length];
    utf8.getBytes(utf8.readerIndex(), json);
    // A transport without a network may answer before it has taken the question.
    if (loop.inEventLoop() && !calls.sending()) router.route(json);
    else loop.execute(() -> router.route(json));
  }

  @Override
  public void up(String endpoint) {
    everUp = true;
    int recovering = subscriptions.recovering();
    move(recovering > 0 ? ServiceState.RECOVERING : ServiceState.LIVE);
    if (recovering > 0) event(new ServiceEvent.Recovering(recovering));
    stall.up();
    probe.start();
    subscriptions.connected();
    calls.budget(link.budget());
    calls.connected();
    connected.complete(this);
    if (recovering == 0) event(new ServiceEvent.Live(endpoint));
  }

  /** Every subscription was made again, or was refused. */
  void recovered() {
    if (state != ServiceState.RECOVERING) return;
    move(ServiceState.LIVE);
    link.endpoint().ifPresent(endpoint -> event(new ServiceEvent.Live(endpoint)));
  }

  /** A header came. */
  void head(long number) {
    link.good();
    later(() -> link.head(number)); // it may change over, and whoever routes this is not done
    if (state == ServiceState.STALLED) {
      move(ServiceState.LIVE);
      link.endpoint().ifPresent(endpoint -> event(new ServiceEvent.Live(endpoint)));
    }
  }

  /** The chain stands still, although the connection does not. */
  void stalled(long ageSeconds) {
    if (state != ServiceState.LIVE) return;
    move(ServiceState.STALLED);
    link.stalled();
    probe.look();
    event(new ServiceEvent.Stalled(link.endpoint().orElse(""), ageSeconds));
  }

  @Override
  public void down(TerminalCause cause) {
    if (closing.get()) return;
    if (everUp) move(ServiceState.DISCONNECTED);
    stall.down();
    router.reset();
    calls.lost(cause);
    subscriptions.lost();
  }

  @Override
  public void givenUp(TerminalCause cause) {
    if (closing.get()) return;
    ending = cause;
    move(ServiceState.FAILED);
    event(new ServiceEvent.Failed(cause));
    PubSubException failure =
        cause.retryable()
            ? new PubSubException.TransportError(cause, false)
            : new PubSubException.NonRetryable(cause);
    stall.stop();
    calls.failAll(failure);
    subscriptions.endAll(new EndReason.ServiceEnded(cause));
    connected.completeExceptionally(failure);
  }

  @Override
  public void ask(String method, String params, Duration timeout, Request.Waiter waiter) {
    calls.onConnection(method, JsonSlice.of(params), timeout, waiter);
  }

  @Override
  public void event(ServiceEvent event) {
    switch (event) {
      case ServiceEvent.Connecting connecting -> {
        if (!everUp || state == ServiceState.DISCONNECTED) move(ServiceState.CONNECTING);
        log.atDebug()
            .addKeyValue("chain", plan.name())
            .addKeyValue("endpoint", connecting.endpoint())
            .addKeyValue("attempt", connecting.attempt())
            .log("connecting");
      }
      case ServiceEvent.Disconnected lost -> {
        say("disconnected", lost.endpoint(), lost.cause().toString());
        firstFailure(lost.cause());
      }
      case ServiceEvent.Connected up -> say("connected", up.endpoint(), "");
      case ServiceEvent.Live live -> say("live", live.endpoint(), "");
      case ServiceEvent.Stalled stalled ->
          say("stalled", stalled.endpoint(), stalled.headAgeSeconds() + " s");
      case ServiceEvent.Recovering recovering ->
          say("recovering", link.endpoint().orElse(""), recovering.subscriptions() + "");
      case ServiceEvent.Disagreement disagreement -> say("disagreement", disagreement.key(), "");
      case ServiceEvent.Failed failed -> say("failed", "", failed.cause().toString());
      case ServiceEvent.Closed _ -> say("closed", "", "");
    }
    events.offer(event, (_, _) -> false);
  }

  /** Without {@code waitFirst} the first attempt at every endpoint decides. */
  private void firstFailure(TerminalCause cause) {
    if (everUp || plan.settings().waitFirst()) return;
    long candidates =
        plan.endpoints().stream().filter(each -> each.role() == Endpoint.Role.ALL).count();
    if (++failuresBefore < candidates) return;
    connected.completeExceptionally(
        cause.retryable()
            ? new PubSubException.TransportError(cause, false)
            : new PubSubException.NonRetryable(cause));
    ending = cause;
    var _ = close();
  }

  private void say(String what, String endpoint, String detail) {
    log.atInfo()
        .addKeyValue("chain", plan.name())
        .addKeyValue("endpoint", endpoint)
        .addKeyValue("detail", detail)
        .log("chain connection {}", what);
  }

  private void move(ServiceState next) {
    state = next;
  }

  /** The connection requests may go to now; null while there is none. */
  private @Nullable ConnectionHandle sendTo(ResendClass resend) {
    ConnectionHandle connection = link.connection();
    return link.up() || resend == ResendClass.CONNECTION ? connection : null;
  }

  /** Makes every subscription anew on the same connection. */
  void renew() {
    subscriptions.renew();
  }

  void giveUpConnection() {
    link.drop(TerminalCause.of(TerminalCause.Kind.SILENT, "headers stopped coming"));
  }

  /** Stops or resumes reading, for a consumer that blocks. */
  void reading(boolean on) {
    ConnectionHandle connection = link.connection();
    if (connection != null) connection.reading(on);
  }

  /**
   * Listens to a subscription without a queue, for machines of this module.
   *
   * @param sink called on the service's loop
   * @return completes when the server agreed
   */
  public CompletableFuture<Listening> listen(SubscribeRequest<?> request, ItemSink sink) {
    return subscriptions
        .subscribe(
            new Subscriptions.Wish(
                request.method(), request.unsubscribeMethod(), request.params(), request.shared()),
            _ -> sink)
        .thenApply(served -> new Listening(this, served, sink));
  }

  /** A listener in its place. */
  public static final class Listening implements AutoCloseable {
    private final ChainService service;
    private final Served served;
    private final ItemSink sink;

    private Listening(ChainService service, Served served, ItemSink sink) {
      this.service = service;
      this.served = served;
      this.sink = sink;
    }

    public U256 localId() {
      return served.localId;
    }

    /** Listens no more. Any thread. */
    @Override
    public void close() {
      service.execute(() -> service.subscriptions.detach(served, sink));
    }
  }

  /** Ends a subscription by its local id, whoever holds it. */
  public CompletableFuture<Boolean> unsubscribe(U256 localId) {
    return subscriptions.unsubscribe(localId);
  }

  /** The result of a call, undecoded. */
  CompletableFuture<JsonSlice> request(RpcCall<?> call) {
    return calls.call(call, this);
  }
}
