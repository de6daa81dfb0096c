package io.fairlead.app.sites;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.fairlead.http.upstream.UpstreamMembers;
import io.fairlead.http.upstream.UpstreamReport;
import io.fairlead.http.upstream.Upstreams;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/upstreams}, and {@code POST /v1/upstreams/{id}/endpoints/{ep}} with {@code {admin:
 * up|down|drain, weight}} by an endpoint's name or address.
 */
public final class UpstreamArea implements ResourceArea {
  private final Supplier<Upstreams> upstreams;

  /**
   * @param upstreams of this process; asked for at each request
   */
  public UpstreamArea(Supplier<Upstreams> upstreams) {
    this.upstreams = upstreams;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/upstreams", Role.VIEWER, Effect.READS, this::list),
        Route.of(
                "POST",
                "/v1/upstreams/{id}/endpoints/{ep}",
                Role.OPERATOR,
                Effect.CHANGES,
                this::administer)
            .withBody());
  }

  private CompletionStage<Reply> list(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    ObjectNode json = JsonBodies.document("upstreams");
    var list = json.putArray("upstreams");
    for (UpstreamReport report : upstreams.get().report()) list.add(upstream(report));
    return done(JsonBodies.reply(200, json));
  }

  private CompletionStage<Reply> administer(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    String upstream = captured.getOrDefault("id", "");
    String endpoint = captured.getOrDefault("ep", "");
    ObjectNode body = JsonBodies.read(request.body(), Set.of("admin", "weight"));
    Optional<UpstreamMembers.Admin> admin = admin(body.get("admin"));
    Optional<Integer> weight = weight(body.get("weight"));
    if (admin.isEmpty() && weight.isEmpty()) {
      throw new BadRequestException(400, "bad_body", "admin or weight is expected");
    }
    if (!upstreams.get().administer(upstream, endpoint, admin, weight)) {
      return done(
          Reply.error(
              404,
              "no_such_endpoint",
              upstream + ": no such upstream, or no endpoint " + endpoint,
              "GET /v1/upstreams lists them",
              0));
    }
    ObjectNode json = JsonBodies.document("upstream");
    for (UpstreamReport report : upstreams.get().report()) {
      if (report.id().equals(upstream)) json.set("upstream", upstream(report));
    }
    return done(JsonBodies.reply(200, json));
  }

  private static Optional<UpstreamMembers.Admin> admin(@Nullable JsonNode node)
      throws BadRequestException {
    if (node == null) return Optional.empty();
    return Optional.of(
        switch (node.isString() ? node.stringValue() : "") {
          case "up" -> UpstreamMembers.Admin.UP;
          case "drain" -> UpstreamMembers.Admin.DRAIN;
          case "down" -> UpstreamMembers.Admin.DOWN;
          default ->
              throw new BadRequestException(
                  400, "bad_body", "admin: up, drain or down is expected");
        });
  }

  private static Optional<Integer> weight(@Nullable JsonNode node) throws BadRequestException {
    if (node == null) return Optional.empty();
    if (!node.isInt() || node.intValue() < 1 || node.intValue() > EndpointConfig.WEIGHT_MAX) {
      throw new BadRequestException(
          400,
          "bad_body",
          "weight: a number from 1 to " + EndpointConfig.WEIGHT_MAX + " is expected");
    }
    return Optional.of(node.intValue());
  }

  private static ObjectNode upstream(UpstreamReport report) {
    ObjectNode json = JsonBodies.object();
    json.put("id", report.id())
        .put("balance", report.balance())
        .put("active", report.active())
        .put("waiting", report.waiting())
        .put("refused", report.refused())
        .put("breaker", report.breaker())
        .put("panic", report.panicking());
    var endpoints = json.putArray("endpoints");
    for (UpstreamReport.Member member : report.endpoints()) {
      endpoints
          .addObject()
          .put("name", member.name())
          .put("address", member.address())
          .put("tls", member.secured())
          .put("weight", member.weight())
          .put("group", member.group())
          .put("state", member.state().word())
          .put("reason", member.reason())
          .put("since", member.since().toString())
          .put("last_check", member.lastCheck())
          .put("active", member.active())
          .put("requests", member.requests())
          .put("failures", member.failures())
          .put("latency_ms", member.latency().toNanos() / 1_000 / 1000.0);
    }
    return json;
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
