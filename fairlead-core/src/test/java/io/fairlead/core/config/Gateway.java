package io.fairlead.core.config;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A small configuration with every kind of key: what the tests of the engine read. */
record Gateway(
    int version,
    String name,
    Runtime runtime,
    Limits limits,
    Map<String, Listener> listeners,
    Map<String, Upstream> upstreams,
    List<Token> tokens,
    Chains pubsub,
    Optional<Reference> fallback) {
  enum Transport {
    AUTO,
    EPOLL,
    NIO
  }

  record Drain(Duration stop, Duration announce, double spread) {
    static final RecordType<Drain> TYPE =
        RecordType.define(
            "Drain",
            "How a stop goes.",
            fields -> {
              var stop =
                  fields
                      .key(
                          "stop",
                          Types.duration().atLeast(Duration.ofSeconds(1)),
                          "Bound of a whole stop.")
                      .orElse(Duration.ofSeconds(30));
              var announce =
                  fields
                      .key("announce", Types.duration(), "How long readiness says no first.")
                      .orElse(Duration.ofSeconds(5));
              var spread =
                  fields
                      .key("spread", Types.number().between(0, 1), "Share of the time to use.")
                      .orElse(0.8);
              fields.check(
                  (values, checks) -> {
                    if (values.get(announce).compareTo(values.get(stop)) > 0) {
                      checks.error(
                          announce, Codes.UNFIT, "`announce` is longer than `stop`", "shorten it");
                    }
                  });
              return values ->
                  new Drain(values.get(stop), values.get(announce), values.get(spread));
            });
  }

  record Runtime(Path stateDir, Drain drain, Optional<Integer> eventLoops, Transport transport) {
    static final RecordType<Runtime> TYPE =
        RecordType.define(
            "Runtime",
            "The process.",
            ReloadClass.RESTART,
            fields -> {
              var stateDir =
                  fields.key("state_dir", Types.path(), "What survives.").orElse(Path.of("state"));
              var drain =
                  fields
                      .key("drain", Drain.TYPE, "How a stop goes.")
                      .reload(ReloadClass.LIVE)
                      .orElse(Drain.TYPE.defaults());
              var loops =
                  fields
                      .key(
                          "event_loops",
                          Types.orWord("auto", Types.integer().between(1, 1024)),
                          "Threads; auto takes the available cores.")
                      .orElse(Optional.empty());
              var transport =
                  fields
                      .key("transport", Types.choice(Transport.class), "Socket machinery.")
                      .orElse(Transport.AUTO);
              return values ->
                  new Runtime(
                      values.get(stateDir),
                      values.get(drain),
                      values.get(loops),
                      values.get(transport));
            });
  }

  record Limits(Limit connections, Optional<ByteSize> bandwidth) {
    static final RecordType<Limits> TYPE =
        RecordType.define(
            "Limits",
            "Bounds.",
            fields -> {
              var connections =
                  fields
                      .key("connections", Types.limit(), "Open at once.")
                      .orElse(Limit.atMost(10_000));
              var bandwidth =
                  fields
                      .key("bandwidth", Types.orOff(Types.byteRate()), "Of all together.")
                      .since("0.2")
                      .orElse(Optional.empty());
              return values -> new Limits(values.get(connections), values.get(bandwidth));
            });
  }

  record Listener(
      String id,
      ListenAddress bind,
      Optional<Reference> service,
      boolean proxyProtocol,
      List<Cidr> allow) {
    static final RecordType<Listener> TYPE =
        RecordType.define(
            "Listener",
            "Where connections come from.",
            ReloadClass.LISTENER,
            fields -> {
              var bind =
                  fields
                      .key("bind", Types.listenAddress(), "The address.")
                      .example("\":8080\"")
                      .required();
              var service =
                  fields.key("service", Types.reference("upstreams"), "Who serves it.").optional();
              var proxyProtocol =
                  fields
                      .key("accept_proxy_protocol", Types.bool(), "Expect a PROXY header.")
                      .orElse(false);
              var allow =
                  fields
                      .key("allow", Types.listOf(Types.cidr()).orSingle(), "Who may connect.")
                      .orElse(List.of());
              fields.renamed("proxy_protocol", "accept_proxy_protocol");
              return values ->
                  new Listener(
                      values.id(),
                      values.get(bind),
                      values.get(service),
                      values.get(proxyProtocol),
                      values.get(allow));
            });
  }

  record Endpoint(URI url, int weight) {
    static final RecordType<Endpoint> FULL =
        RecordType.define(
            "Endpoint",
            "One server.",
            fields -> {
              var url = fields.key("url", Types.httpUrl(), "Its address.").required();
              var weight =
                  fields.key("weight", Types.integer().between(1, 1000), "Its share.").orElse(100);
              return values -> new Endpoint(values.get(url), values.get(weight));
            });
    static final ConfigType<Endpoint> TYPE =
        Types.firstScalar(
            Types.httpUrl().mapped(Codes.BAD_URL, url -> new Endpoint(url, 100), Endpoint::url),
            FULL);
  }

  sealed interface Health {
    record Http(String path, Duration interval) implements Health {
      static final RecordType<Http> TYPE =
          RecordType.define(
              "HttpHealth",
              "Asks by HTTP.",
              fields -> {
                var path =
                    fields
                        .key(
                            "path", Types.string().matching("/.*", "a path from /"), "What to ask.")
                        .orElse("/");
                var interval =
                    fields
                        .key("interval", Types.duration(), "How often.")
                        .orElse(Duration.ofSeconds(5));
                return values -> new Http(values.get(path), values.get(interval));
              });
    }

    record Tcp(Destination.HostPort to) implements Health {
      static final RecordType<Tcp> TYPE =
          RecordType.define(
              "TcpHealth",
              "Connects.",
              fields -> {
                var to = fields.key("to", Types.hostPort(), "Where.").required();
                return values -> new Tcp(values.get(to));
              });
    }

    static ConfigType<Health> type() {
      Map<String, RecordType<? extends Health>> kinds = new LinkedHashMap<>();
      kinds.put("http", Http.TYPE);
      kinds.put("tcp", Tcp.TYPE);
      return Types.variants("type", kinds);
    }
  }

  record Upstream(
      String id, List<Endpoint> endpoints, Optional<Health> health, Map<String, String> headers) {
    static final RecordType<Upstream> TYPE =
        RecordType.define(
            "Upstream",
            "Servers that do the work.",
            fields -> {
              var endpoints =
                  fields
                      .key("endpoints", Types.listOf(Endpoint.TYPE), "The servers.")
                      .orElse(List.of());
              var health = fields.key("health", Health.type(), "How to see they live.").optional();
              var headers =
                  fields.key("headers", Types.stringMap(), "Added to requests.").orElse(Map.of());
              return values ->
                  new Upstream(
                      values.id(), values.get(endpoints), values.get(health), values.get(headers));
            });
  }

  record Token(String name, Secret secret) {
    static final RecordType<Token> TYPE =
        RecordType.define(
            "Token",
            "Who may control.",
            fields -> {
              var name = fields.key("name", Types.string(), "Shown in the audit log.").required();
              var secret = fields.key("secret", Types.secret(), "What is presented.").required();
              return values -> new Token(values.get(name), values.get(secret));
            });
  }

  record Chains(Map<String, Integer> chains) {
    static final RecordType<Chains> TYPE =
        RecordType.define(
            "PubSub",
            "Chains.",
            fields -> {
              var chains =
                  fields
                      .key("chains", Types.mapOf(Types.integer().atLeast(1)), "Their numbers.")
                      .orElse(Map.of());
              return values -> new Chains(values.get(chains));
            });
  }

  static final RecordType<Gateway> TYPE =
      RecordType.define(
          "Gateway",
          "The whole configuration.",
          fields -> {
            var version = fields.key("version", Types.schemaVersion(), "Of the format.").required();
            var name = fields.key("name", Types.string(), "Of this gateway.").orElse("gw");
            var runtime =
                fields.key("runtime", Runtime.TYPE, "The process.").orElse(Runtime.TYPE.defaults());
            var limits =
                fields.key("limits", Limits.TYPE, "Bounds.").orElse(Limits.TYPE.defaults());
            var listeners =
                fields
                    .key("listeners", Types.mapOf(Listener.TYPE), "Where connections come from.")
                    .orElse(Map.of());
            var upstreams =
                fields
                    .key("upstreams", Types.mapOf(Upstream.TYPE), "Servers that do the work.")
                    .orElse(Map.of());
            var tokens =
                fields
                    .key("tokens", Types.listOf(Token.TYPE), "Who may control.")
                    .orElse(List.of());
            var pubsub =
                fields.key("pubsub", Chains.TYPE, "Chains.").orElse(Chains.TYPE.defaults());
            var fallback =
                fields
                    .key(
                        "fallback",
                        Types.reference("upstreams", "pubsub.chains"),
                        "What serves when nothing else does.")
                    .optional();
            return values ->
                new Gateway(
                    values.get(version),
                    values.get(name),
                    values.get(runtime),
                    values.get(limits),
                    values.get(listeners),
                    values.get(upstreams),
                    values.get(tokens),
                    values.get(pubsub),
                    values.get(fallback));
          });

  static final String SAMPLE =
      """
      version: 1
      name: gw-berlin-1
      runtime:
        state_dir: ./state
        drain: { stop: 30s, announce: 5s }
        event_loops: auto
        transport: epoll
      limits:
        connections: 10000
        bandwidth: 10MiB/s
      listeners:
        web:
          bind: ":8080"
          service: app
          allow: [10.0.0.0/8, "fd00::/8"]
        other:
          bind: 0.0.0.0:9090
          accept_proxy_protocol: true
      upstreams:
        app:
          endpoints:
            - url: "http://127.0.0.1:3000"
              weight: 50
            - http://127.0.0.1:3001
          health:
            type: http
            path: /healthz
            interval: 5s
          headers: { X-Gateway: gw }
        spare:
          health: { type: tcp, to: "127.0.0.1:3002" }
      tokens:
        - name: ci
          secret: ${env:CI_TOKEN}
      pubsub:
        chains: { main: 31337 }
      fallback: main
      """;

  static final Map<String, String> VARIABLES = Map.of("CI_TOKEN", "hunter2-sesame");

  static Reading<Gateway> read(String text) {
    return ConfigReader.read(
        TYPE,
        new ConfigSource("fairlead.yaml", text, Path.of("/etc/fairlead")),
        Environment.withVariables(VARIABLES));
  }
}
