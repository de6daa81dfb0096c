package io.fairlead.control.netty;

import io.fairlead.control.access.AccessRules;
import io.fairlead.control.access.Decision;
import io.fairlead.control.access.Door;
import io.fairlead.control.access.Gatekeeper;
import io.fairlead.control.access.Knock;
import io.fairlead.control.access.Role;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.api.Who;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.Caller;
import io.fairlead.control.http.ControlLimits;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Query;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.Router;
import io.fairlead.control.http.SignIn;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.micrometer.core.instrument.Counter;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads a request through: head → access → route → body → access again where it hung on the peer's
 * uid → action → answer. The exchange is touched on its event loop only; everything between head
 * and answer runs on a virtual thread. Shared by all control connections, each of which has one
 * request under way at most.
 */
public final class ControlHandler implements RequestHandler {
  static final AttributeKey<Door> DOOR = AttributeKey.valueOf(ControlHandler.class, "door");

  private static final Logger log = LoggerFactory.getLogger(ControlHandler.class);
  private static final Set<String> BODY_TYPES = Set.of("application/json", "application/yaml");

  private final Router router;
  private final Gatekeeper keeper;
  private final GatewayControl gateway;
  private final AuditTrail audit;
  private final Executor executor;
  private final Watch<ControlLimits> limits;
  private final Meters meters;
  private final Counter beyond;

  /**
   * @param audit gets one line for each use of a route that changes something
   * @param executor of virtual threads
   */
  public ControlHandler(
      Router router,
      Gatekeeper keeper,
      GatewayControl gateway,
      AuditTrail audit,
      Executor executor,
      Watch<ControlLimits> limits,
      Meters meters) {
    this.router = router;
    this.keeper = keeper;
    this.gateway = gateway;
    this.audit = audit;
    this.executor = executor;
    this.limits = limits;
    this.meters = meters;
    this.beyond =
        meters.counter(
            "limit.rejections", "Work refused by a limit.", "limit", "control_documents");
  }

  @Override
  public void handle(ServerExchange exchange) {
    Carrier carrier = new Carrier(exchange, executor);
    Door door = exchange.channel().attr(DOOR).get();
    RequestHead head = exchange.head();
    String target = head.pathAndQuery();
    int question = target.indexOf('?');
    String rawQuery = question < 0 ? "" : target.substring(question + 1);
    AccessRules rules = keeper.policy().rules();
    Optional<String> path = rules.local(question < 0 ? target : target.substring(0, question));
    Cors cors = Cors.of(head, rules.corsOrigins());
    carrier.answerWith(cors.fields());
    Knock knock = knock(exchange, door, head, path.orElse("/"));
    Visit visit = new Visit(carrier, knock, rawQuery, head);
    try {
      if (path.isEmpty()) {
        executor.execute(
            () -> carrier.send(error(404, "not_found", "short paths have no base path", "")));
        return;
      }
      if (cors.preflight()) {
        carrier.send(Cors.preflightReply());
        return;
      }
      executor.execute(() -> guarded(carrier, () -> admit(visit)));
    } catch (RejectedExecutionException closing) {
      exchange.abort();
    }
  }

  /** What is known of one request; the head's texts are copied out on the event loop. */
  private static final class Visit {
    final Carrier carrier;
    final Knock knock;
    final String rawQuery;
    final String accept;
    final String acceptEncoding;
    final Optional<String> contentType;
    final List<String> ifNoneMatch;
    final List<String> ifMatch;
    final Optional<String> lastEventId;
    final boolean hasBody;

    Visit(Carrier carrier, Knock knock, String rawQuery, RequestHead head) {
      this.carrier = carrier;
      this.knock = knock;
      this.rawQuery = rawQuery;
      this.accept = head.fields().first("accept").orElse("");
      this.acceptEncoding = String.join(",", head.fields().all("accept-encoding"));
      this.contentType = head.fields().first("content-type").map(ControlHandler::mediaType);
      this.ifNoneMatch = head.fields().all("if-none-match");
      this.ifMatch = head.fields().all("if-match");
      this.lastEventId = head.fields().first("last-event-id");
      this.hasBody =
          switch (head.body()) {
            case BodyLength.None _ -> false;
            case BodyLength.Fixed(long bytes) -> bytes > 0;
            case BodyLength.Chunked _, BodyLength.UntilClose _ -> true;
          };
    }
  }

