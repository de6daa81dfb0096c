package io.fairlead.app;

import io.fairlead.app.config.CertConfig;
import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.config.LimitsConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerConfig.Proto;
import io.fairlead.app.config.LogsConfig;
import io.fairlead.app.config.RuntimeConfig;
import io.fairlead.app.membership.MembershipConfig;
import io.fairlead.app.pubsub.EventAbi;
import io.fairlead.app.registry.GatewayChains;
import io.fairlead.app.registry.NamedSources;
import io.fairlead.app.relay.PeerDials;
import io.fairlead.app.trace.TelemetryConfig;
import io.fairlead.control.ControlConfig;
import io.fairlead.control.ControlServer;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.http.HttpConfig;
import io.fairlead.http.UpstreamsConfig;
import io.fairlead.http.ZoneTypes;
import io.fairlead.http.rate.Zones;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.proxy.ProxyConfig;
import io.fairlead.proxy.ProxyService;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.pubsub.chain.PubSubConfig;
import io.fairlead.registry.RegistryConfig;
import io.fairlead.relay.RelayConfig;
import io.fairlead.tunnel.TunnelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The whole configuration file: the sections of the process and of every feature. */
public record GatewayConfig(
    String name,
    RuntimeConfig runtime,
    LimitsConfig limits,
    ControlConfig control,
    LogsConfig logs,
    TelemetryConfig telemetry,
    Optional<MembershipConfig> membership,
    Map<String, CertConfig> certs,
    Map<String, ListenerConfig> listeners,
    Map<String, ForwardConfig> forward,
    HttpConfig http,
    Map<String, StreamConfig> streams,
    UpstreamsConfig upstreams,
    Zones.Config zones,
    RegistryConfig registry,
    MqttConfig mqtt,
    PubSubConfig pubsub,
    TunnelConfig tunnels,
    Optional<RelayConfig> relay) {
  public static final RecordType<GatewayConfig> TYPE =
      RecordType.define(
          "fairlead",
          "One Fairlead gateway.",
          fields -> {
            fields.key("version", Types.schemaVersion(), "Format of this file.").required();
            fields
                .key(
                    "include",
                    Types.includes(),
                    "More files, merged into this one: names or patterns such as conf.d/*.yaml,"
                        + " relative to the file that names them.")
                .orElse(List.of());
            Field<String> name =
                fields
                    .key(
                        "name",
                        Types.string(),
                        "What this gateway calls itself in status and logs.")
                    .reload(ReloadClass.RESTART)
                    .example("gw-berlin-1")
                    .orElse("fairlead");
            Field<RuntimeConfig> runtime =
                fields
                    .key("runtime", RuntimeConfig.TYPE, "The process as a whole.")
                    .orElse(RuntimeConfig.TYPE.defaults());
            Field<LimitsConfig> limits =
                fields
                    .key("limits", LimitsConfig.TYPE, "Bounds of the whole process.")
                    .orElse(LimitsConfig.TYPE.defaults());
            Field<ControlConfig> control =
                fields
                    .key("control", ControlConfig.TYPE, "The control API.")
                    .orElse(ControlConfig.TYPE.defaults());
            Field<LogsConfig> logs =
                fields
                    .key("logs", LogsConfig.TYPE, "What the gateway says about itself.")
                    .orElse(LogsConfig.TYPE.defaults());
            Field<TelemetryConfig> telemetry =
                fields
                    .key(
                        "telemetry",
                        TelemetryConfig.TYPE,
                        "What the gateway tells others about its work.")
                    .orElse(TelemetryConfig.TYPE.defaults());
            Field<Optional<MembershipConfig>> membership =
                fields
                    .key("membership", MembershipConfig.TYPE, "Who may use the gateway.")
                    .reload(ReloadClass.RESTART)
                    .optional();
            Field<Map<String, CertConfig>> certs =
                fields
                    .key("certs", Types.mapOf(CertConfig.TYPE), "Certificates, by name.")
                    .orElse(Map.of());
            Field<Map<String, ListenerConfig>> listeners =
                fields
                    .key(
                        "listeners",
                        Types.mapOf(ListenerConfig.TYPE),
                        "Bound local addresses, by name.")
                    .orElse(Map.of());
            Field<Map<String, ForwardConfig>> forward =
                fields
                    .key("forward", ProxyConfig.SECTION, "Forward proxy services, by name.")
                    .orElse(Map.of());
            Field<HttpConfig> http =
                fields.key("http", HttpConfig.TYPE, "Sites, by name.").orElse(HttpConfig.NONE);
            Field<Map<String, StreamConfig>> streams =
                fields
                    .key("streams", StreamConfig.SECTION, "Stream services (TCP, UDP), by name.")
                    .orElse(Map.of());
            Field<UpstreamsConfig> upstreams =
                fields
                    .key(
                        "upstreams",
                        UpstreamsConfig.TYPE,
                        "Groups of interchangeable servers, by name.")
                    .orElse(UpstreamsConfig.NONE);
            Field<Zones.Config> zones =
                fields
                    .key("zones", ZoneTypes.SECTION, "Rates of requests, by name.")
                    .orElse(Zones.Config.NONE);
            Field<RegistryConfig> registry =
                fields
                    .key(
                        "registry",
                        RegistryConfig.TYPE,
                        "Lists kept elsewhere, and what follows them.")
                    .orElse(RegistryConfig.TYPE.defaults());
            Field<MqttConfig> mqtt =
                fields.key("mqtt", MqttConfig.TYPE, "The MQTT broker.").orElse(MqttConfig.DEFAULTS);
            Field<PubSubConfig> pubsub =
                fields
                    .key("pubsub", PubSubConfig.TYPE, "Connections to nodes of chains.")
                    .orElse(PubSubConfig.NONE);
            Field<TunnelConfig> tunnels =
                fields
                    .key("tunnels", TunnelConfig.TYPE, "Services behind NAT.")
                    .orElse(TunnelConfig.NONE);
            Field<Optional<RelayConfig>> relay =
                fields.key("relay", RelayConfig.TYPE, "The gateway as a libp2p node.").optional();
            fields.check(
                (values, checks) -> {
                  checkAddresses(values.get(listeners), checks);
                  checkServices(
                      values.get(listeners),
                      Map.of(
                          "forward", values.get(forward).keySet(),
                          "http", values.get(http).sites().keySet(),
                          "streams", values.get(streams).keySet()),
                      checks);
                  checkOpenProxies(values.get(listeners), values.get(forward), checks);
                  MqttFeature.checkOpen(values.get(listeners), values.get(mqtt), checks);
                  EventAbi.check(values.get(pubsub), checks);
                  PeerDials.check(values.get(streams).values(), values.get(relay), checks);
                });
            return values ->
                new GatewayConfig(
                    values.get(name),
                    values.get(runtime),
                    values.get(limits),
                    values.get(control),
                    values.get(logs),
                    values.get(telemetry),
                    values.get(membership),
                    values.get(certs),
                    values.get(listeners),
                    values.get(forward),
                    values.get(http),
                    values.get(streams),
                    values.get(upstreams),
                    values.get(zones),
                    GatewayChains.placed(values.get(registry), values.get(pubsub))
                        .implying(
                            NamedSources.of(
                                values.get(forward).values(),
                                values.get(mqtt),
                                values.get(tunnels),
                                values.get(relay))),
                    values.get(mqtt),
                    values.get(pubsub),
                    values.get(tunnels),
                    values.get(relay));
          });

  GatewayConfig withLogFormat(LogsConfig.Format format) {
    return new GatewayConfig(
        name,
        runtime,
        limits,
        control,
        new LogsConfig(logs.level(), format, logs.lines(), logs.audit(), logs.access()),
        telemetry,
        membership,
        certs,
        listeners,
        forward,
        http,
        streams,
        upstreams,
        zones,
        registry,
        mqtt,
        pubsub,
        tunnels,
        relay);
  }

  /** What the control API needs, the certificate it names included. */
  ControlServer.Settings controlSettings(ListenerSecurity security) {
    return new ControlServer.Settings(
        control, control.tls().map(tls -> security.control(certs, tls.cert())));
  }

  /** Files the configuration names whose content is part of it. */
  public List<Path> namedFiles() {
    List<Path> files = new ArrayList<>();
    for (CertConfig cert : certs.values()) {
      if (cert.files().isEmpty()) continue;
      files.add(cert.files().get().cert());
      files.add(cert.files().get().key());
    }
    listeners.values().forEach(each -> each.tls().ifPresent(tls -> files.addAll(tls.files())));
    for (ForwardConfig service : forward.values()) {
      service.auth().ifPresent(auth -> files.addAll(auth.files()));
      files.addAll(service.egress().namedFiles());
    }
    files.addAll(http.namedFiles());
    upstreams.clusters().values().forEach(upstream -> upstream.tls().ca().ifPresent(files::add));
    control.users().forEach(user -> files.add(user.passwordFile()));
    files.addAll(mqtt.files());
    files.addAll(pubsub.namedFiles());
    files.addAll(tunnels.namedFiles());
    return files;
  }

  private static void checkAddresses(Map<String, ListenerConfig> listeners, Checks checks) {
    Map<ListenAddress, String> taken = new HashMap<>();
    for (ListenerConfig listener : listeners.values()) {
      if (anyPort(listener.bind())) continue;
      String other = taken.putIfAbsent(listener.bind(), listener.id());
      if (other != null) {
        checks.errorAt(
            "/listeners/" + listener.id() + "/bind",
            GatewayCodes.SAME_ADDRESS,
            "listener `" + other + "` already binds " + listener.bind(),
            "give one of them another port");
      }
    }
  }

  private static boolean anyPort(ListenAddress bind) {
    return switch (bind) {
      case ListenAddress.Loopback(int port) -> port == 0;
      case ListenAddress.Host(_, int port) -> port == 0;
      case ListenAddress.Unix _ -> false;
    };
  }

  /** Services of several sections may share an id: the listener's proto says which is meant. */
  private static void checkServices(
      Map<String, ListenerConfig> listeners, Map<String, Set<String>> ids, Checks checks) {
    for (ListenerConfig listener : listeners.values()) {
      if (listener.service().isEmpty()) continue;
      String wanted =
          switch (listener.proto()) {
            case MIXED -> "forward";
            case HTTP -> "http";
            case TCP, UDP -> "streams";
            case ECHO, MQTT -> ""; // said elsewhere
          };
      if (wanted.isEmpty()) continue;
      if (!ids.getOrDefault(wanted, Set.of()).contains(listener.service().get().id())) {
        checks.errorAt(
            "/listeners/" + listener.id() + "/service",
            GatewayCodes.SERVICE_KIND,
            "`"
                + listener.service().get().id()
                + "` is in section "
                + listener.service().get().section()
                + ", this listener's proto needs one of section "
                + wanted,
            "change `proto` or `service`");
      }
    }
  }

  private static void checkOpenProxies(
      Map<String, ListenerConfig> listeners, Map<String, ForwardConfig> forward, Checks checks) {
    for (ListenerConfig listener : listeners.values()) {
      if (listener.proto() != Proto.MIXED || listener.service().isEmpty()) continue;
      ForwardConfig service = forward.get(listener.service().get().id());
      if (service == null) continue;
      Optional<Problem> problem =
          ProxyService.openProxyProblem(
              listener.id(), listener.bind(), service, Problem.Place.NOWHERE);
      problem.ifPresent(
          open ->
              checks.errorAt(
                  "/listeners/" + listener.id() + "/bind",
                  ForwardConfig.OPEN_PROXY,
                  open.message(),
                  open.hint()));
    }
  }
}
