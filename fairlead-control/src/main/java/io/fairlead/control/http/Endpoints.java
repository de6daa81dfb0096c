package io.fairlead.control.http;

import static io.fairlead.control.http.Router.Effect.CHANGES;
import static io.fairlead.control.http.Router.Effect.READS;

import io.fairlead.control.access.Role;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.api.HealthReport;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.time.Clock;
import io.fairlead.net.live.LiveConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ObjectNode;

/** Every resource of the control API, and what it does. Immutable; any thread. */
public final class Endpoints {
  private static final int PAGE_MAX = 500;

  private final GatewayControl gateway;
  private final MetricsPage metrics;
  private final Clock clock;
  private final List<ResourceArea> areas;

  /**
   * @param areas what features add
   */
  public Endpoints(
      GatewayControl gateway, MetricsPage metrics, Clock clock, List<ResourceArea> areas) {
    this.gateway = gateway;
    this.metrics = metrics;
    this.clock = clock;
    this.areas = List.copyOf(areas);
  }

  /** The table. */
  public Router router() {
    List<Route> routes = new ArrayList<>(own());
    routes.addAll(new ConfigEndpoints(gateway).routes());
    areas.forEach(area -> routes.addAll(area.routes()));
    return new Router(routes);
  }

  private List<Route> own() {
    return List.of(
        Route.of("GET", "/", Role.PUBLIC, READS, this::front),
        Route.of("GET", "/livez", Role.PUBLIC, READS, this::livez),
        Route.of("GET", "/readyz", Role.PUBLIC, READS, this::readyz),
        Route.of("GET", "/healthz", Role.PUBLIC, READS, this::readyz),
        Route.of("GET", "/metrics", Role.VIEWER, READS, this::metrics),
        Route.of("GET", "/stop", Role.ADMIN, CHANGES, this::stop),
        Route.of("POST", "/stop", Role.ADMIN, CHANGES, this::stop).withBody(),
        Route.of("POST", "/v1/stop", Role.ADMIN, CHANGES, this::stop).withBody(),
        Route.of("GET", "/v1/status", Role.VIEWER, READS, this::status),
        Route.of("GET", "/v1/listeners", Role.VIEWER, READS, this::listeners),
        Route.of("GET", "/v1/connections", Role.VIEWER, READS, this::connections),
        Route.of("DELETE", "/v1/connections/{id}", Role.OPERATOR, CHANGES, this::cut));
  }

  private CompletionStage<Reply> front(ControlRequest request, Map<String, String> captured) {
    return gateway
        .ready()
        .thenApply(
            health ->
                Reply.text(
                    200,
                    health.ok()
                        ? "Fairlead is up and serving."
                        : "Fairlead is up but not ready to serve."));
  }

  private CompletionStage<Reply> livez(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    return health(gateway.live(), request);
  }

  private CompletionStage<Reply> readyz(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    return health(gateway.ready(), request);
  }

  private static CompletionStage<Reply> health(
      CompletionStage<HealthReport> asked, ControlRequest request) throws BadRequestException {
    boolean detail = request.query().flag("verbose") && request.authenticated();
    return asked.thenApply(
        health -> {
          int status = health.ok() ? 200 : 503;
          return detail
              ? Reply.json(status, Reports.health(health))
              : Reply.text(status, word(health));
        });
  }

  /** Degraded still serves: a balancer in front must not take it out for that. */
  private static String word(HealthReport health) {
    if (!health.ok()) return "not ok";
    return health.degraded().isEmpty() ? "ok" : "degraded";
  }

  private CompletionStage<Reply> metrics(ControlRequest request, Map<String, String> captured) {
    return done(metrics.render(request.accept()));
  }

  private CompletionStage<Reply> stop(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("drain"));
    Optional<Duration> drain = request.query().duration("drain");
    if (request.body().length > 0) {
      ObjectNode body = Json.read(request);
      for (String key : body.propertyNames()) {
        if (!key.equals("drain")) {
          throw new BadRequestException(400, "bad_body", "unknown key: " + key + " (known: drain)");
        }
      }
      if (body.has("drain")) {
        if (!body.get("drain").isString()) {
          throw new BadRequestException(400, "bad_body", "drain: text like 30s is expected");
        }
        drain = Optional.of(Query.duration("drain", body.get("drain").stringValue()));
      }
    }
    ObjectNode json = Json.document("stop").put("stopping", true);
    drain.ifPresent(limit -> json.put("drain", Json.seconds(limit)));
    StopRequest wish = new StopRequest(drain, request.who());
    return done(Reply.json(202, json).then(() -> gateway.stop(wish)));
  }

  private CompletionStage<Reply> status(ControlRequest request, Map<String, String> captured) {
    return done(Reply.json(200, Reports.status(gateway.status())));
  }

  private CompletionStage<Reply> listeners(ControlRequest request, Map<String, String> captured) {
    return done(Reply.json(200, Reports.listeners(gateway.listeners())));
  }

  /** Pages by id, which only grows: what closes meanwhile leaves a gap, nothing comes twice. */
  private CompletionStage<Reply> connections(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    Query query = request.query();
    query.allowOnly(Set.of("limit", "cursor", "service", "user", "older"));
    int limit = (int) query.number("limit", 1, PAGE_MAX, PAGE_MAX);
    long after = query.number("cursor", 0, Long.MAX_VALUE, -1);
    Optional<String> service = query.text("service");
    Optional<String> user = query.text("user");
    Optional<Duration> older = query.duration("older");
    long now = clock.nanos();
    List<LiveConnection> found = new ArrayList<>();
    for (LiveConnection connection : gateway.connections()) {
      if (connection.id() <= after) continue;
      if (service.isPresent()
          && !service.get().equals(connection.listener())
          && !service.get().equals(connection.kind())) {
        continue;
      }
      if (user.isPresent() && !user.get().equals(connection.principal().id())) continue;
      if (older.isPresent() && Reports.age(connection, now).compareTo(older.get()) < 0) continue;
      found.add(connection);
    }
    found.sort(Comparator.comparingLong(LiveConnection::id));
    boolean more = found.size() > limit;
    List<LiveConnection> page = more ? found.subList(0, limit) : found;
    Optional<Long> next = more ? Optional.of(page.getLast().id()) : Optional.empty();
    return done(Reply.json(200, Reports.connections(page, next, now)));
  }

  private CompletionStage<Reply> cut(ControlRequest request, Map<String, String> captured) {
    String text = captured.getOrDefault("id", "");
    try {
      if (gateway.cut(Long.parseLong(text), "cut")) return done(Reply.empty(204));
    } catch (NumberFormatException notANumber) {
      // No connection has such an id.
    }
    return done(error(404, "no_such_connection", text + ": no open connection has this id", ""));
  }

  private Reply error(int status, String code, String message, String hint) {
    return Reply.error(status, code, message, hint, gateway.effectiveConfig().generation());
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedStage(reply);
  }
}
