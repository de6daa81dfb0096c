package io.fairlead.http.exchange;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.http.health.Tally;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.http.upstream.Endpoint;
import io.fairlead.http.upstream.RetryConfig;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.ForwardEvents;
import io.fairlead.net.http.ForwardFailure;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.http.ShadowExchange;
import io.fairlead.net.proxyprotocol.Announced;
import io.fairlead.net.proxyprotocol.Announcement;
import io.fairlead.net.proxyprotocol.SendHeader;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request while it is with an upstream: says where the next attempt goes and what the client
 * hears. Confined to the exchange's event loop; bound to the snapshot the request began with.
 */
final class Forwarded implements ForwardEvents {
  private final ReverseProxy proxy;
  private final Site site;
  private final Site.Handling handling;
  private final RouteAction.ProxyTo to;
  private final ServerExchange exchange;
  private final RequestFacts facts;
  private final long balanceKey;
  private final @Nullable AccessNote note;
  private final boolean copy; // of a request: nobody waits for its answer
  private @Nullable Endpoint endpoint;
  private @Nullable FieldEdits edits; // lent from the first attempt to the end
  private String stickyToken = "";
  private long attemptAtNanos;
  private int term;
  private long retryDelayNanos;
  private boolean retrying;
  private Streams.@Nullable Stream upgraded;

  Forwarded(
      ReverseProxy proxy,
      Site site,
      Site.Handling handling,
      RouteAction.ProxyTo to,
      ServerExchange exchange,
      RequestFacts facts,
      @Nullable AccessNote note) {
    this.proxy = proxy;
    this.copy = exchange instanceof ShadowExchange;
    this.note = note;
    this.site = site;
    this.handling = handling;
    this.to = to;
    this.exchange = exchange;
    this.facts = facts;
    this.balanceKey = BalanceKeys.of(to.cluster().config().balance(), facts, exchange);
  }

  // ---- in ----------------------------------------------------------------------------------

  /** Goes to an endpoint, waits for a connection, or is refused. */
  void start() {
    Cluster.Entry entry = to.cluster().enter();
    term = to.cluster().term();
    switch (entry) {
      case IN -> begin();
      case BUSY ->
          exchange.onEnd(
              to.cluster().queue(exchange.channel().eventLoop(), this::begin, this::overloaded));
      case FULL, OPEN -> overloaded();
    }
  }

  private void begin() {
    Endpoint first = choose();
    if (first == null) {
      to.cluster().leave();
      proxy.refuse(
          site,
          exchange,
          HttpMeters.Refusal.NO_ENDPOINT,
          UpstreamAnswers.noEndpoint(to.cluster().id()),
          note);
      return;
    }
    proxy.meters().proxied.increment();
    attemptAtNanos = exchange.startedAtNanos();
    if (note != null) note.forwarded();
    proxy.forwarder().forward(exchange, plan(first), this);
  }

  private void overloaded() {
    proxy.refuse(
        site,
        exchange,
        HttpMeters.Refusal.OVERLOAD,
        UpstreamAnswers.overload(to.cluster().id()),
        note);
  }

  private @Nullable Endpoint choose() {
    Optional<BalanceConfig.Sticky> sticky = to.cluster().config().balance().sticky();
    if (sticky.isPresent()) {
      stickyToken = BalanceKeys.cookie(facts.head().fields(), sticky.get().cookie()).orElse("");
      Endpoint named = to.cluster().named(stickyToken);
      if (named != null) return named;
    }
    return to.cluster().pick(balanceKey);
  }

  // ---- attempts ----------------------------------------------------------------------------

  /** The attempt that goes to {@code next}. */
  private ForwardPlan plan(Endpoint next) {
    endpoint = next;
    if (note != null) note.attempt();
    next.began();
    String name = next.toString();
    facts.upstream(name);
    if (!copy) exchange.connection().destination(name);
    FieldEdits fields = edits == null ? SpareEdits.take() : edits.clear();
    edits = fields;
    proxy.forwarding().apply(facts, fields);
    site.telling().apply(facts, fields);
    if (handling.accounts().isPresent() && !handling.accounts().get().passOn()) {
      fields.drop("authorization");
    }
    if (!handling.request().none()) {
      handling.request().apply(facts.head().fields(), fields, facts);
    }
    boolean websocket = to.websocket() && facts.head().upgradesToWebSocket();
    ForwardPlan.Wire wire = to.cluster().wire();
    Optional<Preface> preface =
        wire.announces().isEmpty()
            ? Optional.empty()
            : Optional.of(preface(wire.announces().get()));
    return new ForwardPlan(
        preface.isEmpty() ? next.key() : next.key().ownedBy(exchange.connection().id()),
        timed(
            to.cluster()
                .dialer(next, exchange.channel().eventLoop(), dialled(wire, websocket), preface)),
        facts.pathAndQuery(),
        host(next),
        fields,
        websocket,
        timeouts(),
        wire);
  }

