package io.fairlead.control.http;

import static io.fairlead.control.http.Router.Effect.CHANGES;
import static io.fairlead.control.http.Router.Effect.READS;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.control.access.Role;
import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.ConfigControl;
import io.fairlead.control.api.EffectiveConfig;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Wish;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.config.ConfigEdit;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The configuration over HTTP: what runs, changing it, going back. Immutable; any thread. */
final class ConfigEndpoints implements ResourceArea {
  private static final String JSON = "application/json";
  private static final Duration CONFIRM_MAX = Duration.ofDays(1);

  /** What every change may say about how it is to be made. */
  private static final Set<String> MANNER =
      Set.of("dry_run", "confirm_within", "comment", "allow_disruptive");

  private final GatewayControl gateway;
  private final ConfigControl configuration;

  ConfigEndpoints(GatewayControl gateway) {
    this.gateway = gateway;
    this.configuration = gateway.configuration();
  }

  @Override
  public List<Route> routes() {
    String path = "/v1/config/effective/{path...}";
    return List.of(
        Route.of("GET", "/now", Role.VIEWER, READS, this::effective),
        Route.of("GET", "/v1/now", Role.VIEWER, READS, this::effective),
        Route.of("GET", path, Role.VIEWER, READS, this::effective),
        Route.of("PATCH", path, Role.ADMIN, CHANGES, edit(ConfigEdit.Op.MERGE)).withBody(),
        Route.of("PUT", path, Role.ADMIN, CHANGES, edit(ConfigEdit.Op.SET)).withBody(),
        Route.of("DELETE", path, Role.ADMIN, CHANGES, edit(ConfigEdit.Op.REMOVE)),
        Route.of("GET", "/v1/config/schema", Role.VIEWER, READS, this::schema),
        Route.of("GET", "/v1/config/source", Role.VIEWER, READS, this::source),
        Route.of("PUT", "/v1/config/source", Role.ADMIN, CHANGES, this::writeSource).withBody(),
        Route.of("GET", "/v1/config/history", Role.VIEWER, READS, this::history),
        Route.of("GET", "/v1/config/history/{which}", Role.VIEWER, READS, this::generation),
        Route.of("GET", "/adapt", Role.VIEWER, READS, this::adapt),
        Route.of("GET", "/v1/adapt", Role.VIEWER, READS, this::adapt),
        Route.of("POST", "/v1/adapt", Role.OPERATOR, READS, this::adapt).withBody(),
        Route.of("GET", "/reload", Role.OPERATOR, CHANGES, this::reload),
        Route.of("POST", "/reload", Role.OPERATOR, CHANGES, this::reload).withBody(),
        Route.of("POST", "/v1/reload", Role.OPERATOR, CHANGES, this::reload).withBody(),
        Route.of("POST", "/v1/confirm", Role.OPERATOR, CHANGES, this::confirm).withBody(),
        Route.of("POST", "/v1/rollback", Role.ADMIN, CHANGES, this::rollback).withBody());
  }

