package io.fairlead.proxy.egress;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.net.access.AccessRule.Fit;
import io.fairlead.net.access.Subject;
import io.fairlead.net.chain.ProxyHop;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.proxy.Egress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Ways out of one generation of a service. Immutable.
 *
 * @param options of every socket
 * @param toProxies asked about the addresses of other proxies
 */
public record EgressPlan(
    DialOptions options,
    DestinationGuard toProxies,
    Map<String, Way> hops,
    List<EgressConfig.Rule> rules,
    List<String> via) {
  /** One way out. */
  public sealed interface Way {
    /** As the configuration calls it. */
    String name();

    /** To the destination itself. */
    record Straight() implements Way {
      @Override
      public String name() {
        return EgressConfig.DIRECT;
      }
    }

    /** Through another proxy. */
    record Through(ProxyHop hop) implements Way {
      @Override
      public String name() {
        return hop.name();
      }
    }

    /** Through an agent of a tunnel. */
    record ByAgent(String name, EgressConfig.Exit exit) implements Way {}
  }

  /** Which way. */
  public sealed interface Choice {
    /** These, in order. */
    record Ways(List<Way> ways) implements Choice {
      public Ways {
        ways = List.copyOf(ways);
      }

      /** Whether nothing but the straight way is meant. */
      public boolean direct() {
        return ways.size() == 1 && ways.getFirst() instanceof Way.Straight;
      }
    }

    /** Ask again with the address, or with none if there is none. */
    record AskWithAddress() implements Choice {}
  }

  private static final Choice ASK_WITH_ADDRESS = new Choice.AskWithAddress();
  private static final Choice STRAIGHT = new Choice.Ways(List.of(new Way.Straight()));

  public EgressPlan {
    hops = Map.copyOf(hops);
    rules = List.copyOf(rules);
    via = List.copyOf(via);
  }

  /**
   * Compiles a configuration.
   *
   * @param path of the key {@code egress}, for problems
   * @param toProxies asked about the addresses of other proxies
   * @param pseudonym what we call ourselves towards HTTP proxies
   * @throws ConfigException a file of a proxy's TLS settings is wrong
   */
  public static EgressPlan compile(
      EgressConfig config, String path, DestinationGuard toProxies, Optional<String> pseudonym)
      throws ConfigException {
    Map<String, Way> hops = new LinkedHashMap<>();
    for (Map.Entry<String, EgressConfig.Hop> entry : config.proxies().entrySet()) {
      EgressConfig.Hop hop = entry.getValue();
      Optional<ProxyHop.Tls> tls = Optional.empty();
      if (hop.tls().isPresent()) {
        EgressConfig.Tls settings = hop.tls().get();
        tls =
            Optional.of(
                new ProxyHop.Tls(
                    ClientTls.of(
                        !settings.insecureSkipVerify(),
                        settings.ca(),
                        Optional.empty(),
                        path + "/proxies/" + entry.getKey() + "/tls"),
                    settings.serverName().orElse(hop.address().host())));
      }
      hops.put(
          entry.getKey(),
          new Way.Through(
              new ProxyHop(
                  entry.getKey(), hop.kind(), hop.address(), tls, hop.login(), pseudonym)));
    }
    config.tunnels().forEach((name, exit) -> hops.put(name, new Way.ByAgent(name, exit)));
    return new EgressPlan(config.options(), toProxies, hops, config.rules(), config.via());
  }

  /**
   * Chooses.
   *
   * @param address what the name resolved to, once known
   * @param known whether no more is to be learnt: a rule that depends on an address then does not
   *     fit
   */
  public Choice choose(
      Subject subject, Destination.HostPort to, Optional<InetAddress> address, boolean known) {
    if (rules.isEmpty() && hops.isEmpty()) return STRAIGHT;
    for (EgressConfig.Rule rule : rules) {
      if (rule.user().isPresent() && !fitsUser(rule.user().get(), subject)) continue;
      if (rule.port().isPresent() && !rule.port().get().contains(to.port())) continue;
      Fit fit = rule.destination().map(d -> d.fit(to.host(), address)).orElse(Fit.YES);
      if (fit == Fit.YES) return ways(rule.via());
      if (fit == Fit.DEPENDS_ON_ADDRESS && !known) return ASK_WITH_ADDRESS;
    }
    return ways(via);
  }

  /** The agent that sends datagrams to there, if one does. */
  public Optional<Egress.Exits.Through> agentFor(Subject subject, Destination.HostPort to) {
    if (hops.values().stream().noneMatch(Way.ByAgent.class::isInstance)) return Optional.empty();
    return choose(subject, to, IpLiteral.parse(to.host()), true)
                instanceof Choice.Ways(List<Way> ways)
            && ways.getFirst() instanceof Way.ByAgent(String _, EgressConfig.Exit exit)
        ? exit.agent()
            .or(subject::exit)
            .map(agent -> new Egress.Exits.Through(agent, exit.service(), subject.client()))
        : Optional.empty();
  }

  /** The ways in words; none when that depends on an address nobody gave. */
  public List<String> names(
      Subject subject, Destination.HostPort to, Optional<InetAddress> address) {
    return switch (choose(subject, to, address, false)) {
      case Choice.Ways ways -> ways.ways().stream().map(Way::name).toList();
      case Choice.AskWithAddress _ -> List.of();
    };
  }

  private Choice ways(List<String> names) {
    List<Way> ways = new ArrayList<>(names.size());
    for (String name : names) {
      ways.add(
          name.equals(EgressConfig.DIRECT)
              ? new Way.Straight()
              : java.util.Objects.requireNonNull(hops.get(name), name));
    }
    return new Choice.Ways(ways);
  }

  private static boolean fitsUser(String wanted, Subject subject) {
    return wanted.equals("*")
        ? subject.user().isPresent()
        : subject.user().filter(wanted::equals).isPresent();
  }
}
