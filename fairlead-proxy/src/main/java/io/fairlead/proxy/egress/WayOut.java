package io.fairlead.proxy.egress;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.time.Clock;
import io.fairlead.net.access.Subject;
import io.fairlead.net.chain.HopDialer;
import io.fairlead.net.chain.ProxyHop;
import io.fairlead.net.dial.AllowedAddresses;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.proxy.Egress;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The dialer of one flow: finds the way its plan gives it, and goes it. Confined to the flow's
 * event loop.
 */
public final class WayOut implements Dialer<Channel> {
  private final Egress egress;
  private final EgressPlan plan;
  private final Subject subject;
  private final DestinationGuard guard;
  private final boolean addressesMatter;
  private final EventLoop loop;

  /**
   * @param guard decides on the destination, name and addresses
   * @param addressesMatter whether a name may not leave unresolved, because the access list names
   *     addresses
   */
  public WayOut(
      Egress egress,
      EgressPlan plan,
      Subject subject,
      DestinationGuard guard,
      boolean addressesMatter,
      EventLoop loop) {
    this.egress = egress;
    this.plan = plan;
    this.subject = subject;
    this.guard = guard;
    this.addressesMatter = addressesMatter;
    this.loop = loop;
  }

  @Override
  public CompletionStage<Channel> dial(Destination destination, Duration timeout) {
    if (!(destination instanceof Destination.HostPort to)) {
      return straight().dial(destination, timeout);
    }
    return switch (plan.choose(subject, to, Optional.empty(), false)) {
      case EgressPlan.Choice.Ways ways -> go(ways, to, timeout);
      case EgressPlan.Choice.AskWithAddress _ -> resolveFirst(to, timeout);
    };
  }

  /** A rule names a block: the first address decides which way. */
  private CompletionStage<Channel> resolveFirst(Destination.HostPort to, Duration timeout) {
    Clock clock = egress.loops().clock();
    long untilNanos = clock.nanos() + timeout.toNanos();
    return egress
        .addresses()
        .find(to, anyAddress(), plan.options(), loop)
        .<Optional<InetAddress>>handle(
            (found, _) ->
                found == null ? Optional.empty() : Optional.of(found.getFirst().getAddress()))
        .thenCompose(
            address -> {
              Duration left = Duration.ofNanos(Math.max(1, untilNanos - clock.nanos()));
              return switch (plan.choose(subject, to, address, true)) {
                case EgressPlan.Choice.Ways ways -> go(ways, to, left);
                case EgressPlan.Choice.AskWithAddress _ ->
                    throw new IllegalStateException("nothing more is to be learnt");
              };
            });
  }

  private CompletionStage<Channel> go(
      EgressPlan.Choice.Ways chosen, Destination.HostPort to, Duration timeout) {
    if (chosen.direct()) return straight().dial(to, timeout);
    Optional<DialException.Forbidden> forbidden = guard.checkName(to);
    if (forbidden.isPresent()) return CompletableFuture.failedFuture(forbidden.get());
    if (!addressesMatter && AllowedAddresses.withoutAsking(to.host()).isEmpty()) {
      return through(chosen, to, to, timeout);
    }
    // Names a resolver is never asked about (localhost), addresses, and whatever the access list
    // wants to see the address of.
    return egress
        .addresses()
        .find(to, guard, plan.options(), loop)
        .thenCompose(
            allowed -> {
              InetSocketAddress first = allowed.getFirst();
              Destination.HostPort checked =
                  new Destination.HostPort(first.getAddress().getHostAddress(), first.getPort());
              return through(chosen, to, checked, timeout);
            });
  }

  private CompletionStage<Channel> through(
      EgressPlan.Choice.Ways chosen,
      Destination.HostPort asked,
      Destination.HostPort to,
      Duration timeout) {
    List<HopDialer.Way> ways = new ArrayList<>(chosen.ways().size());
    for (EgressPlan.Way way : chosen.ways()) {
      ways.add(
          switch (way) {
            case EgressPlan.Way.Straight _ ->
                new HopDialer.Way(Optional.empty(), (_, time) -> straight().dial(asked, time));
            case EgressPlan.Way.Through(ProxyHop hop) ->
                new HopDialer.Way(Optional.of(hop), towards(hop));
            case EgressPlan.Way.ByAgent(String _, EgressConfig.Exit exit) ->
                new HopDialer.Way(Optional.empty(), (_, time) -> byAgent(exit, to, time));
          });
    }
    return new HopDialer(ways, loop, egress.loops().clock()).dial(to, timeout);
  }

  private CompletionStage<Channel> byAgent(
      EgressConfig.Exit exit, Destination.HostPort to, Duration timeout) {
    Optional<String> agent = exit.agent().or(subject::exit);
    if (agent.isEmpty()) {
      return CompletableFuture.failedFuture(
          new DialException.Forbidden(
              to,
              "the name of the account chooses no tunnel agent as the way out",
              "log in as ACCOUNT-AGENT"));
    }
    return egress
        .exits()
        .by(loop, new Egress.Exits.Through(agent.get(), exit.service(), subject.client()))
        .dial(to, timeout)
        .thenApply(
            channel -> {
              HopDialer.asks(channel, to);
              return channel;
            });
  }

  private Dialer<Channel> towards(ProxyHop hop) {
    return hop.tls().isPresent()
        ? egress
            .secured()
            .on(
                loop,
                plan.toProxies(),
                plan.options(),
                hop.tls().get().settings(),
                hop.tls().get().serverName())
        : egress.direct().on(loop, plan.toProxies(), plan.options());
  }

  private Dialer<Channel> straight() {
    return egress.direct().on(loop, guard, plan.options());
  }

  /** Looks up without judging: which way is no permission. */
  private static DestinationGuard anyAddress() {
    return new DestinationGuard() {
      @Override
      public Optional<DialException.Forbidden> checkName(Destination.HostPort to) {
        return Optional.empty();
      }

      @Override
      public Optional<DialException.Forbidden> checkAddress(
          Destination.HostPort to, InetSocketAddress address) {
        return Optional.empty();
      }
    };
  }
}
