package io.fairlead.proxy.netty;

import io.fairlead.net.access.Subject;
import io.fairlead.net.auth.BasicCredentials;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.proxy.ForwardConfig.Mode;
import io.fairlead.proxy.forward.ConnectEffect;
import io.fairlead.proxy.forward.ConnectHandshake;
import io.fairlead.proxy.forward.ConnectInput;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.forward.ViaPath;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Performs what the machine of one CONNECT wants. Confined to the connection's event loop. */
final class ConnectRequest implements Gate.Login, FlowOpener.Outcome {
  private final Gate gate;
  private final ForwardRules rules;
  private final ServerExchange exchange;
  private final FlowOpener opener;
  private final ConnectHandshake machine;
  private Subject subject;
  // Set before the exchange is answered or left: its end is then no news.
  private boolean answered;
  private boolean opening;

  ConnectRequest(ForwardService service, Gate gate, ForwardRules rules, ServerExchange exchange) {
    this.gate = gate;
    this.rules = rules;
    this.exchange = exchange;
    this.opener =
        new FlowOpener(
            service, gate, exchange.channel(), exchange.connection(), exchange.work(), this);
    this.machine = new ConnectHandshake(rules.enables(Mode.CONNECT), rules.authRequired());
    this.subject = Subject.anonymous(Gate.clientOf(exchange.connection()));
  }

  void begin() {
    exchange.onEnd(
        () -> {
          if (!answered) tell(new ConnectInput.PeerGone());
        });
    RequestHead head = exchange.head();
    Fields fields = head.fields();
    Optional<Refusal> loop = ViaPath.refusal(fields, rules.names().loops());
    if (loop.isPresent()) {
      perform(new ConnectEffect.Refuse(loop.get()));
      return;
    }
    boolean framed =
        fields.first("content-length").isPresent() || fields.first("transfer-encoding").isPresent();
    tell(new ConnectInput.Requested(head.target(), framed, fields.first("proxy-authorization")));
  }

  @Override
  public void accepted(Subject who) {
    subject = who;
    tell(new ConnectInput.Authenticated(who.user().orElseThrow()));
  }

  @Override
  public void opened(Channel upstream) {
    tell(new ConnectInput.Opened());
  }

  /** Of the login, or of the opening, whichever is under way. */
  @Override
  public void refused(Refusal refusal) {
    tell(opening ? new ConnectInput.OpenRefused(refusal) : new ConnectInput.AuthRefused(refusal));
  }

  private void tell(ConnectInput input) {
    machine.accept(input, gate.journal().clock().nanos(), this::perform);
  }

  private void perform(ConnectEffect effect) {
    switch (effect) {
      case ConnectEffect.Authenticate(BasicCredentials credentials) ->
          gate.login(
              rules.accounts().orElseThrow(),
              credentials.user(),
              credentials.password(),
              exchange.connection(),
              exchange.channel(),
              exchange.multiplexed(),
              this);
      case ConnectEffect.OpenFlow(var destination) -> {
        opening = true;
        opener.open(subject, destination, Flow.Kind.CONNECT);
      }
      case ConnectEffect.Join _ -> {
        answered = true;
        ByteBuf early = exchange.upgrade(200, new FieldEdits());
        opener.join(exchange.channel(), early);
      }
      case ConnectEffect.Refuse(Refusal refusal) -> {
        answered = true;
        gate.journal().rejected(refusal.kind());
        exchange.respond(ProxyRequests.answer(refusal, rules));
      }
      case ConnectEffect.Tarpit _ -> {
        answered = true;
        gate.journal().rejected(Refusal.Kind.THROTTLED);
        Channel channel = exchange.channel();
        channel
            .eventLoop()
            .schedule(() -> channel.close(), Gate.TARPIT.toNanos(), TimeUnit.NANOSECONDS);
      }
      case ConnectEffect.Abandon _ -> opener.cancel();
    }
  }
}
