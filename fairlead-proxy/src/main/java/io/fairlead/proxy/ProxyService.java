package io.fairlead.proxy;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Principal;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.access.Subject;
import io.fairlead.net.dial.DestinationPolicy;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.PolicyGuard;
import io.fairlead.net.listen.Face;
import io.fairlead.proxy.egress.EgressPlan;
import io.fairlead.proxy.egress.HopGuard;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.netty.Gate;
import io.fairlead.proxy.netty.ProxyFace;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every forward proxy service of the process. Connections come in through {@link #face}; what they
 * may do follows the configuration of now.
 *
 * <p>{@link #prepare} and what it returns belong to one thread; faces work on all event loops.
 */
public final class ProxyService implements Service, Reloadable<ProxyConfig> {
  private static final Logger log = LoggerFactory.getLogger(ProxyService.class);
  private static final int PSEUDONYM_BYTES = 6;

  private final HttpEngine http;
  private final OwnAddresses own;
  private final Accounts.Source accounts;
  private final FlowJournal journal;
  private final Gate gate;
  private final String pseudonym;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private long generation; // the configuration's thread only

  private record Entry(ForwardService service, Face face) {}

  /**
   * @param egress the way out
   * @param own this process's listeners, refused as destinations unless a rule allows them
   * @param accounts opens the accounts of a service, at each preparation
   * @param entitlements asked at every login, every flow, and again when its dial completes
   */
  public ProxyService(
      HttpEngine http,
      Egress egress,
      OwnAddresses own,
      Accounts.Source accounts,
      Entitlements entitlements,
      FlowJournal journal,
      Randomness randomness) {
    this.http = http;
    this.own = own;
    this.accounts = accounts;
    this.journal = journal;
    this.gate = new Gate(egress, entitlements, journal, randomness);
    this.pseudonym = HexFormat.of().formatHex(randomness.secureBytes(PSEUDONYM_BYTES));
  }

  @Override
  public String name() {
    return "proxy";
  }

  /** Nothing to open: listeners bring the connections. */
  @Override
  public void start() {}

  /** Tunnels go on until the deadline; their listeners have stopped accepting before. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    journal.awaitIdle(deadline);
  }

  @Override
  public void close() {
    for (Entry entry : entries.values()) {
      entry.service().flows().forEach(flow -> flow.connection().cut("stopped"));
    }
  }

  /**
   * The face of a service: the same object for as long as the process lives. It keeps the last
   * rules of a service that left the configuration.
   *
   * @throws IllegalArgumentException no configuration that was prepared names it
   */
  public Face face(String forwardId) {
    Entry entry = entries.get(forwardId);
    if (entry == null) {
      throw new IllegalArgumentException("forward: " + forwardId + " (expected: a prepared id)");
    }
    return entry.face();
  }

  /**
   * What a service would do with a destination, by the rules of now; nothing is resolved or
   * dialled.
   *
   * @param address what the name would resolve to, when that is known
   * @param connect whether CONNECT asks, with its ports
   * @return empty when there is no such service
   */
  public Optional<AccessExplanation> explain(
      String forwardId,
      Optional<String> user,
      InetAddress client,
      Destination.HostPort to,
      Optional<InetAddress> address,
      boolean connect) {
    Entry entry = entries.get(forwardId);
    if (entry == null) return Optional.empty();
    Principal principal = user.map(gate::bind).orElse(Principal.ANONYMOUS);
    Subject subject = new Subject(user, principal, client);
    return Optional.of(
        entry
            .service()
            .rules()
            .explain(
                subject,
                to,
                address,
                connect ? Flow.Kind.CONNECT : Flow.Kind.SOCKS5,
                gate.refusalToDial(principal)));
  }

  /** Tunnels open now. */
  public long flows() {
    return journal.live();
  }

  /**
   * Reads accounts anew and compiles the rules. New services have their face from here on; those
   * that run change at the commit, and flows the new rules forbid are then cut.
   */
  @Override
  public Prepared prepare(ProxyConfig next) throws ConfigException {
    long number = ++generation;
    Map<String, ForwardRules> compiled = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    for (ForwardConfig config : next.services().values()) {
      try {
        compiled.put(config.id(), compile(config, number));
      } catch (ConfigException failure) {
        problems.addAll(failure.problems());
      }
    }
    if (!problems.isEmpty()) throw new ConfigException(problems);
    List<String> added = new ArrayList<>();
    compiled.forEach(
        (id, rules) -> {
          if (entries.putIfAbsent(id, entry(id, rules)) == null) added.add(id);
        });
    return new Prepared() {
      @Override
      public void commit() {
        compiled.forEach(ProxyService.this::swap);
      }

      @Override
      public void discard() {
        added.forEach(entries::remove);
      }
    };
  }

  private Entry entry(String id, ForwardRules rules) {
    ForwardService service = new ForwardService(id, rules, journal.clock());
    return new Entry(service, new ProxyFace(service, gate, http));
  }

  private void swap(String id, ForwardRules rules) {
    Entry entry = entries.get(id);
    if (entry == null) throw new IllegalStateException("forward: " + id + " was not prepared");
    if (entry.service().rules() == rules) return;
    int cut = entry.service().replace(rules);
    if (cut > 0) {
      log.atInfo().addKeyValue("forward", id).addKeyValue("flows", cut).log("flows forbidden");
    }
  }

  private ForwardRules compile(ForwardConfig config, long number) throws ConfigException {
    ForwardConfig.Destinations to = config.destinations();
    List<PortRange> ports = to.connectPorts().orElse(List.of());
    DestinationPolicy tunnels =
        new DestinationPolicy(
            to.denyPrivate(), ports, to.connectPorts().isEmpty(), to.allow(), to.deny());
    String key = "forward." + config.id() + ".destinations";
    Optional<Accounts> opened =
        config.auth().isPresent()
            ? Optional.of(accounts.open(config.id(), config.auth().get()))
            : Optional.empty();
    if (config.egress().byName()) opened = opened.map(Accounts::choosingExits);
    String name = config.via().orElse(pseudonym);
    Optional<String> shown = config.anonymous() ? Optional.empty() : Optional.of(name);
    return new ForwardRules(
        number,
        config,
        opened,
        new ForwardRules.Guards(
            new PolicyGuard(tunnels, own, key), new PolicyGuard(tunnels.withAllPorts(), own, key)),
        new ForwardRules.OwnNames(shown, List.of(pseudonym, name)),
        EgressPlan.compile(
            config.egress(),
            "/forward/" + config.id() + "/egress",
            new HopGuard(own, "forward." + config.id() + ".egress.proxies"),
            shown),
        journal.clock());
  }

  /**
   * Whether a listener would let strangers through: anyone can reach it, and the service asks
   * neither who they are nor where they come from.
   *
   * @param place where the listener stands in the file
   * @return a problem that must keep the process from running (exit 78)
   */
  public static Optional<Problem> openProxyProblem(
      String listenerId, ListenAddress bind, ForwardConfig service, Problem.Place place) {
    boolean closed =
        bind.local()
            || service.auth().isPresent()
            || service.access().closedToStrangers()
            || service.open();
    if (closed) return Optional.empty();
    return Optional.of(
        Problem.error(
            ForwardConfig.OPEN_PROXY.id(),
            "/listeners/" + listenerId,
            place,
            "listener "
                + listenerId
                + " on "
                + bind
                + " lets everyone use the forward proxy "
                + service.id(),
            "add forward."
                + service.id()
                + ".auth, or an acl that names clients, or bind a loopback address; or write"
                + " i_understand_this_is_open: true there"));
  }
}