  private CompletionStage<Reply> effective(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("path", "format", "layers"));
    EffectiveConfig config = gateway.effectiveConfig();
    String tag = "\"" + config.tag() + "\"";
    if (EntityTags.match(request.ifNoneMatch(), config.tag())) {
      return done(tagged(Reply.empty(304), config, tag));
    }
    String path = captured.getOrDefault("path", "");
    if (path.isEmpty()) path = request.query().text("path").orElse("");
    String format = request.query().text("format").orElse("json");
    Optional<Object> found = ConfigTree.at(config.tree(), path);
    if (found.isEmpty()) {
      return done(error(404, "no_such_path", path + ": not in the running configuration"));
    }
    if (request.query().flag("layers")) {
      return done(tagged(layers(path, found.get()), config, tag));
    }
    return switch (format) {
      case "json" ->
          done(tagged(Reply.of(200, JSON, Json.bytes(Json.tree(found.get()))), config, tag));
      case "yaml" -> {
        String yaml = path.isEmpty() ? config.yaml() : ConfigTree.yaml(found.get());
        yield done(tagged(Reply.of(200, "application/yaml", yaml.getBytes(UTF_8)), config, tag));
      }
      default ->
          throw new BadRequestException(
              400, "bad_query", "format: " + format + " (expected: json or yaml)");
    };
  }

  private Reply layers(String path, Object tree) {
    ConfigControl.Origins origins = configuration.origins();
    ObjectNode json = Json.document("layers");
    json.put("base", origins.base());
    json.set("config", Json.tree(tree));
    ObjectNode list = json.putObject("origins");
    String below = path.isEmpty() || path.startsWith("/") ? path : "/" + path;
    origins
        .byPath()
        .forEach(
            (at, origin) -> {
              if (below.length() <= 1 || at.equals(below) || at.startsWith(below + "/")) {
                list.put(at, origin);
              }
            });
    return Reply.json(200, json);
  }

  private CompletionStage<Reply> schema(ControlRequest request, Map<String, String> captured) {
    return done(Reply.of(200, "application/schema+json", gateway.schema().getBytes(UTF_8)));
  }

  private CompletionStage<Reply> source(ControlRequest request, Map<String, String> captured) {
    EffectiveConfig config = gateway.effectiveConfig();
    return configuration
        .source()
        .thenApply(
            text ->
                text.map(
                        found ->
                            tagged(
                                Reply.of(200, "application/yaml", found.getBytes(UTF_8)),
                                config,
                                "\"" + config.tag() + "\""))
                    .orElseGet(() -> error(404, "no_file", "this gateway runs without a file")));
  }

  private CompletionStage<Reply> history(ControlRequest request, Map<String, String> captured) {
    return configuration
        .history()
        .thenApply(entries -> Reply.json(200, ConfigReports.history(entries)));
  }

  private CompletionStage<Reply> generation(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    String which = captured.getOrDefault("which", "");
    int dots = which.indexOf("..");
    if (dots < 0) {
      return configuration
          .generation(number(which))
          .thenApply(
              found ->
                  found
                      .map(detail -> Reply.json(200, ConfigReports.detail(detail)))
                      .orElseGet(() -> unknownGeneration(which)));
    }
    return configuration
        .difference(number(which.substring(0, dots)), number(which.substring(dots + 2)))
        .thenApply(
            found ->
                found
                    .map(difference -> Reply.json(200, ConfigReports.difference(difference)))
                    .orElseGet(() -> unknownGeneration(which)));
  }

  private CompletionStage<Reply> adapt(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("from"));
    Optional<String> from = request.query().text("from");
    Optional<String> body = text(request.body());
    if (from.isEmpty()) return adapted(configuration.adapt(body));
    if (body.isEmpty()) {
      throw new BadRequestException(400, "bad_query", "from: needs a configuration as the body");
    }
    return adapted(
        configuration
            .adaptForeign(from.get(), body.get())
            .orElseThrow(
                () ->
                    new BadRequestException(
                        400, "bad_query", "from: `" + from.get() + "` is not a known format")));
  }

  private static CompletionStage<Reply> adapted(CompletionStage<AdaptReport> asked) {
    return asked.thenApply(report -> Reply.json(report.valid() ? 200 : 422, Reports.adapt(report)));
  }

  private CompletionStage<Reply> reload(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(with("persist"));
    Optional<String> body = text(request.body());
    Optional<String> persist = request.query().text("persist");
    if (persist.isPresent() && (!persist.get().equals("file") || body.isEmpty())) {
      throw new BadRequestException(
          400, "bad_query", "persist: only `file` is known, and only with a body");
    }
    if (body.isEmpty()) return change(new Wish.Again(), request, false);
    if (!request.role().includes(Role.ADMIN)) {
      return done(error(403, "role_missing", "a reload with a body needs the role admin"));
    }
    return change(new Wish.Text(body.get(), persist.isPresent()), request, false);
  }

  private CompletionStage<Reply> writeSource(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(MANNER);
    Optional<String> text = text(request.body());
    if (text.isEmpty()) throw new BadRequestException(400, "bad_body", "a configuration is due");
    return change(new Wish.Text(text.get(), true), request, true);
  }

  private Router.Handler edit(ConfigEdit.Op op) {
    return (request, captured) -> {
      String path = captured.getOrDefault("path", "");
      boolean removes = op == ConfigEdit.Op.REMOVE;
      request.query().allowOnly(removes ? with("ephemeral", "revert") : with("ephemeral"));
      boolean revert = removes && request.query().flag("revert");
      String text = text(request.body()).orElse("");
      if (!removes && text.isEmpty()) {
        throw new BadRequestException(400, "bad_body", "a value is due");
      }
      if (path.isEmpty() && op != ConfigEdit.Op.MERGE && !revert) {
        throw new BadRequestException(
            400, "bad_path", "the whole is set by PUT /v1/config/source or POST /v1/reload");
      }
      boolean ephemeral = request.query().flag("ephemeral");
      Wish wish =
          revert ? new Wish.Revert(path) : new Wish.Edit(new ConfigEdit(op, path, text), ephemeral);
      return change(wish, request, true);
    };
  }

  private CompletionStage<Reply> confirm(ControlRequest request, Map<String, String> captured) {
    return configuration
        .confirm(request.who())
        .thenApply(
            generation ->
                generation
                    .map(kept -> Reply.json(200, Json.document("confirm").put("generation", kept)))
                    .orElseGet(
                        () -> error(404, "none_pending", "no change waits for confirmation")));
  }

  private CompletionStage<Reply> rollback(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(with("to"));
    OptionalLong to = OptionalLong.empty();
    Optional<String> asked = request.query().text("to");
    if (asked.isPresent()) to = OptionalLong.of(number(asked.get()));
    if (request.body().length > 0) {
      ObjectNode body = Json.read(request);
      for (String key : body.propertyNames()) {
        if (!key.equals("to")) {
          throw new BadRequestException(400, "bad_body", "unknown key: " + key + " (known: to)");
        }
      }
      JsonNode number = body.get("to");
      if (number != null) {
        if (!number.isIntegralNumber()) {
          throw new BadRequestException(400, "bad_body", "to: a generation's number is expected");
        }
        to = OptionalLong.of(number.longValue());
      }
    }
    return change(new Wish.BackTo(to), request, false);
  }

  private CompletionStage<Reply> change(Wish wish, ControlRequest request, boolean conditional)
      throws BadRequestException {
    if (conditional && request.ifMatch().isEmpty()) {
      return done(
          error(
              428,
              "precondition_required",
              "say which configuration you know: If-Match with the ETag of /v1/now"));
    }
    EffectiveConfig running = gateway.effectiveConfig();
    if (!request.ifMatch().isEmpty() && !EntityTags.match(request.ifMatch(), running.tag())) {
      return done(stale(running.generation(), running.tag()));
    }
    Optional<Duration> confirm = request.query().duration("confirm_within");
    if (confirm.isPresent()
        && (!confirm.get().isPositive() || confirm.get().compareTo(CONFIRM_MAX) > 0)) {
      throw new BadRequestException(400, "bad_query", "confirm_within: more than 0, at most 1d");
    }
    // Compared once more where changes are made one at a time: between here and there another
    // caller may have been faster. `*` only asks for any configuration to be there.
    Optional<String> expected =
        request.ifMatch().isEmpty() || EntityTags.any(request.ifMatch())
            ? Optional.empty()
            : Optional.of(running.tag());
    return configuration
        .reload(
            new ReloadRequest(
                wish,
                request.query().flag("dry_run"),
                request.query().flag("allow_disruptive"),
                confirm,
                expected,
                request.who(),
                request.query().text("comment").orElse("")))
        .thenApply(ConfigEndpoints::answer);
  }

  private static Reply answer(ReloadResult result) {
    return switch (result) {
      case ReloadResult.Applied(var report) -> Reply.json(200, Reports.reload(report));
      case ReloadResult.Busy(long generation) ->
          Reply.error(409, "busy", "another change is under way", "", generation);
      case ReloadResult.Stale(long generation, String tag) -> stale(generation, tag);
      case ReloadResult.NoSuchGeneration(long generation, String message) ->
          Reply.error(404, "no_such_generation", message, "", generation);
      case ReloadResult.Invalid(long generation, var problems) ->
          Reply.json(
              422,
              Reports.error(
                  "invalid_config",
                  "the configuration is not valid; the running one goes on",
                  "",
                  problems,
                  generation,
                  false));
      case ReloadResult.PrepareFailed(long generation, var problems) ->
          Reply.json(
              500,
              Reports.error(
                  "prepare_failed",
                  "the configuration could not be prepared; the running one goes on",
                  "",
                  problems,
                  generation,
                  true));
    };
  }

  private static Reply stale(long generation, String tag) {
    return Reply.error(
            412,
            "changed_meanwhile",
            "the running configuration is not the one you know",
            "read it again; it is \"" + tag + "\" now",
            generation)
        .with("ETag", "\"" + tag + "\"");
  }

  private Reply unknownGeneration(String which) {
    return error(404, "no_such_generation", which + ": not in the history");
  }

  private static long number(String text) throws BadRequestException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException notANumber) {
      throw new BadRequestException(
          400, "bad_path", text + ": a generation's number is expected, or two with .. between");
    }
  }

  /** The body as text; empty when there is none. */
  private static Optional<String> text(byte[] body) throws BadRequestException {
    if (body.length == 0) return Optional.empty();
    try {
      return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
    } catch (CharacterCodingException notUtf8) {
      throw new BadRequestException(400, "bad_body", "the body is not UTF-8");
    }
  }

  private static Set<String> with(String... more) {
    Set<String> names = new java.util.TreeSet<>(MANNER);
    names.addAll(List.of(more));
    return names;
  }

  private Reply error(int status, String code, String message) {
    return Reply.error(status, code, message, "", gateway.effectiveConfig().generation());
  }

  private static Reply tagged(Reply reply, EffectiveConfig config, String tag) {
    return reply
        .with("ETag", tag)
        .with("X-Fairlead-Generation", Long.toString(config.generation()));
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedStage(reply);
  }
}
