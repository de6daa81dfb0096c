package io.fairlead.control.http;

import io.fairlead.control.access.AccessPolicy;
import io.fairlead.control.access.AttemptThrottle;
import io.fairlead.control.access.Decision;
import io.fairlead.control.access.Role;
import io.fairlead.control.access.Sessions;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.unit.Secret;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.Authenticator;
import io.fairlead.net.auth.Credentials;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Logging in and out: a name and a password, or a token, become a cookie that no script can read
 * (RFC 6265) and that no page of another site can make a browser send, and a CSRF token that every
 * change must repeat. Whether a name exists is told by neither the answer nor the time it takes.
 * Immutable; any thread.
 */
public final class SignIn implements ResourceArea {
  /** Name of the cookie. */
  public static final String COOKIE = "fairlead_session";

  private static final Set<String> KEYS = Set.of("user", "password", "token");
  private static final int TEXT_MAX = 1024;

  private final Authenticator users;
  private final Sessions sessions;
  private final AttemptThrottle throttle;
  private final Watch<AccessPolicy> policy;
  private final AuditTrail audit;

  /**
   * @param policy says which role a user has, and where the cookie belongs
   */
  public SignIn(
      Authenticator users,
      Sessions sessions,
      AttemptThrottle throttle,
      Watch<AccessPolicy> policy,
      AuditTrail audit) {
    this.users = users;
    this.sessions = sessions;
    this.throttle = throttle;
    this.policy = policy;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("POST", AccessPolicy.LOGIN_PATH, Role.PUBLIC, Effect.CHANGES, this::login)
            .withBody(),
        Route.of("POST", "/v1/logout", Role.VIEWER, Effect.CHANGES, this::logout),
        Route.of("GET", "/v1/session", Role.VIEWER, Effect.READS, this::session));
  }

  private CompletionStage<Reply> login(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    ObjectNode body = Json.read(request);
    for (String key : body.propertyNames()) {
      if (!KEYS.contains(key)) throw bad("unknown key: " + key + " (known: user, password, token)");
    }
    if (body.has("token")) return loginByToken(request, body);
    String user = text(body, "user");
    Secret password = Secret.of(text(body, "password"));
    InetAddress from = request.caller().address().orElseGet(InetAddress::getLoopbackAddress);
    Optional<Duration> wait = throttle.begin(from);
    if (wait.isPresent()) return CompletableFuture.completedStage(throttled(wait.get()));
    return users
        .authenticate(new Credentials(user, password), from)
        // A virtual thread each: what follows waits for the audit file's disk.
        .thenApplyAsync(
            result -> decided(request, user, from, result),
            task -> Thread.ofVirtual().name("control-login").start(task));
  }

  /** So that a page need not keep the token anywhere. */
  private CompletionStage<Reply> loginByToken(ControlRequest request, ObjectNode body)
      throws BadRequestException {
    if (body.has("user") || body.has("password")) throw bad("token: stands alone");
    String shown = text(body, "token");
    InetAddress from = request.caller().address().orElseGet(InetAddress::getLoopbackAddress);
    Optional<Duration> wait = throttle.begin(from);
    if (wait.isPresent()) return CompletableFuture.completedStage(throttled(wait.get()));
    Optional<String> holder = policy.current().holderOf(shown);
    if (holder.isEmpty()) {
      record(request, "token", "rejected");
      return CompletableFuture.completedStage(
          Reply.error(401, "bad_credentials", "the token is not valid", "", 0));
    }
    throttle.succeeded(from);
    return CompletableFuture.completedStage(accepted(request, holder.get()));
  }

  private Reply decided(ControlRequest request, String user, InetAddress from, AuthResult result) {
    return switch (result) {
      case AuthResult.Accepted accepted -> {
        throttle.succeeded(from);
        yield accepted(request, accepted.user());
      }
      case AuthResult.Rejected _ -> {
        record(request, "user " + user, "rejected");
        yield Reply.error(401, "bad_credentials", "user or password is wrong", "", 0);
      }
      case AuthResult.Throttled(Duration retryAfter) -> throttled(retryAfter);
    };
  }

  private Reply accepted(ControlRequest request, String holder) {
    Optional<Decision.Allowed> standing = policy.current().standing(holder);
    if (standing.isEmpty()) { // left the configuration while the password was checked
      return Reply.error(401, "bad_credentials", "user or password is wrong", "", 0);
    }
    String who = standing.get().who();
    record(request, who, "accepted");
    request.caller().session().ifPresent(sessions::close); // the one it had, if any
    Sessions.Opened opened = sessions.open(holder);
    return Reply.json(200, document(who, standing.get().role()).put("csrf", opened.csrf()))
        .with("Set-Cookie", cookie(opened.key(), Sessions.LIFE, request.caller().secure()));
  }

  private CompletionStage<Reply> logout(ControlRequest request, Map<String, String> captured) {
    request.caller().session().ifPresent(sessions::close);
    return CompletableFuture.completedStage(
        Reply.empty(204).with("Set-Cookie", cookie("", Duration.ZERO, request.caller().secure())));
  }

  private CompletionStage<Reply> session(ControlRequest request, Map<String, String> captured) {
    ObjectNode json = document(request.who().name(), request.caller().role());
    request
        .caller()
        .session()
        .flatMap(sessions::find)
        .ifPresent(visitor -> json.put("csrf", visitor.csrf()));
    return CompletableFuture.completedStage(Reply.json(200, json));
  }

  private void record(ControlRequest request, String who, String result) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("who", who);
    line.put("from", request.caller().from());
    line.put("result", result);
    audit.record("control.login", line);
  }

  private static ObjectNode document(String who, Role role) {
    return Json.document("session")
        .put("who", who)
        .put("role", role.name().toLowerCase(Locale.ROOT));
  }

  private String cookie(String value, Duration life, boolean secure) {
    return COOKIE
        + "="
        + value
        + "; Path="
        + policy.current().rules().basePath()
        + "; Max-Age="
        + life.toSeconds()
        + "; HttpOnly; SameSite=Strict"
        + (secure ? "; Secure" : "");
  }

  /** The answer to whoever has to wait; whole seconds, rounded up. */
  public static Reply throttled(Duration wait) {
    return Reply.error(429, "throttled", "too many failures", "try again later", 0)
        .with("Retry-After", Long.toString(Math.max(1, (wait.toMillis() + 999) / 1000)));
  }

  private static String text(ObjectNode body, String key) throws BadRequestException {
    JsonNode value = body.get(key);
    if (value == null || !value.isString()) throw bad(key + ": text is expected");
    String text = value.stringValue();
    if (text.isEmpty() || text.length() > TEXT_MAX) throw bad(key + ": 1 to 1024 characters");
    return text;
  }

  private static BadRequestException bad(String message) {
    return new BadRequestException(400, "bad_body", message);
  }
}
