package io.fairlead.app.registry;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.RegistryService;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.reconcile.TargetStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** {@code /v1/registry}: sources, targets, held plans. */
public final class RegistryArea implements ResourceArea {
  private static final Duration SYNC_MAX = Duration.ofMinutes(5);
  private static final Duration SYNC_DEFAULT = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<RegistryService> registry;
  private final Clock clock;

  /**
   * @param registry of this process; asked for at each request
   */
  public RegistryArea(Supplier<RegistryService> registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/registry", Role.VIEWER, Effect.READS, this::status),
        Route.of(
            "GET",
            "/v1/registry/sources/{source}/entries",
            Role.VIEWER,
            Effect.READS,
            this::entries),
        Route.of(
            "GET", "/v1/registry/targets/{target}/diff", Role.VIEWER, Effect.READS, this::diff),
        Route.of("GET", "/v1/registry/audit", Role.VIEWER, Effect.READS, this::audit),
        Route.of("POST", "/v1/registry/sync", Role.OPERATOR, Effect.CHANGES, this::sync),
        Route.of(
            "POST",
            "/v1/registry/plans/{plan}/approve",
            Role.OPERATOR,
            Effect.CHANGES,
            this::approve),
        Route.of(
            "POST",
            "/v1/registry/plans/{plan}/reject",
            Role.OPERATOR,
            Effect.CHANGES,
            this::reject));
  }

  private CompletionStage<Reply> status(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    return json(200, RegistryReports.status(registry.get(), clock.wall()));
  }

  private CompletionStage<Reply> entries(ControlRequest request, Map<String, String> captured) {
    String name = captured.getOrDefault("source", "");
    var view = registry.get().sources().get(name);
    if (view == null) return missing("no_such_source", name + ": no source has this name");
    Optional<Snapshot> list = view.lastGood();
    if (list.isEmpty()) return missing("not_read", name + ": not read yet");
    return json(200, RegistryReports.entries(name, list.get()));
  }

  private CompletionStage<Reply> diff(ControlRequest request, Map<String, String> captured) {
    String name = captured.getOrDefault("target", "");
    Optional<TargetStatus> status = registry.get().target(name);
    if (status.isEmpty()) return missing("no_such_target", name + ": no target has this name");
    Map<String, Object> report = RegistryReports.document("registry.target");
    report.putAll(RegistryReports.target(status.get()));
    return json(200, report);
  }

  private CompletionStage<Reply> audit(ControlRequest request, Map<String, String> captured) {
    Map<String, Object> report = RegistryReports.document("registry.audit");
    report.put("lines", registry.get().history());
    return json(200, report);
  }

  private CompletionStage<Reply> sync(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("target", "timeout"));
    Optional<String> target = request.query().text("target");
    if (target.isPresent() && registry.get().target(target.get()).isEmpty()) {
      return missing("no_such_target", target.get() + ": no target has this name");
    }
    Duration timeout = request.query().duration("timeout").orElse(SYNC_DEFAULT);
    try {
      registry.get().sync(target, timeout.compareTo(SYNC_MAX) > 0 ? SYNC_MAX : timeout);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return json(200, RegistryReports.status(registry.get(), clock.wall()));
  }

  private CompletionStage<Reply> approve(ControlRequest request, Map<String, String> captured) {
    String plan = captured.getOrDefault("plan", "");
    return decided("approved", plan, registry.get().approve(plan, actor(request)));
  }

  private CompletionStage<Reply> reject(ControlRequest request, Map<String, String> captured) {
    String plan = captured.getOrDefault("plan", "");
    return decided("rejected", plan, registry.get().reject(plan, actor(request)));
  }

  private static CompletionStage<Reply> decided(String word, String plan, boolean found) {
    if (!found) return missing("no_such_plan", plan + ": no target holds this plan now");
    Map<String, Object> report = RegistryReports.document("registry.plan");
    report.put("plan", plan);
    report.put("decision", word);
    return json(200, report);
  }

  private static String actor(ControlRequest request) {
    return request.who().kind() + ":" + request.who().name();
  }

  private static CompletionStage<Reply> missing(String code, String message) {
    return CompletableFuture.completedStage(Reply.error(404, code, message, "", 0));
  }

  private static CompletionStage<Reply> json(int status, Map<String, Object> tree) {
    // Maps, lists and scalars only: nothing of ours is mapped by reflection.
    return CompletableFuture.completedStage(
        Reply.of(
            status,
            "application/json",
            JSON.writeValueAsBytes(JSON.valueToTree(new java.util.LinkedHashMap<>(tree)))));
  }
}
