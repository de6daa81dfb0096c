package io.fairlead.proxy.forward;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.proxy.Accounts;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.proxy.forward.AccessList.Decision;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One generation of a service: everything a decision needs, immutable.
 *
 * @param generation rises with each change, from 1
 * @param tunnelGuard for CONNECT, with its ports
 * @param guard for everything else
 * @param viaName what it calls itself in {@code Via}; empty when it does not
 * @param ownNames names that mean a loop
 */
public record ForwardRules(
    long generation,
    ForwardConfig config,
    Optional<Accounts> accounts,
    DestinationGuard tunnelGuard,
    DestinationGuard guard,
    Optional<String> viaName,
    List<String> ownNames) {
  public ForwardRules {
    ownNames = List.copyOf(ownNames);
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
    Decision decision = config.access().decide(subject, to, Optional.empty());
    if (decision instanceof Decision.Denied(int rule)) return Optional.of(denied(to, rule));
    return guardFor(kind).checkName(to).map(Refusal::of);
  }

  /** May this address of it be dialled? */
  public Optional<Refusal> judgeAddress(
      Subject subject, Destination.HostPort to, InetSocketAddress address, Flow.Kind kind) {
    Optional<InetAddress> ip = Optional.ofNullable(address.getAddress());
    Decision decision = config.access().decide(subject, to, ip);
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
    Optional<Refusal> byName = judgeName(subject, flow.destination(), flow.kind());
    if (byName.isPresent() || flow.remote().isEmpty()) return byName;
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

  /** Whether pooled connections may not be shared between client addresses. */
  public boolean dependsOnClient() {
    return !config.access().rules().isEmpty();
  }

  private DestinationGuard guardFor(Flow.Kind kind) {
    return kind == Flow.Kind.CONNECT ? tunnelGuard : guard;
  }

  private boolean stillKnown(Subject subject, Optional<Accounts> before) {
    if (subject.user().isEmpty()) return false;
    String user = subject.user().get();
    var now = accounts.orElseThrow().verifiers().get(user);
    if (now == null) return false;
    return before.isEmpty() || Objects.equals(now, before.get().verifiers().get(user));
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