  private void admit(Visit visit) throws BadRequestException {
    switch (keeper.decide(visit.knock)) {
      case Decision.Refused refused -> refuse(visit, refused);
      case Decision.Throttled throttled -> slowDown(visit, throttled);
      case Decision.AskPeer _ -> throw new IllegalStateException("the peer was asked already");
      case Decision.Allowed allowed -> route(visit, allowed);
    }
  }

  private void route(Visit visit, Decision.Allowed allowed) throws BadRequestException {
    Knock knock = visit.knock;
    switch (router.find(knock.method(), knock.path())) {
      case Router.Match.Nothing _ ->
          visit.carrier.send(error(404, "not_found", knock.path() + ": nothing here", ""));
      case Router.Match.WrongMethod(String allow) ->
          visit.carrier.send(
              error(405, "method_not_allowed", "allowed here: " + allow, "").with("Allow", allow));
      case Router.Match.Found found -> {
        if (!allowed.role().includes(found.route().role())) {
          if (found.route().changes()) audit(visit, allowed.who(), 403);
          visit.carrier.send(
              error(403, "role_missing", "this needs the role " + lower(found.route().role()), ""));
          return;
        }
        prepare(visit, allowed, found);
      }
    }
  }

  private void prepare(Visit visit, Decision.Allowed allowed, Router.Match.Found found)
      throws BadRequestException {
    boolean typed = visit.contentType.isPresent();
    if ((visit.hasBody || typed) && !visit.contentType.map(BODY_TYPES::contains).orElse(false)) {
      // Also without a body: what a plain HTML form can send shall never do anything.
      visit.carrier.send(
          error(415, "unsupported_media_type", "bodies are JSON or YAML", "send application/json"));
      return;
    }
    ControlRequest request =
        new ControlRequest(
            visit.knock.method(),
            visit.knock.path(),
            Query.parse(visit.rawQuery),
            visit.accept,
            visit.acceptEncoding,
            visit.contentType,
            visit.ifNoneMatch,
            visit.ifMatch,
            visit.lastEventId,
            allowed.role(),
            new Who("api", allowed.who(), peerOf(visit.knock.door())),
            visit.knock.door(),
            allowed.role() != Role.PUBLIC,
            caller(visit.knock, allowed.role()),
            limits.current(),
            new byte[0]);
    if (!visit.hasBody) {
      act(visit, allowed, found, request);
    } else if (!found.route().takesBody()) {
      visit.carrier.send(error(400, "unexpected_body", "this takes no body", ""));
    } else {
      visit.carrier.readBody(
          body -> guarded(visit.carrier, () -> act(visit, allowed, found, request.withBody(body))),
          this::countBeyond);
    }
  }

  @Override
  public void refused(RefusedRequest request) {
    countBeyond(request.status());
  }

  /** What was sent is beyond one of the bounds of documents. */
  private void countBeyond(int status) {
    if (status == 413) beyond.increment();
  }

  private void act(
      Visit visit, Decision.Allowed allowed, Router.Match.Found found, ControlRequest request)
      throws BadRequestException {
    if (allowed.proven()) {
      // Whoever sends and leaves at once, so that nobody can say later who it was, gets nothing.
      if (!visit.carrier.peerPresent()) return;
      if (keeper.decide(visit.knock) instanceof Decision.Refused refused) {
        refuse(visit, refused);
        return;
      }
    }
    Map<String, String> captured = found.captured();
    found
        .route()
        .handler()
        .handle(request, captured)
        .whenComplete(
            (reply, failure) -> {
              if (failure != null) {
                failed(visit.carrier, failure);
                return;
              }
              if (!found.route().changes()) {
                visit.carrier.send(reply);
                return;
              }
              // Whoever completes the action need not be a thread that may wait for a disk.
              executor.execute(
                  () -> {
                    // A login writes a line of its own, with the name in it.
                    if (found.route().role() != Role.PUBLIC) {
                      audit(visit, allowed.who(), reply.status());
                    }
                    visit.carrier.send(reply);
                  });
            });
  }