  private Preface preface(SendHeader send) {
    return Announcement.of(send, Announced.of(exchange.connection(), exchange.channel()));
  }

  private Dialer<Channel> timed(Dialer<Channel> dialer) {
    AccessNote told = note;
    if (told == null) return dialer;
    return (destination, timeout) -> {
      long began = proxy.clock().nanos();
      return dialer
          .dial(destination, timeout)
          .whenComplete((_, _) -> told.connected(proxy.clock().nanos() - began));
    };
  }

  /** A web socket that finds no connection to share gets one of HTTP/1.1. */
  private static ForwardPlan.Protocol dialled(ForwardPlan.Wire wire, boolean websocket) {
    return websocket && wire.protocol() == ForwardPlan.Protocol.AUTO
        ? ForwardPlan.Protocol.H1
        : wire.protocol();
  }

  private ForwardPlan.Timeouts timeouts() {
    ForwardPlan.Timeouts all = to.timeouts().over(to.cluster().timeouts());
    Optional<Duration> perTry = to.cluster().config().retry().perTryTimeout();
    if (perTry.isEmpty() || perTry.get().compareTo(all.responseHead()) >= 0) return all;
    return new ForwardPlan.Timeouts(
        all.connect(), perTry.get(), all.responseIdle(), all.streamIdle());
  }

  @Override
  public Optional<ForwardPlan> retry(int attempt, ForwardFailure failure) {
    proxy.meters().failed(failure.kind());
    RetryConfig retry = to.cluster().config().retry();
    boolean untouched = failure.kind() == ForwardFailure.Kind.DIAL || failure.safeToRetry();
    if (!wants(retry, failure) || !(untouched || repeats(retry))) return Optional.empty();
    return again(attempt, retry, outcome(failure), true);
  }

  @Override
  public Optional<ForwardPlan> retryStatus(int attempt, int status) {
    RetryConfig retry = to.cluster().config().retry();
    boolean wanted =
        switch (status) {
          case 502 -> retry.on().contains(RetryConfig.On.STATUS_502);
          case 503 -> retry.on().contains(RetryConfig.On.STATUS_503);
          case 504 -> retry.on().contains(RetryConfig.On.STATUS_504);
          default -> false;
        };
    if (!wanted || !repeats(retry)) return Optional.empty();
    return again(attempt, retry, Tally.Outcome.GATEWAY_ERROR, false);
  }

  /**
   * @param sameToo whether the same endpoint may be asked again where there is no other
   */
  private Optional<ForwardPlan> again(
      int attempt, RetryConfig retry, Tally.Outcome outcome, boolean sameToo) {
    Endpoint failed = endpoint;
    Cluster cluster = to.cluster();
    if (failed == null || attempt >= retry.attempts() || !stillAllowed()) return Optional.empty();
    Endpoint other = cluster.pickOther(failed, balanceKey);
    if (other == null || (other == failed && !sameToo)) return Optional.empty();
    if (retrying) cluster.endRetry();
    retrying = cluster.beginRetry();
    if (!retrying) return Optional.empty();
    cluster.ended(failed, outcome, term);
    proxy.meters().retried.increment();
    Duration delay = cluster.backoff(attempt);
    retryDelayNanos = delay.toNanos();
    attemptAtNanos = proxy.clock().nanos() + retryDelayNanos;
    return Optional.of(plan(other));
  }

  private static boolean wants(RetryConfig retry, ForwardFailure failure) {
    return switch (failure.kind()) {
      case DIAL -> retry.on().contains(RetryConfig.On.CONNECT);
      case REFUSED -> retry.on().contains(RetryConfig.On.REFUSED_STREAM);
      case CLOSED_BEFORE_HEAD -> retry.on().contains(RetryConfig.On.RESET_BEFORE_HEADERS);
      case HEAD_TIMEOUT -> retry.perTryTimeout().isPresent();
      case BAD_RESPONSE, CLOSED_IN_BODY, BODY_TIMEOUT, CLIENT, CUT -> false;
    };
  }

  private boolean repeats(RetryConfig retry) {
    return retry.methods().isEmpty() || retry.methods().contains(facts.head().method());
  }

  @Override
  public long retryDelayNanos() {
    return retryDelayNanos;
  }

  @Override
  public int replayBytesMax() {
    RetryConfig retry = to.cluster().config().retry();
    return retry.attempts() > 1 && repeats(retry) ? retry.bodyBytes() : 0;
  }

  // ---- out ---------------------------------------------------------------------------------

