package io.fairlead.http;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.exchange.HttpMeters;
import io.fairlead.http.exchange.Mirror;
import io.fairlead.http.exchange.ReverseProxy;
import io.fairlead.http.exchange.Site;
import io.fairlead.http.exchange.Streams;
import io.fairlead.http.login.SiteLogins;
import io.fairlead.http.rate.Zones;
import io.fairlead.http.route.AskedHead;
import io.fairlead.http.route.Forwarding;
import io.fairlead.http.route.RequestIds;
import io.fairlead.http.upstream.Dials;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.http.upstream.Upstreams;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reverse proxy, upstreams and static files as one reloadable service. {@link #prepare} and its
 * outcome belong to one owner; everything else may be called from any thread.
 */
public final class HttpService implements Service, Reloadable<HttpService.Config> {
  private static final Logger log = LoggerFactory.getLogger(HttpService.class);

  /** What it follows: three sections of the configuration. */
  public record Config(HttpConfig http, UpstreamsConfig upstreams, Zones.Config zones) {
    public static final Config NONE =
        new Config(HttpConfig.NONE, UpstreamsConfig.NONE, Zones.Config.NONE);

    /** Without rates. */
    public Config(HttpConfig http, UpstreamsConfig upstreams) {
      this(http, upstreams, Zones.Config.NONE);
    }
  }

  private final HttpEdge edge;
  private final Clock clock;
  private final Randomness randomness;
  private final Mirror.MirrorMeters mirrorMeters;
  private final ReverseProxy proxy;
  private final Map<String, SiteFace> faces = new ConcurrentHashMap<>();
  private final Upstreams upstreams;
  private final Zones zones;
  private final SiteLogins logins;
  private volatile Duration streamDrain = Duration.ofHours(1);

  // Ten: the ports of the data path, each a different thing; a bag of them would hide that.
  public HttpService(
      HttpEdge edge,
      HttpForwarder forwarder,
      Dials dials,
      Entitlements entitlements,
      EventBus events,
      Meters meters,
      Clock clock,
      Randomness randomness,
      AccessLog access,
      AuthThrottle throttle) {
    this.logins = new SiteLogins(clock, meters, throttle);
    this.edge = edge;
    this.upstreams = new Upstreams(dials, events, meters, clock, randomness);
    this.zones = new Zones(meters, clock);
    this.clock = clock;
    this.randomness = randomness;
    this.mirrorMeters = Mirror.MirrorMeters.of(meters);
    String pseudonym = "fairlead-" + HexFormat.of().formatHex(randomness.secureBytes(8));
    this.proxy =
        new ReverseProxy(
            forwarder,
            new Forwarding(pseudonym),
            new RequestIds(clock, randomness),
            entitlements,
            events,
            new HttpMeters(meters),
            clock,
            new Streams(),
            access);
  }

  @Override
  public String name() {
    return "http";
  }

  /**
   * What a listener shows for a site. The same object as long as the site stays configured; a
   * connection of a removed site keeps the last snapshot.
   *
   * @throws IllegalArgumentException no configuration that was prepared has that site
   */
  public Face face(String siteId) {
    SiteFace face = faces.get(siteId);
    if (face == null) throw new IllegalArgumentException("site: " + siteId + " (not configured)");
    return face;
  }

  /** Answers single requests for a site on behalf of another service; empty when there is none. */
  public Optional<RequestHandler> handler(String siteId) {
    SiteFace face = faces.get(siteId);
    return face == null ? Optional.empty() : Optional.of(face);
  }

  /** The clusters of the running configuration, and who their members are. */
  public Upstreams upstreams() {
    return upstreams;
  }

  /** Every route of every site, in order. */
  public List<RouteExplanation.Line> routes() {
    return faces.values().stream()
        .map(face -> face.site)
        .sorted(Comparator.comparing(Site::id))
        .flatMap(site -> RouteTester.lines(site).stream())
        .toList();
  }

  /**
   * What the sites would do with a request.
   *
   * @param remote where the client is to be
   */
  public List<RouteExplanation> explain(AskedHead head, InetAddress remote) {
    RouteTester tester = new RouteTester(proxy.ids());
    return faces.values().stream()
        .map(face -> face.site)
        .sorted(Comparator.comparing(Site::id))
        .map(site -> tester.explain(site, head, remote))
        .toList();
  }

  /** This instance's name in {@code Via}. */
  public String pseudonym() {
    return proxy.forwarding().pseudonym();
  }

  /** How long streams go on whose route or endpoint a later configuration removes. */
  public void streamDrain(Duration time) {
    streamDrain = time;
  }

  @Override
  public void start() {}

  /** Requests end with their connections, which are the listeners' to drain. */
  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    upstreams.close();
  }

  @Override
  public Prepared prepare(Config next) throws ConfigException {
    Upstreams.Draft nextClusters = upstreams.prepare(next.upstreams().clusters());
    Zones.Draft nextZones = zones.prepare(next.zones());
    SiteLogins.Reading reading = logins.read();
    SiteCompiler compiler =
        new SiteCompiler(nextClusters, nextZones, clock, randomness, mirrorMeters, reading);
    Map<String, Site> sites = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<String, SiteConfig> entry : next.http().sites().entrySet()) {
      try {
        sites.put(entry.getKey(), compiler.compile(entry.getKey(), entry.getValue()));
      } catch (ConfigException failure) {
        problems.addAll(failure.problems());
      }
    }
    if (!problems.isEmpty()) throw new ConfigException(problems);
    reading.done();
    return new Change(next, nextClusters, nextZones, sites);
  }

  /** A prepared configuration. New sites have their face already, and nobody who uses it. */
  private final class Change implements Prepared {
    private final Config config;
    private final Upstreams.Draft next;
    private final Zones.Draft nextZones;
    private final Map<String, Site> sites;
    private final List<String> created = new ArrayList<>();

    Change(Config config, Upstreams.Draft next, Zones.Draft nextZones, Map<String, Site> sites) {
      this.nextZones = nextZones;
      this.config = config;
      this.next = next;
      this.sites = sites;
      sites.forEach(
          (id, site) -> {
            if (faces.putIfAbsent(id, new SiteFace(site)) == null) created.add(id);
          });
    }

    @Override
    public void commit() {
      nextZones.commit();
      next.commit(); // first, so that no site leads to a cluster without members
      sites.forEach(
          (id, site) -> {
            SiteFace face = faces.get(id);
            if (face != null) face.site = site;
          });
      faces.keySet().retainAll(sites.keySet());
      int retired = proxy.streams().retire(sites, upstreams, streamDrain);
      if (retired > 0) log.atInfo().addKeyValue("streams", retired).log("streams drain");
      warnAboutUnverified();
    }

    @Override
    public void discard() {
      created.forEach(faces::remove);
    }

    private void warnAboutUnverified() {
      for (Map.Entry<String, UpstreamConfig> entry : config.upstreams().clusters().entrySet()) {
        if (entry.getValue().tls().insecureSkipVerify()) {
          log.atWarn()
              .addKeyValue("upstream", entry.getKey())
              .log("upstream certificates are not verified");
        }
      }
    }
  }

  /** The face of one site: the holder of its current snapshot. */
  private final class SiteFace implements Face, RequestHandler {
    private volatile Site site;

    SiteFace(Site site) {
      this.site = site;
    }

    @Override
    public void attach(Channel channel, LiveConnection connection) {
      connection.kind("http");
      edge.attach(channel, connection, site.settings(), this, Unpooled.EMPTY_BUFFER);
    }

    @Override
    public void handle(ServerExchange exchange) {
      proxy.handle(site, exchange); // one volatile read per request
    }

    @Override
    public void refused(RefusedRequest request) {
      proxy.refused(site, request);
    }

    @Override
    public boolean speaksHttp() {
      return true;
    }
  }
}
