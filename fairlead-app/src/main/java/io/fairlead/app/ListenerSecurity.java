package io.fairlead.app;

import io.fairlead.app.config.CertConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerTls;
import io.fairlead.control.ControlServer;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Reference;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.acme.HttpChallenges;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.certs.CertKeeper;
import io.fairlead.net.certs.CertSource;
import io.fairlead.net.certs.TicketSettings;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http2.NegotiatedEdge;
import io.fairlead.net.listen.Face;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.overload.SheddingEdge;
import io.fairlead.net.tls.ClientAuthority;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.net.tls.ServerTls;
import io.fairlead.net.tls.TlsPolicy;
import io.fairlead.net.tls.TlsShared;
import io.fairlead.net.tls.TlsVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the TLS of listeners from the sections {@code listeners} and {@code certs}. */
final class ListenerSecurity {
  private final CertKeeper keeper;
  private final HttpChallenges challenges;
  private final Entitlements entitlements;

  private ListenerSecurity(
      CertKeeper keeper, HttpChallenges challenges, Entitlements entitlements) {
    this.keeper = keeper;
    this.challenges = challenges;
    this.entitlements = entitlements;
  }

  /**
   * @param entitlements bind who shows a certificate
   */
  static ListenerSecurity create(
      Path stateDir,
      Entitlements entitlements,
      EventBus events,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    HttpChallenges challenges = new HttpChallenges();
    CertKeeper keeper =
        new CertKeeper(
            new CertKeeper.Surroundings(stateDir, TlsShared.create(randomness), challenges),
            events,
            meters,
            clock,
            randomness);
    return new ListenerSecurity(keeper, challenges, entitlements);
  }

  /** Starts after the listeners, which show the proofs that orders need. */
  CertKeeper keeper() {
    return keeper;
  }

  /** How HTTP clients are met: both versions, less when memory is short, hosts proved as ours. */
  HttpEdge edge(
      EventLoops loops, MemoryBudget budget, Meters meters, Clock clock, Randomness randomness) {
    Http1Edge http1 = new Http1Edge(clock, meters, budget);
    NegotiatedEdge both = new NegotiatedEdge(http1, clock, meters, randomness);
    return challenges.on(new SheddingEdge(both, loops, meters));
  }

  /** The TLS of every listener that has it, by its id, and the faces behind it. */
  final class Draft {
    private final Map<String, CertConfig> certs;
    private final TicketSettings tickets;
    private final boolean trial;
    private final List<ServerTls> made = new ArrayList<>();

    private Draft(GatewayConfig next, boolean trial) {
      this.certs = next.certs();
      this.tickets = next.runtime().tickets();
      this.trial = trial;
    }

    Optional<ServerTls> of(ListenerConfig listener) throws ConfigException {
      if (listener.tls().isEmpty()) return Optional.empty();
      ListenerTls tls = listener.tls().get();
      String path = "/listeners/" + listener.id() + "/tls";
      List<ServedCert> places = new ArrayList<>();
      for (Reference each : tls.certs()) {
        CertSource source = source(certs, each);
        places.add(trial ? keeper.tryOut(each.id(), source) : keeper.open(each.id(), source));
      }
      Optional<ClientAuthority> clients = Optional.empty();
      if (tls.clients().isPresent()) {
        ListenerTls.Clients asked = tls.clients().get();
        clients = Optional.of(ClientAuthority.read(asked.required(), asked.rules(), path));
      }
      TlsPolicy policy =
          new TlsPolicy(
              tls.minVersion(),
              tls.ciphers(),
              tls.groups(),
              protocols(listener, tls),
              clients,
              tls.unknownName());
      ServerTls built = ServerTls.of(policy, places, keeper.shared(), path + "/cert");
      made.add(built);
      return Optional.of(built);
    }

    /** Of a stream, what is inside TLS is the server's affair. */
    private static List<String> protocols(ListenerConfig listener, ListenerTls tls) {
      if (listener.proto() == ListenerConfig.Proto.TCP) return List.of();
      if (listener.proto() == ListenerConfig.Proto.MQTT) return List.of("mqtt", "http/1.1");
      return tls.http2() ? List.of("h2", "http/1.1") : List.of("http/1.1");
    }

    /** Lets it know its clients by their certificates, where it asks for them. */
    Face facing(ListenerConfig listener, Face face) {
      return listener
          .tls()
          .flatMap(ListenerTls::clients)
          .map(clients -> (Face) new CertifiedFace(face, clients.identity(), entitlements))
          .orElse(face);
    }

    /** These are the listeners from now on. */
    void commit() {
      keeper.follow("listeners", made);
      keeper.keep(sources(certs));
      keeper.tickets(tickets);
    }
  }

  /**
   * Gets ready for a configuration.
   *
   * @param trial nothing is to come of it
   */
  Draft draft(GatewayConfig next, boolean trial) throws ConfigException {
    keeper.check(next.runtime().tickets(), "/runtime/tls_tickets/file");
    return new Draft(next, trial);
  }

  /** Where a certificate is found that another part of the program shows; kept up to date. */
  ServedCert place(Map<String, CertConfig> certs, Reference cert) throws ConfigException {
    return keeper.open(cert.id(), source(certs, cert));
  }

  /** The TLS of the control API. */
  ControlServer.Settings.Securing control(Map<String, CertConfig> certs, Reference cert) {
    return new ControlServer.Settings.Securing() {
      @Override
      public ServerTls ready() throws ConfigException {
        return ServerTls.of(
            TlsPolicy.of(TlsVersion.TLS_1_2, List.of("http/1.1")),
            List.of(keeper.open(cert.id(), source(certs, cert))),
            keeper.shared(),
            "/control/tls/cert");
      }

      @Override
      public void shown(ServerTls tls) {
        keeper.follow("control", List.of(tls));
      }
    };
  }

  private static CertSource source(Map<String, CertConfig> certs, Reference cert) {
    CertConfig found = certs.get(cert.id());
    if (found == null) throw new IllegalStateException("certs: " + cert + " was not resolved");
    return found.source();
  }

  private static Map<String, CertSource> sources(Map<String, CertConfig> certs) {
    Map<String, CertSource> sources = new LinkedHashMap<>();
    certs.forEach((id, cert) -> sources.put(id, cert.source()));
    return sources;
  }
}
