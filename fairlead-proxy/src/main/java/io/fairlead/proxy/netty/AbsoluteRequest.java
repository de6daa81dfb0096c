package io.fairlead.proxy.netty;

import io.fairlead.core.access.Action;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.access.Subject;
import io.fairlead.net.auth.BasicCredentials;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.ForwardEvents;
import io.fairlead.net.http.ForwardFailure;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.rate.Pace;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.proxy.ForwardConfig.Mode;
import io.fairlead.proxy.forward.AbsoluteTarget;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.forward.Refusal.Kind;
import io.fairlead.proxy.forward.ViaPath;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request with an absolute target: checked, then forwarded; the next one on the same connection
 * may go elsewhere. Confined to the connection's event loop.
 */
final class AbsoluteRequest implements Gate.Login, ForwardEvents {
  private static final String ALLOWED = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

  private final ForwardService service;
  private final Gate gate;
  private final ForwardRules rules;
  private final ServerExchange exchange;
  private final HttpForwarder forwarder;
  private Destination.@Nullable HostPort destination;
  private Optional<Refusal> refusedAfterDial = Optional.empty();
  private @Nullable Flow underWay;
  private @Nullable Subject asking;
  private Pace pace = Pace.NONE;
  private Optional<String> error = Optional.empty();
  private boolean over;

  AbsoluteRequest(
      ForwardService service,
      Gate gate,
      ForwardRules rules,
      ServerExchange exchange,
      HttpForwarder forwarder) {
    this.service = service;
    this.gate = gate;
    this.rules = rules;
    this.exchange = exchange;
    this.forwarder = forwarder;
  }

  void begin() {
    RequestHead head = exchange.head();
    Optional<Refusal> refusal = AbsoluteTarget.refusal(head);
    if (refusal.isPresent()) {
      refused(refusal.get());
      return;
    }
    if (!rules.enables(Mode.HTTP)) {
      refused(Refusal.of(Kind.MODE_DISABLED, "plain HTTP requests are not enabled here"));
      return;
    }
    Optional<Refusal> loop = ViaPath.refusal(head.fields(), rules.names().loops());
    if (loop.isPresent()) {
      refused(loop.get());
      return;
    }
    destination = AbsoluteTarget.destination(head).orElseThrow();
    if (rules.authRequired()) {
      authenticate(head.fields());
    } else {
      proceed(Subject.anonymous(Gate.clientOf(exchange.connection())));
    }
  }

  private void authenticate(Fields fields) {
    Optional<String> authorization = fields.first("proxy-authorization");
    if (authorization.isEmpty()) {
      refused(Refusal.of(Kind.AUTH_REQUIRED, "say who you are"));
      return;
    }
    Optional<BasicCredentials> credentials = BasicCredentials.parse(authorization.get());
    if (credentials.isEmpty()) {
      refused(Refusal.of(Kind.AUTH_FAILED, "user or password not accepted"));
      return;
    }
    exchange.onEnd(() -> over = true);
    gate.login(
        rules.accounts().orElseThrow(),
        credentials.get().user(),
        credentials.get().password(),
        exchange.connection(),
        exchange.channel(),
        exchange.multiplexed(),
        this);
  }

  @Override
  public void accepted(Subject subject) {
    if (!over) proceed(subject);
  }

  @Override
  public void refused(Refusal refusal) {
    if (over) return;
    gate.journal().rejected(refusal.kind());
    if (refusal.kind() == Kind.THROTTLED) {
      Channel channel = exchange.channel();
      channel
          .eventLoop()
          .schedule(() -> channel.close(), Gate.TARPIT.toNanos(), TimeUnit.NANOSECONDS);
      return;
    }
    exchange.respond(ProxyRequests.answer(refusal, rules));
  }

  private void proceed(Subject subject) {
    RequestHead head = exchange.head();
    Destination.HostPort to = to();
    Optional<Refusal> refusal =
        gate.refusal(subject.principal(), Action.DIAL)
            .or(() -> rules.judgeName(subject, to, Flow.Kind.HTTP));
    if (refusal.isPresent()) {
      refused(refusal.get());
      return;
    }
    FieldEdits edits = new FieldEdits().drop("proxy-authorization");
    if (head.method().equals("OPTIONS")) {
      Optional<String> hops = head.fields().first("max-forwards");
      if (hops.isPresent()) {
        int left = AbsoluteTarget.maxForwards(hops.get());
        if (left < 0) {
          refused(Refusal.of(Kind.MALFORMED, "Max-Forwards must be a number"));
          return;
        }
        if (left == 0) {
          exchange.respond(Answer.empty(200).with("Allow", ALLOWED));
          return;
        }
        edits.set("Max-Forwards", Integer.toString(left - 1));
      }
    }
    rules
        .names()
        .via()
        .ifPresent(name -> edits.add("Via", "1." + head.minorVersion() + " " + name));
    exchange.connection().destination(to.toString());
    Flow request = flow(subject, Optional.empty());
    // Into the table first: a change of the rules either finds the request there or is seen below.
    underWay = request;
    service.requests().add(request);
    Optional<Refusal> late = FlowOpener.judgeAgain(service, rules, request);
    if (late.isPresent()) {
      service.requests().remove(request);
      refused(late.get());
      return;
    }
    asking = subject;
    pace = service.paces().take(subject.user(), rules.config().limits().bandwidth());
    exchange.pace(pace);
    forwarder.forward(exchange, plan(subject, to, head, edits), this);
  }

