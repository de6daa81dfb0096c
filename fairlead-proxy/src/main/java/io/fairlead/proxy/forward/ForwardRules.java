package io.fairlead.proxy.forward;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.access.AccessList.Decision;
import io.fairlead.net.access.Subject;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.proxy.AccessExplanation;
import io.fairlead.proxy.Accounts;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.proxy.egress.EgressPlan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One generation of a service: everything a decision needs, immutable.
 *
 * @param generation rises with each change, from 1
 * @param guards which destinations are possible at all
 * @param names what it calls itself
 * @param egress which way flows leave
 * @param clock for rules that hold at some hours only
 */
public record ForwardRules(
    long generation,
    ForwardConfig config,
    Optional<Accounts> accounts,
    Guards guards,
    OwnNames names,
    EgressPlan egress,
    Clock clock) {
  /**
   * Which destinations are possible at all.
   *
   * @param tunnels for CONNECT, with its ports
   * @param others for everything else
   */
  public record Guards(DestinationGuard tunnels, DestinationGuard others) {}

  /**
   * What the service calls itself in {@code Via}.
   *
   * @param via the name it shows; empty when it does not
   * @param loops names that mean a loop
   */
  public record OwnNames(Optional<String> via, List<String> loops) {
    public OwnNames {
      loops = List.copyOf(loops);
    }
  }

  public boolean enables(ForwardConfig.Mode mode) {
    return config.modes().contains(mode);
  }

  /** How origin servers are spoken to. */
  public ForwardPlan.Wire wire() {
    return new ForwardPlan.Wire(
        ForwardPlan.Protocol.H1, false, Set.of(), config.limits().responses());
  }

  public boolean authRequired() {
    return accounts.isPresent();
  }

  /** May this destination be asked for at all? Its name is all that is known. */
  public Optional<Refusal> judgeName(Subject subject, Destination.HostPort to, Flow.Kind kind) {
    Decision decision = config.access().decide(subject, to, Optional.empty(), now());
    if (decision instanceof Decision.Denied(int rule)) return Optional.of(denied(to, rule));
    return guardFor(kind).checkName(to).map(Refusal::of);
  }

  /** May this address of it be dialled? */
  public Optional<Refusal> judgeAddress(
      Subject subject, Destination.HostPort to, InetSocketAddress address, Flow.Kind kind) {
    Optional<InetAddress> ip = Optional.ofNullable(address.getAddress());
    Decision decision = config.access().decide(subject, to, ip, now());
    if (decision instanceof Decision.Denied(int rule)) return Optional.of(denied(to, rule));
    return guardFor(kind).checkAddress(to, address).map(Refusal::of);
  }

  /** Does what {@code flow} is doing still fit, password and all? Empty when it does. */
  public Optional<Refusal> judge(Flow flow, Optional<Accounts> before) {
    Subject subject = flow.subject();
    if (accounts.isPresent() && !stillKnown(subject, before)) {
      return Optional.of(
          Refusal.of(Refusal.Kind.AUTH_FAILED, "the account was changed or removed"));
    }
    // An association lives on; each of its destinations is decided on again by the rules of now.
    if (flow.kind() == Flow.Kind.UDP) return Optional.empty();
    Optional<Refusal> byName = judgeName(subject, flow.destination(), flow.kind());
    if (byName.isPresent()) return byName;
    if (flow.remote().isEmpty()) {
      // Another proxy resolved the name: whether a rule on addresses forbids it cannot be told.
      return asksForAddress(subject, flow.destination())
          ? Optional.of(
              Refusal.of(Refusal.Kind.ACL_DENIED, "a rule names addresses, and none is known"))
          : Optional.empty();
    }
    return judgeAddress(subject, flow.destination(), flow.remote().get(), flow.kind());
  }

  /** What a dialer asks on behalf of one flow. */
  public DestinationGuard guardFor(Subject subject, Flow.Kind kind) {
    return new DestinationGuard() {
      @Override
      public Optional<DialException.Forbidden> checkName(Destination.HostPort to) {
        return judgeName(subject, to, kind).map(refusal -> forbidden(to, refusal));
      }

      @Override
      public Optional<DialException.Forbidden> checkAddress(
          Destination.HostPort to, InetSocketAddress address) {
        return judgeAddress(subject, to, address, kind).map(refusal -> forbidden(to, refusal));
      }
    };
  }

  /** Whether the access list wants to see an address of it before it decides. */
  public boolean asksForAddress(Subject subject, Destination.HostPort to) {
    return config.access().decide(subject, to, Optional.empty(), now())
        instanceof Decision.AskWithAddress;
  }

  /** Two with the same text may share pooled connections to one destination. */
  public String share(Subject subject) {
    return config.id()
        + "/"
        + generation
        + "/"
        + subject.user().orElse("")
        + "/"
        + subject.exit().orElse("")
        + "/"
        + config.access().share(subject, now());
  }

  /**
   * What would come of it.
   *
   * @param before why it is refused whatever the rules say
   */
  public AccessExplanation explain(
      Subject subject,
      Destination.HostPort to,
      Optional<InetAddress> address,
      Flow.Kind kind,
      Optional<Refusal> before) {
    Optional<InetAddress> known = address.or(() -> IpLiteral.parse(to.host()));
    Optional<Refusal> refusal = before.or(() -> judgeName(subject, to, kind));
    if (refusal.isEmpty() && known.isPresent()) {
      refusal = judgeAddress(subject, to, new InetSocketAddress(known.get(), to.port()), kind);
    }
    boolean undecided = refusal.isEmpty() && known.isEmpty() && asksForAddress(subject, to);
    return new AccessExplanation(
        refusal.isEmpty() && !undecided,
        undecided,
        refusal.map(Refusal::message),
        refusal.map(Refusal::hint).orElse(""),
        config.access().fits(subject, to, known, now()),
        egress.names(subject, to, known));
  }

  private Instant now() {
    return config.access().timed() ? clock.wall() : Instant.EPOCH;
  }

  private DestinationGuard guardFor(Flow.Kind kind) {
    return kind == Flow.Kind.CONNECT ? guards.tunnels() : guards.others();
  }

  private boolean stillKnown(Subject subject, Optional<Accounts> before) {
    if (subject.user().isEmpty()) return false;
    return accounts.orElseThrow().stillKnow(subject.user().get(), before);
  }

  private Refusal denied(Destination.HostPort to, int rule) {
    String path = "forward." + config.id();
    return new Refusal(
        Refusal.Kind.ACL_DENIED,
        rule == 0
            ? to + " is refused: no rule of the access list allows it"
            : to + " is refused by rule " + rule + " of the access list",
        rule == 0
            ? "add an `allow` rule to " + path + ".acl"
            : "see " + path + ".acl, rule " + rule);
  }

  private static DialException.Forbidden forbidden(Destination.HostPort to, Refusal refusal) {
    return new DialException.Forbidden(to, refusal.message(), refusal.hint());
  }
}
