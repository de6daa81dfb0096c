package io.fairlead.tunnel.server.netty;

import io.fairlead.core.access.Revocable;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.Binary;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts of a tunnel server together. Any thread. */
public final class ServerRoom implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerRoom.class);

  private final Clock clock;
  private final Hub hub;
  private final Exposure exposure;
  private final Visitors visitors;
  private final CarrierFace carriers;
  private final NameFace names;
  private final TunnelSites sites;
  private final CarrierSocketDoor door;
  private final Exits exits;
  private volatile ServerTerms terms;
  private volatile Optional<Served> served = Optional.empty();

  /** A certificate, and what was made of it. */
  private record Served(CertifiedKey cert, SslContext tls) {}

  private ServerRoom(ServerSurroundings around, ServerTerms first) {
    this.clock = around.clock();
    this.terms = first;
    ServerMeters meters = new ServerMeters(around.meters());
    TunnelJournal journal = new TunnelJournal(around.events(), around.access(), clock);
    TunnelDialer dialer = new TunnelDialer(around.entitlements(), around.randomness(), meters);
    PortServices faces =
        new PortServices(
            dialer, journal, around.randomness(), meters, () -> this.terms.udpSessions());
    LedgerFile file =
        new LedgerFile(
            around.stateDir().resolve("tunnel-services.jsonl"),
            HexFormat.of().formatHex(around.randomness().secureBytes(16)));
    Ledger ledger = Ledger.of(file.read(), clock.wall().getEpochSecond());
    exposure =
        new Exposure(first.exposed(), around.ports(), faces, around.elsewhere(), ledger, clock);
    hub =
        new Hub(
            around.gateway(),
            first,
            exposure,
            file,
            meters,
            around.events(),
            clock,
            around.loops().next());
    StreamLinks links = new StreamLinks(clock);
    visitors = new Visitors(hub, links, dialer, journal, around.randomness());
    carriers = new CarrierFace(hub, links, visitors, this::terms, around.randomness());
    door = new CarrierSocketDoor(carriers, meters);
    exits = new Exits(hub, dialer, meters);
    names = new NameFace(hub, faces);
    sites = new TunnelSites(hub, dialer, around.forwarder(), journal, around.randomness());
  }

  /** Nothing listens yet. */
  public static ServerRoom open(ServerSurroundings around, ServerTerms first) {
    return new ServerRoom(around, first);
  }

  /** Others from now on. */
  public void settle(ServerTerms next) {
    terms = next;
    hub.settle(next);
    visitors.settle();
  }

  private CarrierFace.Terms terms() {
    ServerTerms now = terms;
    return new CarrierFace.Terms(
        tls(now.cert()),
        now.bound(),
        now.carriers(),
        now.carriersPerSource(),
        now.login(),
        StreamLinks.Settings.DEFAULTS);
  }

  /** The certificate may have been renewed since the last connection. */
  private Optional<SslContext> tls(ServedCert cert) {
    Optional<CertifiedKey> current = cert.current();
    if (current.isEmpty()) return Optional.empty();
    Optional<Served> made = served;
    if (made.isPresent() && made.get().cert() == current.get()) {
      return Optional.of(made.get().tls());
    }
    try {
      SslContext tls = CarrierTls.server(current.get());
      served = Optional.of(new Served(current.get(), tls));
      return Optional.of(tls);
    } catch (SSLException unfit) {
      log.atError().addKeyValue("why", unfit.getMessage()).log("tunnel certificate unusable");
      return made.map(Served::tls);
    }
  }

  /** The pin of tokens that are made now. */
  public Optional<Binary> pin(ServedCert place) {
    return place.current().map(CarrierTls::pinOf);
  }

  public Face carriers() {
    return carriers;
  }

  /** Takes a stream of a peer whose key its connection has proved. */
  public void peer(Channel stream, LiveConnection connection, AgentKey key, String protocol) {
    carriers.attachPeer(stream, connection, key, protocol);
  }

  /** The same over web sockets. */
  public CarrierSocketDoor door() {
    return door;
  }

  public Face names() {
    return names;
  }

  public Exits exits() {
    return exits;
  }

  public TunnelSites sites() {
    return sites;
  }

  public Revocable revocable() {
    return hub;
  }

  public boolean cut(String agent, String reason) {
    boolean visited = visitors.cut(agent, reason);
    return hub.cut(agent, reason) || visited;
  }

  public long streams() {
    return exposure.ledger().live();
  }

  public void drain() {
    hub.drain();
  }

  /** Agents now, by name. */
  public List<AgentReport> agents() {
    Map<String, List<String>> at = hub.addresses();
    List<AgentReport> reports = new ArrayList<>();
    for (AgentSession agent : hub.agents()) {
      Map<String, AgentReport.Service> services = new LinkedHashMap<>();
      for (Member member : hub.directory().of(agent)) {
        Figures figures = member.figures();
        services.put(
            member.offer().name(),
            new AgentReport.Service(
                member.offer().name(),
                member.offer().kind().word(),
                at.getOrDefault(member.toString(), List.of()),
                figures.live(),
                figures.opened(),
                figures.failed(),
                figures.receivedBytes(),
                figures.sentBytes()));
      }
      List<ServerCarrier> open = agent.carriers();
      long rtt =
          open.stream()
              .flatMap(carrier -> carrier.link().stream())
              .mapToLong(link -> link.rttNanos())
              .filter(nanos -> nanos > 0)
              .min()
              .orElse(0);
      reports.add(
          new AgentReport(
              agent.name(),
              agent.principal().entry().map(Object::toString).orElse(""),
              agent.ready(),
              open.size(),
              Duration.ofNanos(clock.nanos() - agent.sinceNanos()),
              Duration.ofNanos(rtt),
              open.isEmpty() ? "" : open.getFirst().connection().remoteText(),
              agent.streams(),
              List.copyOf(services.values())));
    }
    reports.sort(Comparator.comparing(AgentReport::name));
    return reports;
  }

  @Override
  public void close() {
    hub.close();
  }
}