  private void audit(Visit visit, String who, int status) {
    String from = from(visit.knock.door());
    log.atInfo()
        .addKeyValue("who", who)
        .addKeyValue("from", from)
        .addKeyValue("method", visit.knock.method())
        .addKeyValue("path", visit.knock.path())
        .addKeyValue("status", status)
        .log("control action done");
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("who", who);
    line.put("from", from);
    line.put("method", visit.knock.method());
    line.put("path", visit.knock.path());
    line.put("status", status);
    audit.record("control.action", line);
  }

  private static Caller caller(Knock knock, Role role) {
    Optional<InetAddress> address =
        knock.door() instanceof Door.Tcp tcp
            ? Optional.of(tcp.peer().getAddress())
            : Optional.empty();
    return new Caller(role, from(knock.door()), address, knock.session(), knock.secure());
  }

  private static String from(Door door) {
    return switch (door) {
      case Door.Tcp(InetSocketAddress peer, _) ->
          peer.getAddress().getHostAddress() + " port " + peer.getPort();
      case Door.Unix(OptionalInt uid) ->
          "unix socket" + (uid.isPresent() ? ", uid " + uid.getAsInt() : "");
    };
  }

  private void slowDown(Visit visit, Decision.Throttled throttled) {
    meters
        .counter("control.refused", "Control requests refused.", "reason", "throttled")
        .increment();
    visit.carrier.send(SignIn.throttled(throttled.retryAfter()));
  }

  private void refuse(Visit visit, Decision.Refused refused) {
    meters
        .counter("control.refused", "Control requests refused.", "reason", refused.code())
        .increment();
    log.atDebug()
        .addKeyValue("door", visit.knock.door())
        .addKeyValue("code", refused.code())
        .log("control request refused");
    Reply reply = error(refused.status(), refused.code(), refused.message(), refused.hint());
    if (refused.status() == 401) reply = reply.with("WWW-Authenticate", "Bearer");
    visit.carrier.send(reply);
  }

  /** A step that may refuse what it was sent. */
  private interface Step {
    void run() throws BadRequestException;
  }

  private void guarded(Carrier carrier, Step step) {
    try {
      step.run();
    } catch (BadRequestException bad) {
      countBeyond(bad.status());
      carrier.send(error(bad.status(), bad.code(), String.valueOf(bad.getMessage()), ""));
    } catch (RuntimeException | Error bug) {
      failed(carrier, bug);
    }
  }

  private void failed(Carrier carrier, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    log.atError().setCause(cause).log("control request failed");
    carrier.send(Reply.error(500, "internal", "the gateway made a mistake; see its log", "", 0));
  }

  private Reply error(int status, String code, String message, String hint) {
    return Reply.error(status, code, message, hint, gateway.status().generation());
  }

  private static Knock knock(ServerExchange exchange, Door door, RequestHead head, String path) {
    Fields fields = head.fields();
    boolean marks = false;
    for (int i = 0; i < fields.size() && !marks; i++) {
      String name = fields.name(i).toLowerCase(Locale.ROOT);
      marks =
          name.equals("origin")
              || name.equals("referer")
              || name.equals("cookie")
              || name.startsWith("sec-fetch-");
    }
    return new Knock(
        door,
        head.method(),
        path,
        head.authority(),
        fields.all("origin"),
        fields.all("sec-fetch-site"),
        marks,
        fields.all("authorization"),
        Cookies.single(fields.all("cookie"), SignIn.COOKIE),
        fields.first("x-fairlead-csrf"),
        exchange.secure());
  }

  private static String peerOf(Door door) {
    return switch (door) {
      case Door.Tcp(InetSocketAddress peer, _) -> peer.getAddress().getHostAddress();
      case Door.Unix _ -> "unix";
    };
  }

  private static String mediaType(String value) {
    int semicolon = value.indexOf(';');
    return (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
