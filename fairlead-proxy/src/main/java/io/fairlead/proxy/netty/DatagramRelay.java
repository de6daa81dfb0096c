package io.fairlead.proxy.netty;

import io.fairlead.core.access.Action;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.access.Subject;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.proxy.Egress;
import io.fairlead.proxy.codec.SocksMessage;
import io.fairlead.proxy.egress.EgressPlan;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.udp.Association;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The association of one SOCKS connection: takes its place, decides about its destinations, and
 * ends it with the connection. Confined to the connection's event loop.
 */
final class DatagramRelay implements Association.Owner {
  /** What a client may say over TCP meanwhile, for no use. */
  private static final int IDLE_BYTES_MAX = 4096;

  /** Hears the outcome; one call, later than {@link #open}. */
  interface Outcome {
    void opened(InetSocketAddress relay);

    void refused(Refusal refusal);
  }

  /** Decisions under one set of rules. */
  private record Under(ForwardRules rules, Subject subject, DestinationGuard guard)
      implements Association.Ruling {
    @Override
    public boolean straight(Destination.HostPort to, Optional<InetAddress> address) {
      return rules.egress().choose(subject, to, address, true) instanceof EgressPlan.Choice.Ways w
          && w.direct();
    }

    /** A rule that names addresses cannot judge a name that an agent looks up. */
    @Override
    public Optional<Egress.Exits.Through> agent(Destination.HostPort to) {
      boolean blind = IpLiteral.parse(to.host()).isEmpty() && rules.asksForAddress(subject, to);
      return blind ? Optional.empty() : rules.egress().agentFor(subject, to);
    }
  }

  private final ForwardService service;
  private final Gate gate;
  private final ForwardRules rules;
  private final Subject subject;
  private final LiveConnection connection;
  private final Channel channel;
  private Under under;
  private @Nullable Association association;
  private @Nullable Flow flow;
  private boolean placeTaken;
  private int idleBytes;
  private long received;
  private long sent;
  private boolean over;

  DatagramRelay(
      ForwardService service,
      Gate gate,
      ForwardRules rules,
      Subject subject,
      LiveConnection connection,
      Channel channel) {
    this.service = service;
    this.gate = gate;
    this.rules = rules;
    this.subject = subject;
    this.connection = connection;
    this.channel = channel;
    this.under = new Under(rules, subject, guard(rules));
  }

  void open(SocksMessage.Associate5 request, Outcome outcome) {
    Optional<Refusal> refusal = gate.refusal(subject.principal(), Action.DIAL).or(this::takePlace);
    boolean reachable = connection.local() instanceof InetSocketAddress;
    if (refusal.isEmpty() && !reachable) {
      refusal = Optional.of(Refusal.of(Refusal.Kind.COMMAND_UNSUPPORTED, "no UDP at this address"));
    }
    if (refusal.isPresent()) {
      Refusal why = refusal.get();
      channel.eventLoop().execute(() -> refuse(why, outcome));
      return;
    }
    InetAddress local = ((InetSocketAddress) connection.local()).getAddress();
    Association opening =
        new Association(
            rules.config().udp(),
            gate.egress(),
            rules.egress().options(),
            gate.journal().udp(),
            channel.eventLoop(),
            this,
            new Association.Client(subject.client(), request.address(), request.port()));
    association = opening;
    connection.onClosed(() -> ended(connection.cutReason().orElse("closed")));
    var _ =
        opening
            .open(local, gate.randomness().generator().nextInt(Integer.MAX_VALUE))
            .whenCompleteAsync(
                (relay, failure) -> bound(relay, failure, outcome), channel.eventLoop());
  }

  /** Bytes over TCP, which nobody waits for. */
  void idleBytes(int count) {
    idleBytes += count;
    if (idleBytes <= IDLE_BYTES_MAX) return;
    gate.journal().udp().talkative();
    channel.close();
  }

  private void bound(
      @Nullable InetSocketAddress relay, @Nullable Throwable failure, Outcome outcome) {
    if (over) return;
    if (relay == null) {
      refuse(
          Refusal.of(
              Refusal.Kind.RESOURCES_EXHAUSTED,
              "no UDP port: " + (failure == null ? "" : failure.getMessage())),
          outcome);
      return;
    }
    Flow opened =
        new Flow(
            gate.journal().nextFlowId(),
            Flow.Kind.UDP,
            subject,
            new Destination.HostPort(relay.getAddress().getHostAddress(), relay.getPort()),
            Optional.empty(),
            connection,
            connection,
            gate.journal().clock().nanos());
    // Into the table first: a change of the rules either finds the flow there or is seen below.
    service.flows().add(opened);
    Optional<Refusal> refusal =
        gate.refusal(subject.principal(), Action.DIAL)
            .or(() -> FlowOpener.judgeAgain(service, rules, opened));
    if (refusal.isPresent()) {
      service.flows().remove(opened);
      refuse(refusal.get(), outcome);
      return;
    }
    flow = opened;
    gate.journal().opened();
    connection.kind(Flow.Kind.UDP.word());
    connection.destination("udp " + opened.destination());
    outcome.opened(relay);
  }

  private Optional<Refusal> takePlace() {
    placeTaken =
        service.associations().reserve(Optional.of(holder()), rules.config().udp().perUser());
    if (placeTaken) return Optional.empty();
    gate.journal().udp().limited();
    return Optional.of(
        new Refusal(
            Refusal.Kind.UDP_ASSOCIATIONS,
            "as many UDP associations as there may be",
            "raise forward." + service.id() + ".udp.per_user"));
  }

  /** The account, or the address of one who has none; no account's name has a line end. */
  private String holder() {
    return subject.user().orElseGet(() -> "\n" + subject.client().getHostAddress());
  }

  private void refuse(Refusal refusal, Outcome outcome) {
    if (over) return;
    over = true;
    leave();
    outcome.refused(refusal);
  }

  @Override
  public Association.Ruling ruling() {
    ForwardRules now = service.rules();
    if (now != under.rules()) under = new Under(now, subject, guard(now));
    return under;
  }

  @Override
  public void received(int bytes) {
    received += bytes;
    connection.addReceived(bytes);
  }

  @Override
  public void sent(int bytes) {
    sent += bytes;
    connection.addSent(bytes);
  }

  @Override
  public void ended(String reason) {
    if (over) return;
    over = true;
    leave();
    Flow ended = flow;
    if (ended != null) {
      service.flows().remove(ended);
      gate.journal().closed(service.id(), ended, received, sent, reason);
    }
    channel.close();
  }

  private void leave() {
    if (association != null) association.close();
    if (placeTaken) service.associations().release(Optional.of(holder()));
    placeTaken = false;
  }

  /** The rules' guard, and whether the account may still open anything at all. */
  private DestinationGuard guard(ForwardRules by) {
    DestinationGuard guard = by.guardFor(subject, Flow.Kind.UDP);
    return new DestinationGuard() {
      @Override
      public Optional<DialException.Forbidden> checkName(Destination.HostPort to) {
        return gate.refusal(subject.principal(), Action.DIAL)
            .map(why -> new DialException.Forbidden(to, why.message(), why.hint()))
            .or(() -> guard.checkName(to));
      }

      @Override
      public Optional<DialException.Forbidden> checkAddress(
          Destination.HostPort to, InetSocketAddress address) {
        return guard.checkAddress(to, address);
      }
    };
  }
}
