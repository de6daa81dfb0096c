package io.fairlead.control.http;

import io.fairlead.control.access.Door;
import io.fairlead.control.access.Role;
import io.fairlead.control.api.UpgradeRequest;
import io.fairlead.control.api.UpgradeResult;
import io.fairlead.control.api.Upgrading;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/upgrade}: replaces the process. Any thread. */
public final class UpgradeArea implements ResourceArea {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration TIMEOUT_MAX = Duration.ofMinutes(10);
  private static final Set<String> KEYS = Set.of("binary", "timeout");

  private final Upgrading upgrading;
  private final OptionalInt ownUid;

  /**
   * @param ownUid of this process; who comes as this user or as root over the unix socket may name
   *     a binary
   */
  public UpgradeArea(Upgrading upgrading, OptionalInt ownUid) {
    this.upgrading = upgrading;
    this.ownUid = ownUid;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/upgrade", Role.ADMIN, Effect.CHANGES, this::upgrade).withBody());
  }

  private CompletionStage<Reply> upgrade(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    Optional<Path> binary = Optional.empty();
    Duration timeout = TIMEOUT;
    if (request.body().length > 0) {
      ObjectNode body = Json.read(request);
      for (String key : body.propertyNames()) {
        if (!KEYS.contains(key)) {
          throw bad("unknown key: " + key + " (known: binary, timeout)");
        }
      }
      if (body.has("binary")) {
        binary = Optional.of(Path.of(text(body, "binary")));
        if (!binary.get().isAbsolute()) throw bad("binary: an absolute path is expected");
      }
      if (body.has("timeout")) timeout = Query.duration("timeout", text(body, "timeout"));
    }
    if (!timeout.isPositive() || timeout.compareTo(TIMEOUT_MAX) > 0) {
      throw bad("timeout: expected more than 0 and at most 10m");
    }
    return upgrading
        .upgrade(new UpgradeRequest(binary, timeout, local(request.door()), request.who()))
        .thenApply(UpgradeArea::reply);
  }

  private static Reply reply(UpgradeResult result) {
    return switch (result) {
      case UpgradeResult.HandedOver done ->
          Reply.json(
              202,
              Json.document("upgrade")
                  .put("handed_over", true)
                  .put("pid", done.pid())
                  .put("generation", done.generation())
                  .put("sockets", done.sockets())
                  .put("took_ms", done.took().toMillis())
                  .put("passing_ms", done.passing().toMillis()));
      case UpgradeResult.Failed(long generation, String reason) ->
          Reply.error(
              500,
              "upgrade_failed",
              reason,
              "the running process (generation " + generation + ") goes on",
              generation);
      case UpgradeResult.Busy(long generation, String reason) ->
          Reply.error(409, "busy", reason, "", generation);
      case UpgradeResult.Impossible(long generation, String reason, String hint) ->
          Reply.error(409, "upgrade_impossible", reason, hint, generation);
      case UpgradeResult.NotAllowed(long generation, String reason, String hint) ->
          Reply.error(403, "binary_not_allowed", reason, hint, generation);
    };
  }

  private boolean local(Door door) {
    return door instanceof Door.Unix(OptionalInt uid)
        && uid.isPresent()
        && (uid.getAsInt() == 0 || uid.equals(ownUid));
  }

  private static String text(ObjectNode body, String key) throws BadRequestException {
    JsonNode value = body.get(key);
    if (!value.isString()) throw bad(key + ": a text is expected");
    return value.stringValue();
  }

  private static BadRequestException bad(String message) {
    return new BadRequestException(400, "bad_body", message);
  }
}
