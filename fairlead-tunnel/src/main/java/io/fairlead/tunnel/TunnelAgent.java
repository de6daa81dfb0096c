package io.fairlead.tunnel;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.PolicyGuard;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.Certificates;
import io.fairlead.tunnel.TunnelConfig.Agent;
import io.fairlead.tunnel.TunnelConfig.Service;
import io.fairlead.tunnel.TunnelConfig.Visit;
import io.fairlead.tunnel.agent.netty.AgentDriver;
import io.fairlead.tunnel.agent.netty.AgentNews;
import io.fairlead.tunnel.agent.netty.AgentSettings;
import io.fairlead.tunnel.agent.netty.CarrierDials;
import io.fairlead.tunnel.agent.netty.LocalService;
import io.fairlead.tunnel.agent.netty.LocalServices;
import io.fairlead.tunnel.agent.netty.PeerWay;
import io.fairlead.tunnel.agent.netty.VisitPort;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.codec.Offer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves a tunnel server from behind NAT. {@link #prepare} and its outcome belong to one owner;
 * everything else may be called by any thread.
 */
public final class TunnelAgent implements AutoCloseable {
  /**
   * What it stands on.
   *
   * @param chosen guards destinations of the configuration
   * @param own listeners of this process, which exits do not connect to
   * @param peers the way to servers that are libp2p peers
   */
  public record Surroundings(
      EventLoops loops,
      DirectDialer dialer,
      DatagramDialer datagrams,
      DestinationGuard chosen,
      OwnAddresses own,
      PeerWay peers,
      Clock clock,
      Randomness randomness) {}

  /** One configuration at work. */
  private record Running(
      Agent config, AgentDriver driver, LocalServices services, List<VisitPort> visits) {}

  private final Surroundings around;
  private final AgentNews news;
  private volatile @Nullable Running running;

  /**
   * @param news hears how it fares
   */
  public TunnelAgent(Surroundings around, AgentNews news) {
    this.around = around;
    this.news = news;
  }

  /**
   * Another configuration, or the first. When only services changed, carriers stay; streams of
   * services that stay are never touched. Waits for the server where new services are required.
   *
   * @throws ConfigException a key or certificate cannot be read, or a required service is not taken
   */
  public Change prepare(Agent next) throws ConfigException {
    return prepare(next, false);
  }

  /**
   * The same without asking the server; to be discarded.
   *
   * @throws ConfigException a key or certificate cannot be read
   */
  public Change rehearse(Agent next) throws ConfigException {
    return prepare(next, true);
  }

  private Change prepare(Agent next, boolean trial) throws ConfigException {
    Running now = running;
    if (now != null && sameCarriers(now.config(), next)) {
      return new Change(next, now, !trial && triedOut(now, next));
    }
    AgentSettings settings = settings(next);
    LocalServices services =
        new LocalServices(
            around.dialer(), around.datagrams(), around.chosen(), around.loops().next());
    services.set(local(next));
    CarrierDials dials =
        new CarrierDials(
            around.loops(),
            around.dialer(),
            around.peers(),
            around.chosen(),
            new StreamLinks(around.clock()),
            StreamLinks.Settings.DEFAULTS,
            around.clock());
    AgentDriver driver =
        new AgentDriver(settings, dials, services, news, around.clock(), around.randomness());
    List<VisitPort> visits = new ArrayList<>();
    for (Visit each : next.visits()) {
      visits.add(
          new VisitPort(
              settings,
              dials,
              driver.run(),
              each.agent() + "/" + each.service(),
              each.secret().reveal()));
    }
    Running fresh = new Running(next, driver, services, visits);
    Set<String> required = RequiredServices.of(next);
    if (trial || required.isEmpty()) return new Change(next, fresh, false);
    driver.start();
    try {
      RequiredServices.await(next, required, driver, driver.taken(required));
      return new Change(next, fresh, true);
    } catch (ConfigException absent) {
      driver.close();
      throw absent;
    }
  }

  /** Offers what is new and required beside what there is; whether there was any. */
  private boolean triedOut(Running now, Agent next) throws ConfigException {
    Set<String> tried = RequiredServices.changed(now.config(), next);
    if (tried.isEmpty()) return false;
    Map<String, LocalService> beside = new LinkedHashMap<>();
    for (LocalService each : local(now.config())) beside.put(each.offer().name(), each);
    for (LocalService each : local(next)) {
      if (tried.contains(each.offer().name())) beside.put(each.offer().name(), each);
    }
    now.services().set(List.copyOf(beside.values()));
    try {
      RequiredServices.await(next, tried, now.driver(), now.driver().offerAndAwait(tried));
      return true;
    } catch (ConfigException absent) {
      goBack(now);
      throw absent;
    }
  }

  private void goBack(Running now) {
    now.services().set(local(now.config()));
    now.driver().offerAnew();
  }

  private static boolean sameCarriers(Agent one, Agent other) {
    return bare(one).equals(bare(other));
  }

  /** Without what may change while carriers stay. */
  private static Agent bare(Agent agent) {
    return new Agent(
        agent.enabled(),
        agent.name(),
        agent.servers(),
        agent.proxy(),
        agent.token(),
        agent.identity(),
        agent.tls(),
        agent.ca(),
        agent.serverName(),
        agent.channelBinding(),
        agent.connections(),
        List.of(),
        agent.visits());
  }

  /** A prepared configuration. */
  public final class Change implements Prepared {
    private final Agent next;
    private final Running target;
    private final boolean tried;

    /**
     * @param tried whether the server was asked about it already
     */
    private Change(Agent next, Running target, boolean tried) {
      this.next = next;
      this.target = target;
      this.tried = tried;
    }

    /** What listeners of visits show, by their place in the configuration. */
    public List<Face> visits() {
      return List.copyOf(target.visits());
    }

    @Override
    public void commit() {
      Running before = running;
      if (before != null && before.driver() == target.driver()) {
        target.services().set(local(next));
        target.driver().offerAnew();
        running = new Running(next, target.driver(), target.services(), target.visits());
        return;
      }
      running = target;
      if (!tried) target.driver().start();
      if (before != null) retire(before);
    }

    @Override
    public void discard() {
      if (!tried) return;
      if (target == running) goBack(target);
      else target.driver().close();
    }
  }

  private static void retire(Running before) {
    before.driver().drain();
    before.visits().forEach(VisitPort::close);
  }

  /** How it fares; empty before the first configuration. */
  public Optional<AgentDriver.Status> status() {
    Running now = running;
    return now == null ? Optional.empty() : Optional.of(now.driver().status());
  }

  /** Streams that are served now. */
  public long streams() {
    Running now = running;
    return now == null ? 0 : now.services().live();
  }

  /** Tells the server, and lets streams end. */
  public void drain() {
    Running now = running;
    if (now != null) retire(now);
  }

  @Override
  public void close() {
    Running now = running;
    if (now == null) return;
    now.driver().close();
    now.visits().forEach(VisitPort::close);
  }

  // ---- from the configuration -------------------------------------------------------------

  private List<LocalService> local(Agent config) {
    List<LocalService> services = new ArrayList<>();
    for (Service each : config.services()) {
      services.add(
          new LocalService(
              new Offer(
                  each.name(),
                  each.kind(),
                  each.hosts(),
                  each.port(),
                  each.group(),
                  each.groupKey().map(Secret::reveal),
                  each.secret().map(Secret::reveal),
                  new Offer.Requests(each.h2c(), each.proxyProtocol().isPresent(), 0),
                  each.bandwidth()),
              each.destination(),
              each.exit()
                  .map(
                      policy ->
                          new PolicyGuard(
                              policy,
                              around.own(),
                              "tunnels.agent.services." + each.name() + ".destinations")),
              each.proxyProtocol(),
              each.health(),
              each.pool()));
    }
    return services;
  }

  private AgentSettings settings(Agent config) throws ConfigException {
    CarrierTls.Trust trust = new CarrierTls.Trust.Named(List.of());
    AgentSettings.Proving proving = new AgentSettings.Proving.Certificate();
    Optional<CarrierTls.Shown> shown = Optional.empty();
    String name = config.name();
    try {
      if (config.token().isPresent()) {
        JoinToken token = JoinToken.parse(config.token().get().reveal());
        trust = new CarrierTls.Trust.Pinned(token.pin());
        proving = new AgentSettings.Proving.Shared(token.secret());
        name = token.name();
      } else if (config.identity().isPresent()) {
        IdentityKey key = identity(config.identity().get());
        proving = new AgentSettings.Proving.Key(key);
        if (name.isEmpty()) name = key.publicKey().peerId();
      }
    } catch (BadControlException bad) {
      throw problem("/tunnels/agent", bad.getMessage());
    }
    if (config.tls().isPresent()) {
      shown =
          Optional.of(
              new CarrierTls.Shown(
                  Certificates.key(config.tls().get().key(), "/tunnels/agent/tls/key"),
                  Certificates.read(config.tls().get().cert(), "/tunnels/agent/tls/cert")));
    }
    if (config.ca().isPresent()) {
      trust = new CarrierTls.Trust.Named(Certificates.read(config.ca().get(), "/tunnels/agent/ca"));
    }
    return new AgentSettings(
        name,
        proving,
        config.servers(),
        config.proxy(),
        trust,
        shown,
        config.serverName(),
        config.channelBinding(),
        config.connections());
  }

  /** The node's key; one is made where there is none. */
  private IdentityKey identity(Path file) throws ConfigException {
    try {
      if (!Files.exists(file)) {
        if (file.getParent() != null) Files.createDirectories(file.getParent());
        IdentityKey.make(around.randomness()).write(file);
      }
      return IdentityKey.read(file);
    } catch (IOException unreadable) {
      throw problem(
          "/tunnels/agent/identity/file", file + " cannot be used: " + unreadable.getMessage());
    }
  }

  private static ConfigException problem(String path, @Nullable String message) {
    return new ConfigException(
        Problem.error(
            TunnelCodes.BAD_CREDENTIAL.id(),
            path,
            Problem.Place.NOWHERE,
            String.valueOf(message),
            ""));
  }

  /** Listeners of visits. */
  public static List<ListenerSpec> listeners(Agent config, Change change) {
    List<ListenerSpec> specs = new ArrayList<>();
    for (int i = 0; i < config.visits().size(); i++) {
      Visit visit = config.visits().get(i);
      specs.add(
          ListenerSpec.of(
              "tunnels/visit/" + visit.agent() + "/" + visit.service(),
              visit.bind(),
              change.visits().get(i)));
    }
    return specs;
  }
}
