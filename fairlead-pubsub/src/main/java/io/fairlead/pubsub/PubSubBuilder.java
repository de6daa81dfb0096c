package io.fairlead.pubsub;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.trace.Spans;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.pubsub.endpoint.RequestBudgets;
import io.fairlead.pubsub.netty.Wiring;
import io.fairlead.pubsub.request.ResendClass;
import io.fairlead.pubsub.request.ResendRules;
import io.fairlead.pubsub.request.SubscribeMethods;
import io.fairlead.pubsub.service.ChainService;
import io.fairlead.pubsub.service.Frontend;
import io.fairlead.pubsub.service.ServicePlan;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/** Puts a service together. Not thread-safe; of use once. */
public final class PubSubBuilder {
  private String name = "chain";
  private Optional<Connector> connector = Optional.empty();
  private ChainIdentity identity = ChainIdentity.FIRST_SEEN;
  private ServiceSettings settings = ServiceSettings.DEFAULT;
  private ResendRules resend = ResendRules.DEFAULT;
  private SubscribeMethods subscribe = SubscribeMethods.DEFAULT;
  private final List<CallInterceptor> interceptors = new ArrayList<>();
  private Optional<EventLoops> loops = Optional.empty();
  private Clock clock = Clock.system();
  private Randomness randomness = Randomness.system();
  private Optional<Meters> meters = Optional.empty();
  private Spans spans = Spans.OFF;

  PubSubBuilder() {}

  /** What the chain is called in logs, meters and reports. */
  public PubSubBuilder name(String next) {
    name = next;
    return this;
  }

  /** Where the node is, or the nodes. */
  public PubSubBuilder connector(Connector next) {
    connector = Optional.of(next);
    return this;
  }

  public PubSubBuilder identity(ChainIdentity next) {
    identity = next;
    return this;
  }

  public PubSubBuilder settings(ServiceSettings next) {
    settings = next;
    return this;
  }

  /** What may be done with a method, or with those of a prefix that ends with {@code *}. */
  public PubSubBuilder resend(String method, ResendClass rule) {
    resend = resend.with(method, rule);
    return this;
  }

  /** Another method that subscribes. */
  public PubSubBuilder subscribes(String method, String unsubscribe) {
    subscribe = subscribe.custom(method, unsubscribe);
    return this;
  }

  /** Stands around every call, inside of those given before. */
  public PubSubBuilder intercept(CallInterceptor next) {
    interceptors.add(next);
    return this;
  }

  /** Event loops to run on; without them the service has one of its own, which ends with it. */
  public PubSubBuilder loops(EventLoops next) {
    loops = Optional.of(next);
    return this;
  }

  public PubSubBuilder clock(Clock next) {
    clock = next;
    return this;
  }

  public PubSubBuilder randomness(Randomness next) {
    randomness = next;
    return this;
  }

  /** Who is told of each request. */
  public PubSubBuilder spans(Spans next) {
    spans = next;
    return this;
  }

  public PubSubBuilder meters(Meters next) {
    meters = Optional.of(next);
    return this;
  }

  /**
   * Connects and waits.
   *
   * @throws PubSubException it cannot be connected
   */
  public PubSubFrontend connect() throws InterruptedException {
    try {
      return connectAsync().get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof PubSubException known) throw known;
      throw new IllegalStateException("unexpected failure", failed.getCause());
    }
  }

  /** Connects; fails with a {@link PubSubException}. */
  public CompletableFuture<PubSubFrontend> connectAsync() {
    ChainService service = service();
    CompletableFuture<PubSubFrontend> done = new CompletableFuture<>();
    // A hold of its own: the service must not end before the caller has his.
    Frontend frontend = new Frontend(service);
    service
        .start()
        .whenComplete(
            (_, failure) ->
                Thread.ofVirtual()
                    .name("pubsub-connected")
                    .start(
                        () -> {
                          if (failure == null) {
                            if (!done.complete(frontend)) frontend.close();
                            return;
                          }
                          frontend.close();
                          done.completeExceptionally(
                              failure instanceof CompletionException && failure.getCause() != null
                                  ? failure.getCause()
                                  : failure);
                        }));
    return done;
  }

  /** The service alone, not started; for those who keep it themselves. */
  public ChainService service() {
    Connector where =
        connector.orElseThrow(() -> new PubSubException.LocalUsage("connector: none"));
    List<Endpoint> endpoints =
        where instanceof MultiConnector several
            ? several.endpoints()
            : List.of(Endpoint.of(where.alias(), where));
    boolean own = loops.isEmpty();
    return new ChainService(
        new ServicePlan(
            name,
            new ServicePlan.Nodes(
                endpoints,
                where instanceof MultiConnector several
                    ? several.mode()
                    : new EndpointMode.Failover()),
            identity,
            settings,
            new ServicePlan.Methods(resend, subscribe, interceptors),
            new ServicePlan.Surroundings(
                loops.orElseGet(() -> EventLoops.create(1, TransportKind.AUTO, "pubsub")),
                own,
                clock,
                randomness,
                meters.orElseGet(() -> new Meters(new SimpleMeterRegistry())),
                new RequestBudgets(),
                spans),
            PubSubBuilder::dial));
  }

  private static CompletionStage<ConnectionHandle> dial(Connector connector, Wiring wiring) {
    return switch (connector) {
      case WsConnector ws -> ws.connect(wiring);
      case IpcConnector ipc -> ipc.connect(wiring);
      case HttpPollConnector http -> http.connect(wiring);
      case MultiConnector several -> several.connect();
      case CustomConnector custom -> custom.connect();
    };
  }
}
