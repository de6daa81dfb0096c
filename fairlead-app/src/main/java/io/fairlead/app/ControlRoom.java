package io.fairlead.app;

import io.fairlead.app.certs.CertArea;
import io.fairlead.app.mqtt.DrainArea;
import io.fairlead.app.mqtt.MqttArea;
import io.fairlead.app.mqtt.TopicArea;
import io.fairlead.app.mqtt.TraceArea;
import io.fairlead.app.pubsub.ChainArea;
import io.fairlead.app.registry.RegistryArea;
import io.fairlead.app.relay.RelayArea;
import io.fairlead.app.sites.ForwardArea;
import io.fairlead.app.sites.RouteArea;
import io.fairlead.app.sites.UpstreamArea;
import io.fairlead.app.tunnels.TunnelArea;
import io.fairlead.app.upgrade.Inheritance;
import io.fairlead.control.ControlServer;
import io.fairlead.control.access.ControlToken;
import io.fairlead.control.access.PeerProof;
import io.fairlead.control.http.EventStream;
import io.fairlead.control.http.UpgradeArea;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Http1Edge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/** The control API of one gateway, with what every part of it adds. */
record ControlRoom(
    Gateway gateway,
    Succession succession,
    ListenerSecurity security,
    EventBus events,
    AuditTrail audit,
    Clock clock) {
  ControlServer serve(
      GatewayConfig config,
      ControlToken token,
      ControlDesk desk,
      PrometheusMeterRegistry registry,
      Inheritance inheritance) {
    Meters meters = new Meters(registry);
    UpgradeArea upgrades =
        new UpgradeArea(
            succession.desk(
                new GatewayEstate(gateway), () -> gateway.config().runtime().upgradeDir(), audit),
            PeerProof.ownUid());
    ControlServer server =
        new ControlServer(
            config.controlSettings(security),
            token,
            new ControlServer.Behind(
                desk,
                List.of(
                    new EventStream(events, meters, clock),
                    new RegistryArea(gateway::registry, clock),
                    new UpstreamArea(gateway::upstreams),
                    new CertArea(security.keeper()),
                    new RouteArea(() -> gateway.features().http()),
                    new ForwardArea(() -> gateway.features().proxy()),
                    new MqttArea(() -> gateway.features().mqtt().broker()),
                    new TraceArea(() -> gateway.features().mqtt().broker()),
                    new TopicArea(() -> gateway.features().mqtt().broker(), meters, clock),
                    new DrainArea(() -> gateway.features().mqtt().broker()),
                    new ChainArea(
                        () -> gateway.features().pubsub().chains(),
                        chain -> gateway.features().pubsub().topics().reports(chain)),
                    new TunnelArea(
                        () -> gateway.features().tunnels().server(),
                        () -> gateway.features().tunnels().agent()),
                    new RelayArea(() -> gateway.features().relay().node(), clock),
                    upgrades),
                audit),
            new Http1Edge(clock, meters),
            registry,
            clock);
    if (succession.beside()) server.beginBeside(inheritance.sockets());
    return server;
  }
}
