package io.fairlead.proxy.netty;

import io.fairlead.core.access.Action;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.access.Subject;
import io.fairlead.net.chain.HopDialer;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.Severable;
import io.fairlead.net.rate.Pace;
import io.fairlead.net.rate.PacedWrites;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.forward.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one flow: decides by name, takes a place, dials, decides again, and joins. One for each
 * asking connection, confined to its event loop; the outcome always arrives later, never inside
 * {@link #open}.
 */
final class FlowOpener {
  private static final Logger log = LoggerFactory.getLogger(FlowOpener.class);

  /** Hears the outcome; at most one call, none after {@link #cancel}. */
  interface Outcome {
    /**
     * The way is open; follow with {@link #join}. The channel's ownership stays here until then.
     */
    void opened(Channel upstream);

    void refused(Refusal refusal);
  }

  private final ForwardService service;
  private final Gate gate;
  private final Channel downstream;
  private final LiveConnection connection;
  private final Severable work;
  private final Outcome outcome;
  private boolean cancelled;
  private boolean inOpen;
  private boolean placeTaken;
  private Optional<String> user = Optional.empty();
  private Pace pace = Pace.NONE;
  private @Nullable Channel upstream;
  private @Nullable Flow flow;

  /**
   * @param work what a decision about this flow alone ends
   */
  FlowOpener(
      ForwardService service,
      Gate gate,
      Channel downstream,
      LiveConnection connection,
      Severable work,
      Outcome outcome) {
    this.service = service;
    this.gate = gate;
    this.downstream = downstream;
    this.connection = connection;
    this.work = work;
    this.outcome = outcome;
  }

  void open(Subject subject, Destination.HostPort to, Flow.Kind kind) {
    ForwardRules rules = service.rules();
    Optional<Refusal> refusal =
        gate.refusal(subject.principal(), Action.DIAL)
            .or(() -> rules.judgeName(subject, to, kind))
            .or(() -> takePlace(subject, rules));
    if (refusal.isPresent()) {
      downstream.eventLoop().execute(() -> refuse(refusal.get()));
      return;
    }
    connection.destination(to.toString());
    dial(
        gate.dialer(rules, subject, to, kind, downstream.eventLoop()),
        rules.config().timeouts().connect(),
        rules,
        subject,
        to,
        kind);
  }

  /**
   * The same for a connection that the other side makes.
   *
   * @param to who is expected
   * @param dialer waits for it, and checks who it is
   */
  void await(
      Subject subject,
      Destination.HostPort to,
      Dialer<Channel> dialer,
      Duration timeout,
      ForwardRules rules) {
    Optional<Refusal> refusal =
        gate.refusal(subject.principal(), Action.DIAL)
            .or(() -> rules.judgeName(subject, to, Flow.Kind.SOCKS5))
            .or(() -> takePlace(subject, rules));
    if (refusal.isPresent()) {
      downstream.eventLoop().execute(() -> refuse(refusal.get()));
      return;
    }
    connection.destination(to.toString());
    dial(dialer, timeout, rules, subject, to, Flow.Kind.SOCKS5);
  }

  private void dial(
      Dialer<Channel> dialer,
      Duration timeout,
      ForwardRules rules,
      Subject subject,
      Destination.HostPort to,
      Flow.Kind kind) {
    inOpen = true;
    var _ =
        dialer
            .dial(to, timeout)
            .whenComplete(
                (channel, failure) -> {
                  Runnable then = () -> dialled(channel, failure, rules, subject, to, kind);
                  if (inOpen) {
                    downstream.eventLoop().execute(then);
                  } else {
                    then.run();
                  }
                });
    inOpen = false;
  }

  /** The asking side has gone: closes what was opened, or will be. */
  void cancel() {
    cancelled = true;
    if (upstream != null) upstream.close();
    upstream = null;
    giveBack();
    if (flow != null) service.flows().remove(flow);
  }

  /**
   * Relays from now on. Both channels belong to the splice afterwards.
   *
   * @param early bytes of the client that came after its request; takes ownership
   */
  void join(ByteBuf early) {
    join(downstream, early);
  }

  /**
   * The same, where the client's bytes come through another channel than its request.
   *
   * @param client takes ownership
   */
  void join(Channel client, ByteBuf early) {
    Channel opened = upstream;
    Flow joined = flow;
    if (opened == null || joined == null) {
      early.release();
      throw new IllegalStateException("join: nothing is open");
    }
    upstream = null;
    ForwardConfig.Timeouts timeouts = service.rules().config().timeouts();
    SpliceSettings settings =
        new SpliceSettings(
            timeouts.streamIdle(), timeouts.halfClose(), SpliceSettings.DEFAULTS.drain());
    if (client == downstream) connection.kind(joined.kind().word());
    gate.journal().opened();
    pace = service.paces().take(user, service.rules().config().limits().bandwidth());
    PacedWrites.between(client, opened, pace, gate.journal()::rested);
    Splice.join(
        client,
        opened,
        early,
        HopDialer.early(opened),
        settings,
        (received, sent, reason) -> ended(joined, received, sent, reason));
  }

  private Optional<Refusal> takePlace(Subject subject, ForwardRules rules) {
    user = subject.user();
    placeTaken = service.flows().reserve(user, rules.config().limits().perUserConnections());
    if (placeTaken) return Optional.empty();
    return Optional.of(
        new Refusal(
            Refusal.Kind.USER_CONNECTIONS,
            "the account has as many connections as it may",
            "raise forward." + service.id() + ".limits.per_user_connections"));
  }

  private void dialled(
      @Nullable Channel channel,
      @Nullable Throwable failure,
      ForwardRules rules,
      Subject subject,
      Destination.HostPort to,
      Flow.Kind kind) {
    if (cancelled) {
      if (channel != null) channel.close();
      return;
    }
    if (channel == null) {
      refuse(refusalOf(failure));
      return;
    }
    Optional<InetSocketAddress> remote = remoteOf(channel);
    Flow opened =
        new Flow(
            gate.journal().nextFlowId(),
            kind,
            subject,
            to,
            remote,
            connection,
            work,
            gate.journal().clock().nanos());
    // Into the table first: a change of the rules either finds the flow there or is seen below.
    service.flows().add(opened);
    Optional<Refusal> refusal =
        gate.refusal(subject.principal(), Action.DIAL).or(() -> judgeAgain(service, rules, opened));
    if (refusal.isPresent()) {
      service.flows().remove(opened);
      channel.close();
      refuse(refusal.get());
      return;
    }
    upstream = channel;
    flow = opened;
    outcome.opened(channel);
  }

  /** Decides by the rules of now when they are no longer those the dial began with. */
  static Optional<Refusal> judgeAgain(ForwardService service, ForwardRules then, Flow flow) {
    ForwardRules now = service.rules();
    return now == then ? Optional.empty() : now.judge(flow, then.accounts());
  }

  private void refuse(Refusal refusal) {
    giveBack();
    if (!cancelled) outcome.refused(refusal);
  }

  private void giveBack() {
    if (placeTaken) service.flows().release(user);
    placeTaken = false;
  }

  private void ended(Flow ended, long received, long sent, String reason) {
    service.paces().leave(user, pace);
    giveBack();
    service.flows().remove(ended);
    gate.journal().closed(service.id(), ended, received, sent, work.cutReason().orElse(reason));
  }

  /**
   * Where the destination is: the other end, or what another proxy was asked for when that was an
   * address; of a name that it resolves nobody here knows one.
   */
  static Optional<InetSocketAddress> remoteOf(Channel channel) {
    Optional<Destination.HostPort> asked = HopDialer.asked(channel);
    if (asked.isPresent()) {
      int port = asked.get().port();
      return IpLiteral.parse(asked.get().host()).map(ip -> new InetSocketAddress(ip, port));
    }
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? Optional.of(address)
        : Optional.empty();
  }

  static Refusal refusalOf(@Nullable Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof DialException dial) return Refusal.of(dial);
    log.atWarn().setCause(cause).log("dial failed for no reason it declares");
    return Refusal.of(Refusal.Kind.INTERNAL, "the connection could not be opened");
  }
}