  @Override
  public void onResponseHead(ResponseHead head, FieldEdits responseEdits) {
    facts.upstreamStatus(head.status());
    if (note != null) note.answered();
    Endpoint answering = endpoint;
    if (answering != null) {
      to.cluster().answered(answering, attemptAtNanos);
      if (head.status() < 500) term = to.cluster().goesWell(term);
      stayWith(answering, responseEdits);
    }
    if (!handling.response().none()) {
      handling.response().apply(head.fields(), responseEdits, facts);
    }
    if (head.status() == 101 && answering != null) {
      upgraded =
          proxy
              .streams()
              .opened(
                  exchange,
                  site,
                  handling,
                  to.cluster().id(),
                  answering.destination(),
                  facts.principal());
      answering.streamOpened(exchange.work());
      proxy.meters().streamOpened();
    }
  }

  private void stayWith(Endpoint answering, FieldEdits responseEdits) {
    Optional<BalanceConfig.Sticky> sticky = to.cluster().config().balance().sticky();
    if (sticky.isEmpty()) return;
    String token = to.cluster().token(answering);
    if (token.isEmpty() || token.equals(stickyToken)) return;
    responseEdits.add(
        "Set-Cookie",
        sticky.get().cookie()
            + "="
            + token
            + "; Path=/; HttpOnly; SameSite=Lax"
            + (exchange.secure() ? "; Secure" : ""));
  }

  @Override
  public Answer answer(ForwardFailure failure) {
    Answer plain = UpstreamAnswers.of(failure, to.cluster().id());
    if (note != null) note.error(plain.errorCode());
    return proxy.dressed(site, handling.response().applyTo(plain, facts));
  }

  @Override
  public void onEnd(ForwardResult result) {
    Endpoint last = endpoint;
    endpoint = null;
    if (last != null) tell(last, result);
    if (retrying) to.cluster().endRetry();
    to.cluster().leave();
    if (!copy) exchange.connection().destination("");
    if (note != null) note.ended(result);
    FieldEdits lent = edits;
    edits = null;
    if (lent != null) SpareEdits.giveBack(lent);
    Streams.Stream stream = upgraded;
    if (stream == null) return;
    upgraded = null;
    proxy.streams().closed(stream);
    if (last != null) last.streamClosed(exchange.work());
    proxy.meters().streamClosed();
    proxy.events().publish(closed(result));
  }

  /** Tells the cluster what this request says about the endpoint it ended with. */
  private void tell(Endpoint last, ForwardResult result) {
    if (result.failure().isPresent()) {
      ForwardFailure failure = result.failure().get();
      if (blames(failure)) to.cluster().ended(last, outcome(failure), term);
      else to.cluster().abandoned(last, term);
      return;
    }
    int status = result.upstreamStatus();
    to.cluster()
        .ended(
            last,
            status < 500
                ? Tally.Outcome.FINE
                : status >= 502 && status <= 504
                    ? Tally.Outcome.GATEWAY_ERROR
                    : Tally.Outcome.SERVER_ERROR,
            term);
  }

  /** Whether it was the endpoint's fault. */
  private static boolean blames(ForwardFailure failure) {
    return switch (failure.kind()) {
      case CLIENT, CUT -> false;
      case DIAL ->
          failure.dial().isEmpty()
              || !(failure.dial().get() instanceof DialException.Forbidden
                  || failure.dial().get() instanceof DialException.Exhausted);
      case CLOSED_BEFORE_HEAD, REFUSED, HEAD_TIMEOUT, BAD_RESPONSE, CLOSED_IN_BODY, BODY_TIMEOUT ->
          true;
    };
  }

  private static Tally.Outcome outcome(ForwardFailure failure) {
    return failure.kind() == ForwardFailure.Kind.DIAL
        ? Tally.Outcome.CONNECT_FAILED
        : Tally.Outcome.GATEWAY_ERROR;
  }

  private GatewayEvent.FlowClosed closed(ForwardResult result) {
    var principal = facts.principal();
    String reason =
        exchange
            .work()
            .cutReason()
            .or(
                () ->
                    result.failure().map(failure -> failure.kind().name().toLowerCase(Locale.ROOT)))
            .orElse("closed");
    return new GatewayEvent.FlowClosed(
        proxy.clock().wall(),
        exchange.connection().id(),
        site.id(),
        principal.id(),
        facts.upstream(),
        result.sentBytes(),
        result.receivedBytes(),
        Duration.ofNanos(result.durationNanos()),
        reason,
        principal.entry());
  }

  private boolean stillAllowed() {
    return proxy.verdict(exchange, facts, Action.DIAL) instanceof Verdict.Allow;
  }

  private String host(Endpoint next) {
    if (handling.host().isPresent()) return handling.host().get().render(facts);
    String authority = facts.head().authority();
    return authority.isEmpty() ? next.authority() : authority;
  }
}
