package io.fairlead.http.exchange;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.upstream.Cluster;
import io.fairlead.http.upstream.Endpoint;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.ForwardEvents;
import io.fairlead.net.http.ForwardFailure;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.ServerExchange;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request while it is with an upstream: says where the next attempt goes and what the client
 * hears. Confined to the exchange's event loop; bound to the snapshot the request began with.
 */
final class Forwarded implements ForwardEvents {
  private static final int ATTEMPTS = 2;

  private final ReverseProxy proxy;
  private final Site site;
  private final Site.Handling handling;
  private final RouteAction.ProxyTo to;
  private final ServerExchange exchange;
  private final RequestFacts facts;
  private final FieldEdits edits = new FieldEdits();
  private @Nullable Endpoint endpoint;
  private Streams.@Nullable Stream upgraded;

  Forwarded(
      ReverseProxy proxy,
      Site site,
      Site.Handling handling,
      RouteAction.ProxyTo to,
      ServerExchange exchange,
      RequestFacts facts) {
    this.proxy = proxy;
    this.site = site;
    this.handling = handling;
    this.to = to;
    this.exchange = exchange;
    this.facts = facts;
  }

  /** The attempt that goes to {@code next}. */
  ForwardPlan plan(Endpoint next) {
    endpoint = next;
    next.began();
    String name = next.toString();
    facts.upstream(name);
    exchange.connection().destination(name);
    edits.clear();
    proxy.forwarding().apply(facts, edits);
    if (!handling.request().none()) {
      handling.request().apply(facts.head().fields(), edits, facts);
    }
    boolean websocket = to.websocket() && facts.head().upgradesToWebSocket();
    ForwardPlan.Wire wire = wire(websocket);
    return new ForwardPlan(
        next.key(),
        to.cluster().dialer(next, exchange.channel().eventLoop(), wire.protocol()),
        facts.pathAndQuery(),
        host(next),
        edits,
        websocket,
        to.cluster().timeouts(),
        wire);
  }

  /** Most servers that agree on HTTP/2 take web sockets over HTTP/1.1 only. */
  private ForwardPlan.Wire wire(boolean websocket) {
    ForwardPlan.Wire wire = to.cluster().wire();
    return websocket && wire.protocol() == ForwardPlan.Protocol.AUTO
        ? new ForwardPlan.Wire(ForwardPlan.Protocol.H1, false, wire.trailers())
        : wire;
  }

  @Override
  public void onResponseHead(ResponseHead head, FieldEdits responseEdits) {
    facts.upstreamStatus(head.status());
    if (!handling.response().none()) {
      handling.response().apply(head.fields(), responseEdits, facts);
    }
    if (head.status() == 101) {
      Endpoint to = endpoint;
      if (to != null) {
        upgraded =
            proxy
                .streams()
                .opened(
                    exchange.channel(), site, handling, this.to.cluster().id(), to.destination());
        proxy.meters().streamOpened();
      }
    }
  }

  @Override
  public Optional<ForwardPlan> retry(int attempt, ForwardFailure failure) {
    proxy.meters().failed(failure.kind());
    Endpoint failed = endpoint;
    boolean worthwhile =
        failure.kind() == ForwardFailure.Kind.DIAL
            || failure.kind() == ForwardFailure.Kind.CLOSED_BEFORE_HEAD;
    if (failed == null || attempt >= ATTEMPTS || !worthwhile || !stillAllowed()) {
      return Optional.empty();
    }
    Cluster cluster = to.cluster();
    Endpoint other = cluster.pickOther(failed);
    if (other == null) return Optional.empty();
    failed.ended(true);
    proxy.meters().retried.increment();
    return Optional.of(plan(other));
  }

  @Override
  public Answer answer(ForwardFailure failure) {
    return handling.response().applyTo(UpstreamAnswers.of(failure, to.cluster().id()), facts);
  }

  @Override
  public void onEnd(ForwardResult result) {
    Endpoint last = endpoint;
    if (last != null) {
      last.ended(
          result.failure().isPresent()
              && result.failure().get().kind() != ForwardFailure.Kind.CLIENT);
      endpoint = null;
    }
    exchange.connection().destination("");
    Streams.Stream stream = upgraded;
    if (stream == null) return;
    upgraded = null;
    proxy.streams().closed(stream);
    proxy.meters().streamClosed();
    proxy.events().publish(closed(result));
  }

  private GatewayEvent.FlowClosed closed(ForwardResult result) {
    var principal = exchange.connection().principal();
    String reason =
        exchange
            .connection()
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
    return proxy.entitlements().decide(exchange.connection().principal(), Action.DIAL)
        instanceof Verdict.Allow;
  }

  private String host(Endpoint next) {
    if (handling.host().isPresent()) return handling.host().get().render(facts);
    String authority = facts.head().authority();
    return authority.isEmpty() ? next.authority() : authority;
  }
}
