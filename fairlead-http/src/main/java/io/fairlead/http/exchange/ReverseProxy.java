package io.fairlead.http.exchange;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.time.Clock;
import io.fairlead.http.files.FileRequest;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Forwarding;
import io.fairlead.http.route.LocalPath;
import io.fairlead.http.route.PathNormaliser;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.route.RequestIds;
import io.fairlead.http.route.Rewrite;
import io.fairlead.http.route.RouteTable;
import io.fairlead.http.route.Telling;
import io.fairlead.http.route.Template;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.rate.Pace;
import io.fairlead.net.tls.TlsFacts;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes every request of every site. Stateless apart from counters; called on all event loops. The
 * snapshot a request runs on is an argument, read once by the caller.
 *
 * @param forwarding how upstreams are told who asked, and how a loop is noticed
 * @param access hears of each request's end
 */
public record ReverseProxy(
    HttpForwarder forwarder,
    Forwarding forwarding,
    RequestIds ids,
    Entitlements entitlements,
    EventBus events,
    HttpMeters meters,
    Clock clock,
    Streams streams,
    AccessLog access) {

  /** Leads to exactly one answer. */
  public void handle(Site site, ServerExchange exchange) {
    if (!site.logged() || !access.on()) {
      handle(site, exchange, null);
      return;
    }
    AccessNote note = new AccessNote(access, clock, site.id(), exchange);
    handle(site, exchange, note);
    exchange.onEnd(note);
  }

  /** Tells of a request that the edge answered by itself. */
  public void refused(Site site, RefusedRequest request) {
    if (site.logged() && access.on()) access.write(request.entry(clock.wall(), site.id()));
  }

  private void handle(Site site, ServerExchange exchange, @Nullable AccessNote note) {
    RequestHead head = exchange.head();
    if (head.form() == RequestHead.TargetForm.ASTERISK) {
      exchange.respond(Answer.empty(204)); // OPTIONS *: the server as a whole is alive
      return;
    }
    String target = head.pathAndQuery();
    int mark = target.indexOf('?');
    String path = PathNormaliser.normalise(mark < 0 ? target : target.substring(0, mark));
    if (path == null) {
      refuseBadPath(site, exchange, note);
      return;
    }
    String query = mark < 0 ? "" : target.substring(mark + 1);
    RequestFacts facts =
        new RequestFacts(
            head,
            path,
            query,
            addressOf(exchange),
            exchange.connection().remoteText(),
            site.trusted(),
            ids);
    facts.principal(exchange.connection().principal());
    Telling.Trace trace = site.telling().trace();
    facts.trace(trace.of(facts, ids, access, note != null), trace.ours(access, note != null));
    if (note != null) note.facts(facts);
    if (!site.answersForAll() && !site.answersFor(facts.host())) {
      refuseHost(site, exchange, note);
      return;
    }
    if (misdirected(exchange, facts)) {
      refuse(
          site,
          exchange,
          HttpMeters.Refusal.MISDIRECTED,
          Answer.error(421, "misdirected", "this connection is for another host"),
          note);
      return;
    }
    RouteTable.Entry<Site.Handling> route = site.routes().match(facts);
    if (route == null) {
      refuse(
          site,
          exchange,
          HttpMeters.Refusal.NO_ROUTE,
          Answer.error(404, "no_route", "no route takes this request"),
          note);
      return;
    }
    take(site, route, exchange, facts, note, null);
  }

  /**
   * Does what the route says, if it lets the client in and its rates allow it.
   *
   * @param missing as of {@link #carryOut}
   */
  void take(
      Site site,
      RouteTable.Entry<Site.Handling> route,
      ServerExchange exchange,
      RequestFacts facts,
      @Nullable AccessNote note,
      @Nullable Runnable missing) {
    if (note != null) note.route(route.id());
    Site.Handling handling = route.action();
    if (asksWho(handling, facts)) {
      new Login(this, site, handling, exchange, facts, note)
          .then(() -> take(site, route, exchange, facts, note, missing));
    } else if (!handling.zones().isEmpty()) {
      admit(site, route, exchange, facts, note, missing);
    } else if (handling.action() instanceof RouteAction.TryPaths) {
      new TriedPaths(this, site, route, exchange, facts, note, missing).next();
    } else {
      carryOut(site, handling, exchange, facts, note, missing);
    }
  }

  private void admit(
      Site site,
      RouteTable.Entry<Site.Handling> route,
      ServerExchange exchange,
      RequestFacts facts,
      @Nullable AccessNote note,
      @Nullable Runnable missing) {
    Site.Handling handling = route.action();
    ZoneGate.Ways ways =
        new ZoneGate.Ways() {
          @Override
          public void pass() {
            if (handling.action() instanceof RouteAction.TryPaths) {
              new TriedPaths(ReverseProxy.this, site, route, exchange, facts, note, missing).next();
            } else {
              carryOut(site, handling, exchange, facts, note, missing);
            }
          }

          @Override
          public void refuse(Answer answer) {
            ReverseProxy.this.refuse(site, exchange, HttpMeters.Refusal.RATE, answer, note);
          }
        };
    new ZoneGate(clock).admit(handling.zones(), exchange, facts, ways);
  }

  /**
   * Does what a route says, which is not to try others.
   *
   * @param missing for files of which there is none; null for an answer
   */
  private void carryOut(
      Site site,
      Site.Handling handling,
      ServerExchange exchange,
      RequestFacts asked,
      @Nullable AccessNote note,
      @Nullable Runnable missing) {
    if (exchange.head().body() instanceof BodyLength.Fixed(long bytes)
        && !handling.bodyMax().admits(bytes)) {
      refuse(
          site,
          exchange,
          HttpMeters.Refusal.BODY_TOO_LARGE,
          Answer.error(413, "body_too_large", "the body exceeds " + handling.bodyMax() + " bytes")
              .closing(),
          note);
      return;
    }
    exchange.bodyMax(handling.bodyMax()); // for a body that does not say its length
    Pace pace = handling.pace();
    if (site.bandwidth().isPresent()) {
      pace = pace.and(ConnectionPace.of(exchange, site.bandwidth().get(), clock));
    }
    if (pace != Pace.NONE) exchange.pace(pace);
    RequestFacts facts = rewritten(handling, asked);
    if (facts == null) {
      refuseBadPath(site, exchange, note);
      return;
    }
    if (handling.mirror().isPresent()) {
      handling.mirror().get().copy(this, site, handling, exchange, facts);
    }
    switch (handling.action()) {
      case RouteAction.ProxyTo to -> forward(site, handling, to, exchange, facts, note);
      case RouteAction.ServeFiles serve ->
          serve(site, handling, serve, new Asked(exchange, asked, facts, note, missing));
      case RouteAction.Respond respond -> {
        meters.answered.increment();
        exchange.respond(answer(respond, handling.response(), facts));
      }
      case RouteAction.TryPaths _ -> throw new IllegalStateException("tried by TriedPaths");
      case RouteAction.Redirect(int status, Template location) -> {
        meters.answered.increment();
        redirect(exchange, status, location, handling.response(), facts);
      }
    }
  }

  private static boolean asksWho(Site.Handling handling, RequestFacts facts) {
    return handling.accounts().isPresent()
        && !facts.knownBy(handling.accounts().get().authenticator());
  }

  /** A request at a route of files: as it came, and with the path in the tree. */
  private record Asked(
      ServerExchange exchange,
      RequestFacts facts,
      RequestFacts below,
      @Nullable AccessNote note,
      @Nullable Runnable missing) {}

  private void serve(Site site, Site.Handling handling, RouteAction.ServeFiles serve, Asked asked) {
    Runnable missing = asked.missing();
    if (serve.passesOn()) {
      missing = () -> passOn(site, handling, asked);
      String method = asked.exchange().head().method();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        missing.run();
        return;
      }
    }
    meters.files.increment();
    serve
        .files()
        .respond(
            new FileRequest(
                asked.exchange(),
                asked.below(),
                asked.facts().path(),
                handling.response(),
                answer -> dressed(site, answer),
                missing));
  }

  /** To the next route that takes it; routes are asked in order and try once, so that ends. */
  private void passOn(Site site, Site.Handling from, Asked asked) {
    RouteTable.Entry<Site.Handling> next = site.routes().matchAfter(from, asked.facts());
    if (next != null) {
      take(site, next, asked.exchange(), asked.facts(), asked.note(), asked.missing());
    } else if (asked.missing() != null) {
      asked.missing().run();
    } else {
      refuse(
          site,
          asked.exchange(),
          HttpMeters.Refusal.NO_ROUTE,
          Answer.error(404, "not_found", "no such file"),
          asked.note());
    }
  }

  private void forward(
      Site site,
      Site.Handling handling,
      RouteAction.ProxyTo to,
      ServerExchange exchange,
      RequestFacts facts,
      @Nullable AccessNote note) {
    if (forwarding.loops(exchange.head().fields())) {
      refuse(
          site,
          exchange,
          HttpMeters.Refusal.LOOP,
          Answer.error(508, "loop_detected", "the request passed this gateway before"),
          note);
      return;
    }
    if (allowed(verdict(exchange, facts, Action.DIAL), site, exchange, note)) {
      new Forwarded(this, site, handling, to, exchange, facts, note).start();
    }
  }

  /** On whom the connection works for, and on whose account the request named. */
  Verdict verdict(ServerExchange exchange, RequestFacts facts, Action action) {
    Principal bound = exchange.connection().principal();
    Verdict verdict = entitlements.decide(bound, action);
    boolean same = facts.principal().equals(bound);
    if (same || !(verdict instanceof Verdict.Allow)) return verdict;
    return entitlements.decide(facts.principal(), action);
  }

  /** Whether it goes on; otherwise it was answered. */
  boolean allowed(Verdict verdict, Site site, ServerExchange exchange, @Nullable AccessNote note) {
    switch (verdict) {
      case Verdict.Allow _ -> {
        return true;
      }
      case Verdict.Deny(String reason) ->
          refuse(
              site,
              exchange,
              HttpMeters.Refusal.DENIED,
              Answer.error(403, reason, "not allowed").closing(),
              note);
      case Verdict.Drain _ ->
          refuse(
              site,
              exchange,
              HttpMeters.Refusal.DRAINING,
              Answer.error(503, "draining", "no new requests").with("Retry-After", "1").closing(),
              note);
    }
    return false;
  }

  /** With the path that the route makes of it; null when that is none. */
  static @Nullable RequestFacts rewritten(Site.Handling handling, RequestFacts facts) {
    if (handling.rewrite() == Rewrite.NONE) return facts;
    String target = handling.rewrite().target(facts);
    int mark = target.indexOf('?');
    String path = PathNormaliser.normalise(mark < 0 ? target : target.substring(0, mark));
    if (path == null) return null;
    return facts.at(path, mark < 0 ? facts.query() : target.substring(mark + 1));
  }

  private void refuseBadPath(Site site, ServerExchange exchange, @Nullable AccessNote note) {
    refuse(
        site,
        exchange,
        HttpMeters.Refusal.BAD_PATH,
        Answer.error(400, "bad_path", "bad path"),
        note);
  }

  private static Answer answer(RouteAction.Respond respond, FieldRules rules, RequestFacts facts) {
    byte[] body =
        respond
            .body()
            .map(template -> template.render(facts).getBytes(StandardCharsets.UTF_8))
            .orElseGet(() -> new byte[0]);
    List<FieldEdits.Field> fields = new ArrayList<>();
    respond.fields().applyTo(fields, facts);
    Answer plain =
        new Answer(
            respond.status(),
            "",
            "",
            "",
            body.length == 0 ? "" : respond.contentType(),
            body,
            fields,
            false);
    return rules.applyTo(plain, facts);
  }

  private void redirect(
      ServerExchange exchange, int status, Template to, FieldRules rules, RequestFacts facts) {
    String rendered = to.render(facts);
    String location = to.beginsWithPath() ? LocalPath.of(rendered) : rendered;
    exchange.respond(rules.applyTo(Answer.empty(status).with("Location", location), facts));
  }

  /**
   * Whether a request is for another host than the connection's certificate. Where clients are
   * judged by their certificates, one listener's judgement must not open another's host (RFC 9110
   * §7.4).
   */
  private static boolean misdirected(ServerExchange exchange, RequestFacts facts) {
    if (!exchange.secure()) return false;
    Optional<TlsFacts> tls = TlsFacts.of(exchange.channel());
    return tls.isPresent() && tls.get().asksClients() && !tls.get().shown().covers(facts.host());
  }

  private void refuseHost(Site site, ServerExchange exchange, @Nullable AccessNote note) {
    refuse(
        site,
        exchange,
        HttpMeters.Refusal.UNKNOWN_HOST,
        exchange.secure()
            ? Answer.error(421, "unknown_host", "this server does not serve that host")
            : Answer.error(404, "unknown_host", "this server does not serve that host"),
        note);
  }

  void refuse(
      Site site,
      ServerExchange exchange,
      HttpMeters.Refusal refusal,
      Answer answer,
      @Nullable AccessNote note) {
    meters.refused(refusal);
    if (note != null) note.error(answer.errorCode());
    exchange.respond(dressed(site, answer));
  }

  /** An error of ours as the site shows it. */
  Answer dressed(Site site, Answer answer) {
    return site.errorPages().dress(answer);
  }

  private static @Nullable InetAddress addressOf(ServerExchange exchange) {
    return exchange.connection().remote() instanceof InetSocketAddress remote
        ? remote.getAddress()
        : null;
  }
}
