package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.request.ResendClass;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A second connection for large questions, so that their answers do not hold up what is pushed:
 * made when it is first needed, to the endpoint in use or to those that are there for it, and
 * closed after a minute without a question. While it cannot be had, questions go the ordinary way.
 *
 * <p>On the service's event loop, unless a method says otherwise.
 */
final class BulkLane {
  private static final Duration IDLE_MAX = Duration.ofSeconds(60);

  private final ChainService service;
  private final Timers timers;
  private final Clock clock;
  private @Nullable ChainService lane;
  private CompletableFuture<ChainService> ready = new CompletableFuture<>();
  private String laneOf = "";
  private int asking;
  private long idleSinceNanos;
  private boolean over;

  BulkLane(ChainService service, Timers timers, Clock clock) {
    this.service = service;
    this.timers = timers;
    this.clock = clock;
  }

  /** Asks; any thread. A question that does not fit the connection's bounds is not repeated. */
  CompletableFuture<JsonSlice> request(RpcCall<?> call) {
    CompletableFuture<JsonSlice> done = new CompletableFuture<>();
    service.execute(
        () ->
            send(call)
                .whenComplete(
                    (result, failure) -> {
                      service.execute(this::answered);
                      if (failure == null) done.complete(result);
                      else done.completeExceptionally(failure);
                    }));
    return done;
  }

  private CompletableFuture<JsonSlice> send(RpcCall<?> call) {
    asking++;
    ChainService open = opened();
    if (open == null) return service.request(call);
    return ready
        .handle((_, failure) -> failure == null)
        .thenCompose(
            connected -> {
              if (connected) return open.request(call);
              service.execute(() -> forget(open));
              return service.request(call);
            });
  }

  private void answered() {
    asking--;
    idleSinceNanos = clock.nanos();
  }

  private @Nullable ChainService opened() {
    String current = service.endpointInUse();
    ChainService known = lane;
    if (known != null && laneOf.equals(current) && known.refusal().isEmpty()) return known;
    if (known != null) forget(known);
    List<Endpoint> endpoints = endpoints(current);
    if (over || endpoints.isEmpty()) return null;
    ServicePlan plan = service.plan();
    ChainService made =
        new ChainService(
            new ServicePlan(
                plan.name() + "-bulk",
                ServicePlan.Nodes.inTurn(endpoints),
                identity(plan.identity()),
                plan.settings().heads(false).waitFirst(false),
                new ServicePlan.Methods(
                    plan.methods().resend().with("eth_getLogs", ResendClass.UNSAFE),
                    plan.methods().subscribe(),
                    List.of()),
                plan.surroundings().beside(),
                plan.dial()));
    lane = made;
    ready = made.start();
    laneOf = current;
    idleSinceNanos = clock.nanos();
    look();
    return made;
  }

  /** What the live connection proved is asked of this one too. */
  private ChainIdentity identity(ChainIdentity configured) {
    Optional<ChainService.Identity> seen = service.identityNow();
    return seen.map(
            each ->
                new ChainIdentity(
                    true, OptionalLong.of(each.chainId()), Optional.of(each.genesis())))
        .orElse(configured);
  }

  private List<Endpoint> endpoints(String current) {
    List<Endpoint> bulk = new ArrayList<>();
    List<Endpoint> own = new ArrayList<>();
    List<Endpoint> same = new ArrayList<>();
    for (Endpoint each : service.endpointsNow()) {
      if (each.alias().equals(Endpoint.largeOf(current))) own.add(each.role(Endpoint.Role.ALL));
      else if (each.role() == Endpoint.Role.BULK) bulk.add(each.role(Endpoint.Role.ALL));
      // Requests of a polling connection have connections of their own already.
      boolean pushes = !(each.connector() instanceof HttpPollConnector);
      if (each.alias().equals(current) && pushes) same.add(each);
    }
    if (!own.isEmpty()) return own;
    return bulk.isEmpty() ? same : bulk;
  }

  private void look() {
    var _ =
        timers.after(
            IDLE_MAX,
            () -> {
              ChainService open = lane;
              if (open == null) return;
              boolean idle = clock.nanos() - idleSinceNanos >= IDLE_MAX.toNanos();
              if (asking == 0 && idle) forget(open);
              else look();
            });
  }

  private void forget(ChainService old) {
    if (lane == old) lane = null;
    var _ = old.close();
  }

  /** The service ends. */
  void close() {
    over = true;
    ChainService open = lane;
    if (open != null) forget(open);
  }
}
