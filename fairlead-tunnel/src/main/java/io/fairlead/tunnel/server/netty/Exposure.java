package io.fairlead.tunnel.server.netty;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.ListenerLimits;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import io.fairlead.tunnel.session.PortPool;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Which services are where: ports, hosts and names. Changed on the hub's thread only; what is read
 * by others is {@link #directory} and the ledger.
 */
final class Exposure implements AutoCloseable {
  private static final int PORT_TRIES_MAX = 16;

  sealed interface Outcome {}

  record Placed(List<String> at) implements Outcome {}

  /**
   * @param code of the control protocol
   */
  record Refusal(String code, String text) implements Outcome {}

  /**
   * One service in its place.
   *
   * @param groups that it is a member of: one of a port, or one of each host
   */
  private record Place(Member member, List<ServiceGroup> groups, List<String> hosts, int port) {
    static Place atPort(Member member, ServiceGroup group, int port) {
      return new Place(member, List.of(group), List.of(), port);
    }
  }

  private final ServerSurroundings.Ports ports;
  private final PortServices faces;
  private final Consumer<Set<Destination>> elsewhere;
  private final Ledger ledger;
  private final Clock clock;
  private final AwaitedPorts awaited = new AwaitedPorts();
  private final PortPool tcp = new PortPool();
  private final PortPool udp = new PortPool();
  private final Map<String, Place> places = new LinkedHashMap<>();
  private final Map<String, ServiceGroup> http = new HashMap<>();
  private final Map<String, ServiceGroup> https = new HashMap<>();
  private final Map<String, ListenerSpec> specs = new LinkedHashMap<>();
  private ServerTerms.Exposed settings;
  private volatile Directory directory = Directory.EMPTY;
  private volatile Map<String, List<String>> addresses = Map.of();

  Exposure(
      ServerTerms.Exposed first,
      ServerSurroundings.Ports ports,
      PortServices faces,
      Consumer<Set<Destination>> elsewhere,
      Ledger ledger,
      Clock clock) {
    this.settings = first;
    this.ports = ports;
    this.faces = faces;
    this.elsewhere = elsewhere;
    this.ledger = ledger;
    this.clock = clock;
    settle(first);
    tcp.remember(ledger.ports(ServiceKind.TCP), clock.nanos());
    udp.remember(ledger.ports(ServiceKind.UDP), clock.nanos());
    resume();
  }

  /** Opens what was open when a former process ended; what somebody else has by now is left. */
  private void resume() {
    ledger
        .shown()
        .forEach(
            (id, had) -> {
              ledger.freed(id, clock.wall().getEpochSecond());
              Optional<AwaitedPorts.Awaited> shared = awaited.at(had.kind(), had.port());
              if (shared.isPresent()) {
                awaited.add(id, shared.get());
                return;
              }
              PortPool pool = pool(had.kind());
              if (!pool.take(had.port(), id)) return;
              ServiceGroup group = new ServiceGroup();
              group.awaited(true);
              specs.put(id, spec(id, had.kind(), had.port(), group));
              try {
                ports.show(List.copyOf(specs.values()));
                awaited.add(
                    id,
                    new AwaitedPorts.Awaited(had.kind(), had.port(), group, new ArrayList<>(1)));
              } catch (ConfigException taken) {
                specs.remove(id);
                pool.drop(had.port());
              }
            });
  }

  /** Agents that did not come back by now get their ports as everybody does. */
  void awaitNoMore() {
    List<AwaitedPorts.Awaited> left = awaited.giveUp();
    for (AwaitedPorts.Awaited each : left) {
      pool(each.kind()).free(each.port(), clock.nanos());
      hide(each.kind(), each.port());
    }
    if (!left.isEmpty()) showPorts();
  }

  private PortPool pool(ServiceKind kind) {
    return kind == ServiceKind.UDP ? udp : tcp;
  }

  /** What the data path reads; any thread. */
  Directory directory() {
    return directory;
  }

  /** How users reach {@code AGENT/SERVICE}; any thread. */
  Map<String, List<String>> addresses() {
    return addresses;
  }

  Ledger ledger() {
    return ledger;
  }

  void settle(ServerTerms.Exposed next) {
    settings = next;
    tcp.range(next.tcpPorts());
    udp.range(next.udpPorts());
  }

  int count(AgentSession agent) {
    return offers(agent).size();
  }

  /** What the agent may changed. */
  void limit(AgentSession agent) {
    for (Place place : places.values()) {
      if (place.member().agent() == agent) place.member().limit();
    }
  }

  boolean has(AgentSession agent, String service) {
    return places.containsKey(agent.name() + "/" + service);
  }

  List<Offer> offers(AgentSession agent) {
    return places.values().stream()
        .filter(place -> place.member().agent() == agent)
        .map(place -> place.member().offer())
        .toList();
  }

  /** Puts a service in its place, or lets it stay there. */
  Outcome place(AgentSession agent, Offer offer) {
    String id = agent.name() + "/" + offer.name();
    Place there = places.get(id);
    if (there != null && there.member().agent() == agent && there.member().offer().equals(offer)) {
      return new Placed(at(there));
    }
    if (there != null
        && there.member().agent() == agent
        && there.member().offer().at(offer.requests().revision()).equals(offer)) {
      return moved(id, there, offer);
    }
    boolean portToo = there != null && take(id);
    if (there != null) elsewhere.accept(Set.of(destination(there.member())));
    Member member = new Member(agent, offer, ledger.of(id), new Throttle(clock));
    member.limit();
    Outcome outcome =
        offer.isPrivate() || offer.kind() == ServiceKind.SOCKS
            ? keep(id, Place.atPort(member, alone(member), 0))
            : offer.kind().named() ? placeHosts(id, member) : placePort(id, member);
    if (portToo) showPorts();
    publish();
    return outcome;
  }

  /** What is behind it changed: it stays where it is, and nobody finds it away meanwhile. */
  private Outcome moved(String id, Place there, Offer offer) {
    Member former = there.member();
    Member member = new Member(former.agent(), offer, former.figures(), former.throttle());
    for (ServiceGroup group : there.groups()) group.add(member);
    Outcome outcome = keep(id, new Place(member, there.groups(), there.hosts(), there.port()));
    publish();
    elsewhere.accept(Set.of(destination(former)));
    return outcome;
  }

  private static Destination destination(Member member) {
    return new Destination.Tunnel(member.agent().name(), member.offer().name());
  }

  private static ServiceGroup alone(Member member) {
    ServiceGroup group = new ServiceGroup();
    group.add(member);
    return group;
  }

  private Outcome keep(String id, Place place) {
    places.put(id, place);
    return new Placed(at(place));
  }

  // ---- hosts ------------------------------------------------------------------------------

  private Outcome placeHosts(String id, Member member) {
    Offer offer = member.offer();
    boolean plain = offer.kind() == ServiceKind.HTTP;
    if (plain ? !settings.http() : settings.https().isEmpty()) {
      return new Refusal(
          "unavailable", "the server exposes no " + offer.kind().word() + " services");
    }
    Map<String, ServiceGroup> table = plain ? http : https;
    List<String> hosts = offer.hosts().isEmpty() ? ownHosts(member, table) : offer.hosts();
    if (hosts.isEmpty()) return new Refusal("not_allowed", "the service needs a host");
    for (String host : hosts) {
      ServiceGroup taken = table.get(host);
      if (taken != null && !shares(taken, offer)) {
        return new Refusal("conflict", "host " + host + " is another agent's");
      }
    }
    // A host is answered by those who asked for it, not by all of their group: what another of the
    // group may ask for is not theirs.
    List<ServiceGroup> groups = new ArrayList<>(hosts.size());
    for (String host : hosts) {
      ServiceGroup group = table.computeIfAbsent(host, first -> new ServiceGroup());
      group.add(member);
      groups.add(group);
    }
    return keep(id, new Place(member, groups, hosts, 0));
  }

  /** A name of the agent's below the server's: its own, or for a second service one below that. */
  private List<String> ownHosts(Member member, Map<String, ServiceGroup> table) {
    Optional<String> base = settings.url().map(URI::getHost);
    if (base.isEmpty()) return List.of();
    String own = member.agent().name() + "." + base.get();
    ServiceGroup taken = table.get(own);
    boolean free = taken == null || shares(taken, member.offer());
    return List.of(free ? own : member.offer().name() + "." + own);
  }

  private static boolean shares(ServiceGroup group, Offer offer) {
    List<Member> members = group.members();
    return members.isEmpty() || members.getFirst().offer().sameGroup(offer);
  }

  // ---- ports ------------------------------------------------------------------------------

  private Outcome placePort(String id, Member member) {
    Offer offer = member.offer();
    for (Place other : places.values()) {
      if (!other.member().offer().sameGroup(offer) || other.port() == 0) continue;
      if (offer.port() != 0 && offer.port() != other.port()) {
        return new Refusal("conflict", "the group has port " + other.port());
      }
      ServiceGroup group = other.groups().getFirst();
      group.add(member);
      ledger.port(offer.kind(), id, other.port());
      return keep(id, Place.atPort(member, group, other.port()));
    }
    Optional<AwaitedPorts.Awaited> kept = awaited.claim(id, offer);
    if (kept.isPresent()) {
      kept.get().group().add(member);
      ledger.port(offer.kind(), id, kept.get().port());
      return keep(id, Place.atPort(member, kept.get().group(), kept.get().port()));
    }
    PortPool pool = pool(offer.kind());
    if (offer.port() != 0 && !pool.take(offer.port(), id)) {
      return new Refusal("conflict", "port " + offer.port() + " is another service's");
    }
    ServiceGroup group = alone(member);
    for (int attempt = 1; ; attempt++) {
      OptionalInt port =
          offer.port() != 0 ? OptionalInt.of(offer.port()) : pool.takeAny(id, clock.nanos());
      if (port.isEmpty()) return new Refusal("unavailable", "the server has no port left");
      specs.put(id, spec(id, offer.kind(), port.getAsInt(), group));
      try {
        ports.show(List.copyOf(specs.values()));
        ledger.port(offer.kind(), id, port.getAsInt());
        return keep(id, Place.atPort(member, group, port.getAsInt()));
      } catch (ConfigException taken) {
        specs.remove(id);
        if (offer.port() != 0 || attempt == PORT_TRIES_MAX) {
          pool.drop(port.getAsInt());
          return new Refusal(
              "unavailable", "port " + port.getAsInt() + " cannot be opened at the server");
        }
        // Another program has it: the pool passes it over for a while, so that the next one is
        // tried.
        pool.block(port.getAsInt(), clock.nanos());
      }
    }
  }

  private ListenerSpec spec(String id, ServiceKind kind, int port, ServiceGroup group) {
    ListenerSpec spec =
        new ListenerSpec(
            "tunnels/" + id,
            new ListenAddress.Host(settings.bind(), port),
            faces.face(group),
            Optional.empty(),
            ListenerLimits.DEFAULTS);
    return kind == ServiceKind.UDP
        ? spec.withDatagrams(faces.datagrams(group)).connecting(false)
        : spec;
  }

  // ---- going ------------------------------------------------------------------------------

  void withdraw(AgentSession agent, List<String> services) {
    boolean portsToo = false;
    Set<Destination> gone = new HashSet<>();
    for (String service : services) {
      Place there = places.get(agent.name() + "/" + service);
      if (there != null && there.member().agent() == agent) {
        portsToo |= take(agent.name() + "/" + service);
        gone.add(destination(there.member()));
      }
    }
    if (portsToo) showPorts();
    publish();
    if (!gone.isEmpty()) elsewhere.accept(gone);
  }

  void withdrawAll(AgentSession agent) {
    withdraw(agent, offers(agent).stream().map(Offer::name).toList());
  }

  /** Returns whether a port is to be closed. */
  private boolean take(String id) {
    Place place = places.remove(id);
    if (place == null) return false;
    for (ServiceGroup group : place.groups()) group.remove(place.member());
    if (place.port() == 0) {
      http.values().removeIf(Exposure::empty);
      https.values().removeIf(Exposure::empty);
      return false;
    }
    ledger.freed(id, clock.wall().getEpochSecond());
    // Others of its group go on; the port keeps its listener under the first one's name.
    if (!empty(place.groups().getFirst())) return false;
    ServiceKind kind = place.member().offer().kind();
    pool(kind).free(place.port(), clock.nanos());
    hide(kind, place.port());
    return true;
  }

  private static boolean empty(ServiceGroup group) {
    return group.members().isEmpty();
  }

  private void hide(ServiceKind kind, int port) {
    String suffix = ":" + port;
    specs
        .values()
        .removeIf(
            spec ->
                spec.bind().toString().endsWith(suffix)
                    && spec.datagrams().isPresent() == (kind == ServiceKind.UDP));
  }

  private void showPorts() {
    try {
      ports.show(List.copyOf(specs.values()));
    } catch (ConfigException impossible) {
      throw new IllegalStateException("closing ports cannot fail", impossible);
    }
  }

  private void publish() {
    Map<String, Member> named = new HashMap<>();
    places.forEach((id, place) -> named.put(id, place.member()));
    directory = Directory.of(http, https, named);
    Map<String, List<String>> all = new HashMap<>();
    places.forEach((id, place) -> all.put(id, at(place)));
    addresses = Map.copyOf(all);
  }

  // ---- how users write it -----------------------------------------------------------------

  private List<String> at(Place place) {
    Offer offer = place.member().offer();
    if (offer.isPrivate()) return List.of();
    String host =
        settings
            .url()
            .map(URI::getHost)
            .orElse(settings.bind().equals("0.0.0.0") ? "localhost" : settings.bind());
    return switch (offer.kind()) {
      case TCP, UDP -> List.of(offer.kind().word() + "://" + host + ":" + place.port());
      case HTTP -> place.hosts().stream().map(this::httpUrl).toList();
      case HTTPS ->
          place.hosts().stream()
              .map(name -> "https://" + name + portOf(settings.https(), 443))
              .toList();
      case SOCKS -> List.of(); // forward proxies lead to it
    };
  }

  private String httpUrl(String host) {
    if (settings.url().isEmpty()) return "http://" + host;
    URI url = settings.url().get();
    return url.getScheme() + "://" + host + (url.getPort() < 0 ? "" : ":" + url.getPort());
  }

  private static String portOf(Optional<ListenAddress> bind, int customary) {
    int port =
        switch (bind.orElse(new ListenAddress.Loopback(0))) {
          case ListenAddress.Loopback(int chosen) -> chosen;
          case ListenAddress.Host(_, int chosen) -> chosen;
          case ListenAddress.Unix _ -> 0;
        };
    return port == 0 || port == customary ? "" : ":" + port;
  }

  @Override
  public void close() {
    places.clear();
    http.clear();
    https.clear();
    specs.clear();
    publish();
    showPorts();
  }
}
