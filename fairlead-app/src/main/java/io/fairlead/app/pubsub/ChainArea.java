package io.fairlead.app.pubsub;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.chain.ChainServices;
import io.fairlead.pubsub.service.ChainService;
import io.fairlead.pubsub.service.ServiceReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** {@code /v1/pubsub}: chains, their endpoints and subscriptions. */
public final class ChainArea implements ResourceArea {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<Optional<ChainServices>> chains;
  private final Function<String, List<NamedReport>> named;

  /**
   * @param chains of this process; asked for at each request
   * @param named subscriptions of a chain by its name; asked likewise
   */
  public ChainArea(
      Supplier<Optional<ChainServices>> chains, Function<String, List<NamedReport>> named) {
    this.chains = chains;
    this.named = named;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/pubsub/chains", Role.VIEWER, Effect.READS, this::list),
        Route.of(
            "GET",
            "/v1/pubsub/chains/{chain}/subscriptions",
            Role.VIEWER,
            Effect.READS,
            this::subscriptions),
        Route.of(
            "POST",
            "/v1/pubsub/chains/{chain}/reconnect",
            Role.OPERATOR,
            Effect.CHANGES,
            this::reconnect),
        Route.of(
            "POST",
            "/v1/pubsub/chains/{chain}/failover",
            Role.OPERATOR,
            Effect.CHANGES,
            this::failover),
        Route.of(
            "POST",
            "/v1/pubsub/chains/{chain}/subscriptions/{id}/refill",
            Role.OPERATOR,
            Effect.CHANGES,
            this::refill),
        Route.of(
            "DELETE",
            "/v1/pubsub/chains/{chain}/subscriptions/{id}",
            Role.OPERATOR,
            Effect.CHANGES,
            this::unsubscribe));
  }

  private CompletionStage<Reply> list(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    List<CompletableFuture<ServiceReport>> reports = new ArrayList<>();
    chains
        .get()
        .ifPresent(all -> all.services().values().forEach(each -> reports.add(each.report())));
    return CompletableFuture.allOf(reports.toArray(CompletableFuture[]::new))
        .thenApply(
            _ ->
                reply(
                    "pubsub.chains",
                    "chains",
                    reports.stream().map(each -> chain(each.join())).toList()));
  }

  private static Map<String, Object> chain(ServiceReport report) {
    Map<String, Object> chain = new LinkedHashMap<>();
    chain.put("name", report.name());
    chain.put("state", report.state().name().toLowerCase(Locale.ROOT));
    chain.put("endpoint", report.endpoint());
    chain.put("endpoints", report.endpoints());
    chain.put("chain_id", report.chainId());
    chain.put("head_number", report.headNumber());
    chain.put("head_age_seconds", report.headAgeSeconds());
    chain.put("in_flight", report.inFlight());
    chain.put("subscriptions", report.subscriptions().size());
    return chain;
  }

  private CompletionStage<Reply> subscriptions(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    List<NamedReport> told = named.apply(captured.getOrDefault("chain", ""));
    return there(captured)
        .report()
        .thenApply(
            report ->
                reply(
                    "pubsub.subscriptions",
                    "subscriptions",
                    report.subscriptions().stream().map(ChainArea::subscription).toList(),
                    "named",
                    told.stream().map(each -> named(each, report.headNumber())).toList()));
  }

  private static Map<String, Object> named(NamedReport report, long head) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("name", report.name());
    one.put("kind", report.kind());
    one.put("local_id", report.localId());
    one.put("state", report.phase());
    if (!report.trouble().isEmpty()) one.put("reason", report.trouble());
    one.put("block", report.block());
    one.put("lag_blocks", report.block() < 0 || head < 0 ? 0 : Math.max(0, head - report.block()));
    one.put("messages", report.told());
    one.put("open", report.open());
    return one;
  }

  private CompletionStage<Reply> refill(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("from"));
    String from = request.query().text("from").orElse("");
    if (!from.matches("[0-9]{1,15}"))
      throw new BadRequestException(400, "bad_query", "from: the number of a block");
    U256 id = localId(captured);
    return there(captured)
        .refill(id, Long.parseLong(from))
        .thenApply(
            found ->
                found
                    ? reply("pubsub.refilling", "local_id", id.toQuantity())
                    : Reply.error(
                        404,
                        "no_such_subscription",
                        id + ": no followed subscription has this id",
                        "",
                        0));
  }

  private static U256 localId(Map<String, String> captured) throws BadRequestException {
    try {
      return U256.ofQuantity(captured.getOrDefault("id", ""));
    } catch (IllegalArgumentException bad) {
      throw new BadRequestException(400, "bad_id", "a local id such as 0x1f is expected");
    }
  }

  private static Map<String, Object> subscription(ServiceReport.SubscriptionReport report) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("local_id", report.localId());
    one.put("server_id", report.serverId());
    one.put("method", report.method());
    one.put("state", report.state().toLowerCase(Locale.ROOT));
    one.put("handles", report.handles());
    one.put("queued", report.queued());
    one.put("items", report.items());
    one.put("dropped", report.dropped());
    return one;
  }

  private CompletionStage<Reply> reconnect(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    there(captured).reconnect();
    return done(reply("pubsub.reconnecting", "chain", captured.getOrDefault("chain", "")));
  }

  private CompletionStage<Reply> failover(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("to"));
    String alias =
        request
            .query()
            .text("to")
            .orElseThrow(
                () -> new BadRequestException(400, "bad_query", "to: an endpoint's alias"));
    return there(captured)
        .failover(alias)
        .thenApply(
            found ->
                found
                    ? reply("pubsub.reconnecting", "endpoint", alias)
                    : Reply.error(
                        404, "no_such_endpoint", alias + ": no endpoint has this alias", "", 0));
  }

  private CompletionStage<Reply> unsubscribe(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    U256 id = localId(captured);
    return there(captured)
        .unsubscribe(id)
        .handle(
            (agreed, failure) -> {
              Throwable cause =
                  failure instanceof CompletionException && failure.getCause() != null
                      ? failure.getCause()
                      : failure;
              if (cause instanceof PubSubException.SubscriptionNotFound)
                return Reply.error(
                    404, "no_such_subscription", id + ": no subscription has this id", "", 0);
              return reply(
                  "pubsub.unsubscribed", "agreed", failure == null && Boolean.TRUE.equals(agreed));
            });
  }

  private ChainService there(Map<String, String> captured) throws BadRequestException {
    String name = captured.getOrDefault("chain", "");
    return chains
        .get()
        .flatMap(all -> all.service(name))
        .orElseThrow(
            () -> new BadRequestException(404, "no_such_chain", name + ": no chain has this name"));
  }

  private static Reply reply(String kind, String key, Object value) {
    return reply(kind, Map.of(key, value));
  }

  private static Reply reply(
      String kind, String key, Object value, String secondKey, Object secondValue) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put(key, value);
    members.put(secondKey, secondValue);
    return reply(kind, members);
  }

  private static Reply reply(String kind, Map<String, Object> members) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead." + kind + "/1");
    document.putAll(members);
    // Maps, lists and scalars only: nothing of ours is mapped by reflection.
    return Reply.of(200, "application/json", JSON.writeValueAsBytes(JSON.valueToTree(document)));
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