  private ForwardPlan plan(
      Subject subject, Destination.HostPort to, RequestHead head, FieldEdits edits) {
    ForwardConfig.Timeouts timeouts = rules.config().timeouts();
    return new ForwardPlan(
        new ForwardPlan.Key(partition(subject), to, "http"),
        dialer(subject),
        AbsoluteTarget.forOrigin(head),
        head.authority(),
        edits,
        true,
        new ForwardPlan.Timeouts(
            timeouts.connect(),
            timeouts.responseHead(),
            timeouts.responseIdle(),
            timeouts.streamIdle()),
        rules.wire());
  }

  /**
   * No connection is shared between accounts, nor across a change of the rules: the address it goes
   * to was checked for one of each.
   */
  private String partition(Subject subject) {
    return "forward/" + rules.share(subject);
  }

  /** Dials, and decides again when the dial completes. */
  private Dialer<Channel> dialer(Subject subject) {
    Dialer<Channel> dialer =
        gate.dialer(rules, subject, to(), Flow.Kind.HTTP, exchange.channel().eventLoop());
    return (to, timeout) ->
        dialer.dial(to, timeout).thenCompose(channel -> decideAgain(subject, channel));
  }

  private CompletionStage<Channel> decideAgain(Subject subject, Channel channel) {
    Flow opened = flow(subject, FlowOpener.remoteOf(channel));
    refusedAfterDial =
        gate.refusal(subject.principal(), Action.DIAL)
            .or(() -> FlowOpener.judgeAgain(service, rules, opened));
    if (refusedAfterDial.isEmpty()) return CompletableFuture.completedStage(channel);
    channel.close();
    Refusal refusal = refusedAfterDial.get();
    return CompletableFuture.failedStage(
        new DialException.Forbidden(to(), refusal.message(), refusal.hint()));
  }

  private Flow flow(Subject subject, Optional<InetSocketAddress> remote) {
    return new Flow(
        0,
        Flow.Kind.HTTP,
        subject,
        to(),
        remote,
        exchange.connection(),
        exchange.work(),
        gate.journal().clock().nanos());
  }

  @Override
  public void onResponseHead(ResponseHead head, FieldEdits edits) {
    rules.names().via().ifPresent(name -> edits.add("Via", "1.1 " + name));
  }

  @Override
  public Optional<ForwardPlan> retry(int attempt, ForwardFailure failure) {
    return Optional.empty(); // one destination, named by the client: there is no other to try
  }

  @Override
  public Answer answer(ForwardFailure failure) {
    Refusal refusal = refusedAfterDial.orElseGet(() -> refusalOf(failure));
    gate.journal().rejected(refusal.kind());
    error = Optional.of(refusal.kind().code());
    return ProxyRequests.answer(refusal, rules);
  }

  @Override
  public void onEnd(ForwardResult result) {
    over = true;
    if (asking != null) service.paces().leave(asking.user(), pace);
    if (underWay != null) service.requests().remove(underWay);
    exchange.connection().destination("");
    Subject subject = asking;
    if (subject != null) {
      gate.journal().forwarded(service.id(), exchange, subject, to(), result, error);
    }
  }

  private static Refusal refusalOf(ForwardFailure failure) {
    if (failure.dial().isPresent()) return Refusal.of(failure.dial().get());
    return switch (failure.kind()) {
      case DIAL -> Refusal.of(Kind.UPSTREAM_FAILED, "no connection to the origin server");
      case CLOSED_BEFORE_HEAD ->
          Refusal.of(Kind.UPSTREAM_FAILED, "the origin server closed without a response");
      case REFUSED ->
          Refusal.of(Kind.UPSTREAM_FAILED, "the origin server takes no more requests now");
      case BAD_RESPONSE ->
          Refusal.of(Kind.UPSTREAM_FAILED, "the origin server sent no valid response");
      case CLOSED_IN_BODY ->
          Refusal.of(Kind.UPSTREAM_FAILED, "the origin server stopped in the middle");
      case HEAD_TIMEOUT, BODY_TIMEOUT ->
          Refusal.of(Kind.UPSTREAM_TIMEOUT, "the origin server did not respond in time");
      case CLIENT -> Refusal.of(Kind.MALFORMED, "the request was not completed");
      case CUT -> Refusal.of(Kind.CUT, "the connection was ended by the gateway");
    };
  }

  private Destination.HostPort to() {
    Destination.HostPort to = destination;
    if (to == null) throw new IllegalStateException("no destination yet");
    return to;
  }
}
