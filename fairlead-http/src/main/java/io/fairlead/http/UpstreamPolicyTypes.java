package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.http.balance.Method;
import io.fairlead.http.health.CheckConfig;
import io.fairlead.http.health.CheckConfig.StatusRange;
import io.fairlead.http.health.HealthState;
import io.fairlead.http.health.OutlierConfig;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.http.upstream.BalanceConfig.HashBy;
import io.fairlead.http.upstream.BreakerConfig;
import io.fairlead.http.upstream.DiscoveryConfig;
import io.fairlead.http.upstream.RetryConfig;
import io.fairlead.net.http.PoolSettings;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How the policies of an upstream are read: balancing, health, retries, bounds, discovery. */
final class UpstreamPolicyTypes {
  /** A method and what it hashes. */
  record Balance(Method method, HashBy key) {}

  /** Idle connections. */
  record Pool(PoolSettings settings, int warm) {}

  private static final ConfigType<HashBy> HASH_BY =
      Types.string().mapped(Codes.BAD_TEXT, HashBy::parse, HashBy::toString);

  private static final ConfigType<Method> METHOD =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "a way to choose: round_robin, random, least_conn, p2c_ewma, ring_hash, maglev or"
              + " failover",
          Map.of("type", "string", "enum", methodWords()),
          UpstreamPolicyTypes::method,
          method -> method.name().toLowerCase(Locale.ROOT));

  private static final RecordType<Balance> BALANCE_FULL =
      RecordType.define(
          "Balance",
          "which endpoint takes the next request",
          ReloadClass.LIVE,
          f -> {
            var type = f.key("type", METHOD, "The way to choose.").required();
            var key =
                f.key(
                        "key",
                        HASH_BY,
                        "What `ring_hash` and `maglev` keep together: `client_ip`, `path`, `sni`,"
                            + " `header:NAME` or `cookie:NAME`. A request without it goes by"
                            + " `client_ip`.")
                    .orElse(new HashBy.ClientIp());
            return v -> new Balance(v.get(type), v.get(key));
          });

  static final ConfigType<Balance> BALANCE =
      Types.firstScalar(
          METHOD.mapped(
              Codes.NOT_A_CHOICE,
              method -> new Balance(method, new HashBy.ClientIp()),
              Balance::method),
          BALANCE_FULL);

  static final RecordType<BalanceConfig.Sticky> STICKY =
      RecordType.define(
          "Sticky",
          "a cookie that keeps a client with its endpoint",
          ReloadClass.LIVE,
          f -> {
            var cookie =
                f.key(
                        "cookie",
                        Types.string().matching("[A-Za-z0-9_.-]{1,64}", "a name for a cookie"),
                        "Name of the cookie. Its value is a keyed hash of the endpoint.")
                    .orElse("fairlead_endpoint");
            var secret =
                f.key(
                        "secret",
                        Types.secret(),
                        "Key of the hash. Without it cookies end with the process, and gateways"
                            + " do not share them.")
                    .optional();
            return v -> new BalanceConfig.Sticky(v.get(cookie), v.get(secret));
          });

  private static final ConfigType<StatusRange> STATUS_RANGE =
      Types.literal(
          Codes.OUT_OF_RANGE,
          "a status or a range such as 200-399",
          Map.of("type", List.of("string", "integer")),
          text -> {
            try {
              return Optional.of(StatusRange.parse(text));
            } catch (IllegalArgumentException malformed) {
              return Optional.empty();
            }
          },
          StatusRange::toString);

  private enum Initial {
    UNKNOWN,
    HEALTHY,
    UNHEALTHY
  }

  static final RecordType<CheckConfig> HEALTH =
      RecordType.define(
          "HealthCheck",
          "how endpoints are asked whether they are well",
          ReloadClass.LIVE,
          f -> {
            CheckConfig defaults = CheckConfig.DEFAULTS;
            var type =
                f.key(
                        "type",
                        Types.choice(CheckConfig.Type.class),
                        "`tcp`: a connection can be made; `tls`: a handshake succeeds; `http`: a"
                            + " GET is answered well; `grpc`: the gRPC health service says SERVING,"
                            + " over HTTP/2 without negotiation (h2 is negotiated with TLS).")
                    .orElse(defaults.type());
            var path =
                f.key(
                        "path",
                        Types.string().matching("/[\\x21-\\x7e]*", "a path such as /healthz"),
                        "Asked for by `http`.")
                    .orElse(defaults.path());
            var expect =
                f.key(
                        "expect",
                        Types.listOf(STATUS_RANGE).orSingle().notEmpty(),
                        "Statuses of `http` that pass.")
                    .orElse(defaults.expect());
            var body =
                f.key(
                        "body",
                        Types.string(),
                        "Text an `http` answer must hold in its first 64 KiB.")
                    .optional();
            var host =
                f.key(
                        "host",
                        Types.string().matching("[\\x21-\\x7e]{1,255}", "a host name"),
                        "Host to ask for instead of the endpoint's.")
                    .optional();
            var service =
                f.key(
                        "service",
                        Types.string().matching("[\\x21-\\x7e]{0,100}", "a service's name"),
                        "Asked for by `grpc`; empty for the server as a whole.")
                    .orElse("");
            var interval =
                f.key(
                        "interval",
                        Types.duration().atLeast(Duration.ofMillis(50)),
                        "Between two checks of an endpoint, spread by a tenth either way.")
                    .orElse(defaults.interval());
            var timeout =
                f.key("timeout", time(), "Of one check, connecting included.")
                    .orElse(defaults.timeout());
            var rise =
                f.key("rise", Types.integer().between(1, 100), "Passes in a row until healthy.")
                    .orElse(defaults.rise());
            var fall =
                f.key("fall", Types.integer().between(1, 100), "Failures in a row until not.")
                    .orElse(defaults.fall());
            var initial =
                f.key(
                        "initial",
                        Types.choice(Initial.class),
                        "State before the first check; `unknown` gets requests.")
                    .orElse(Initial.UNKNOWN);
            return v ->
                new CheckConfig(
                    v.get(type),
                    v.get(path),
                    v.get(expect),
                    v.get(body),
                    v.get(host),
                    v.get(service),
                    v.get(interval),
                    v.get(timeout),
                    v.get(rise),
                    v.get(fall),
                    HealthState.valueOf(v.get(initial).name()));
          });

  private static final RecordType<OutlierConfig.SuccessRate> SUCCESS_RATE =
      RecordType.define(
          "SuccessRate",
          "ejects who is much worse than the others",
          ReloadClass.LIVE,
          f -> {
            var endpoints =
                f.key(
                        "endpoints",
                        Types.integer().between(2, 1000),
                        "With enough requests, below which nobody is judged.")
                    .orElse(5);
            var requests =
                f.key(
                        "requests",
                        Types.integer().atLeast(1),
                        "Between two sweeps, below which an endpoint is not judged.")
                    .orElse(100);
            var deviations =
                f.key(
                        "deviations",
                        Types.number().between(0.1, 10),
                        "Standard deviations below the mean.")
                    .orElse(1.9);
            return v ->
                new OutlierConfig.SuccessRate(v.get(endpoints), v.get(requests), v.get(deviations));
          });

  static final RecordType<OutlierConfig> PASSIVE =
      RecordType.define(
          "PassiveHealth",
          "what requests tell about an endpoint before it is left alone for a while",
          ReloadClass.LIVE,
          f -> {
            OutlierConfig defaults = OutlierConfig.DEFAULTS;
            var errors =
                f.key(
                        "consecutive_5xx",
                        Types.limit(),
                        "Answers of 500 and above and failed attempts in a row.")
                    .orElse(defaults.serverErrors());
            var gateway =
                f.key(
                        "consecutive_gateway",
                        Types.limit(),
                        "Answers of 502, 503, 504 and failed attempts in a row.")
                    .orElse(defaults.gatewayErrors());
            var connect =
                f.key("connect_fail", Types.limit(), "Failed connections in a row.")
                    .orElse(defaults.connectFailures());
            var sweep =
                f.key("sweep", time(), "Between two looks at all endpoints.")
                    .orElse(defaults.sweep());
            var base =
                f.key("base", time(), "First ejection; later ones are as many times as long.")
                    .orElse(defaults.base());
            var max = f.key("max", time(), "Longest ejection.").orElse(defaults.max());
            var share =
                f.key(
                        "max_percent",
                        Types.percent(),
                        "Share of the endpoints that may be ejected at once; at least one may.")
                    .orElse(defaults.share());
            var successRate =
                f.key(
                        "success_rate",
                        Types.orOff(SUCCESS_RATE),
                        "Compares each endpoint with the others at every sweep.")
                    .orElse(Optional.empty());
            return v ->
                new OutlierConfig(
                    v.get(errors),
                    v.get(gateway),
                    v.get(connect),
                    v.get(sweep),
                    v.get(base),
                    v.get(max),
                    v.get(share),
                    v.get(successRate));
          });

  private static final ConfigType<RetryConfig.On> RETRY_ON =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "one of connect, refused_stream, reset_before_headers, 502, 503 and 504",
          Map.of(
              "enum", List.of("connect", "refused_stream", "reset_before_headers", 502, 503, 504)),
          UpstreamPolicyTypes::retryOn,
          UpstreamPolicyTypes::retryWord);

  static final RecordType<RetryConfig> RETRY =
      RecordType.define(
          "Retry",
          "when a request is given to another endpoint",
          ReloadClass.LIVE,
          f -> {
            RetryConfig defaults = RetryConfig.DEFAULTS;
            var attempts =
                f.key("attempts", Types.integer().between(1, 10), "In all; 1 for no retry.")
                    .orElse(defaults.attempts());
            var on =
                f.key(
                        "on",
                        Types.listOf(RETRY_ON).orSingle(),
                        "What leads to another attempt. Never after bytes of the response were"
                            + " passed on.")
                    .orElse(List.copyOf(EnumSet.copyOf(defaults.on())));
            var methods =
                f.key(
                        "methods",
                        Types.orWord(
                            "idempotent",
                            Types.listOf(
                                Types.string()
                                    .matching("[A-Z][A-Z0-9_-]{0,31}", "a method such as GET"))),
                        "Methods that may be sent again once bytes left. One that is not"
                            + " idempotent never is, unless the upstream refused the stream.")
                    .orElse(Optional.empty());
            var budget =
                f.key(
                        "budget",
                        Types.percent(),
                        "Retries as a share of requests; more are not made.")
                    .orElse(defaults.budgetShare());
            var least =
                f.key(
                        "budget_min",
                        Types.integer().between(0, 1000),
                        "Retries each second besides the budget.")
                    .orElse(defaults.budgetPerSecond());
            var perTry =
                f.key(
                        "per_try_timeout",
                        time(),
                        "To the response's head, of each attempt; an attempt that takes longer is"
                            + " retried.")
                    .optional();
            var backoffMin =
                f.key("backoff_min", time(), "Most delay before the first retry, by lot.")
                    .orElse(defaults.backoffMin());
            var backoffMax =
                f.key("backoff_max", time(), "Most delay before later ones, which doubles.")
                    .orElse(defaults.backoffMax());
            var body =
                f.key(
                        "body",
                        Types.size().atLeast(new ByteSize(0)).atMost(ByteSize.ofKibi(1024)),
                        "Largest request body that is kept to send it again.")
                    .orElse(new ByteSize(defaults.bodyBytes()));
            return v ->
                new RetryConfig(
                    v.get(attempts),
                    Set.copyOf(v.get(on)),
                    v.get(methods).orElse(List.of()),
                    v.get(budget),
                    v.get(least),
                    v.get(perTry),
                    v.get(backoffMin),
                    v.get(backoffMax),
                    (int) v.get(body).bytes());
          });

  private static final RecordType<BreakerConfig.ErrorRatioConfig> ERROR_RATIO =
      RecordType.define(
          "ErrorRatio",
          "stops asking an upstream that mostly fails",
          ReloadClass.LIVE,
          f -> {
            var defaults = BreakerConfig.ErrorRatioConfig.DEFAULTS;
            var window =
                f.key("window", Types.duration().atLeast(Duration.ofMillis(100)), "Looked back.")
                    .orElse(defaults.window());
            var least =
                f.key("min", Types.integer().atLeast(1), "Requests in the window, at least.")
                    .orElse(defaults.least());
            var threshold =
                f.key("threshold", Types.number().between(0.01, 1), "Share of failures.")
                    .orElse(defaults.threshold());
            var open = f.key("open", time(), "How long it is left alone.").orElse(defaults.open());
            var halfOpen =
                f.key(
                        "half_open",
                        Types.integer().between(1, 1000),
                        "Requests that may try then; all must succeed.")
                    .orElse(defaults.halfOpen());
            return v ->
                new BreakerConfig.ErrorRatioConfig(
                    v.get(window), v.get(least), v.get(threshold), v.get(open), v.get(halfOpen));
          });

  static final RecordType<BreakerConfig> BREAKER =
      RecordType.define(
          "Breaker",
          "how much an upstream is asked to do at once; more is answered 503",
          ReloadClass.LIVE,
          f -> {
            BreakerConfig defaults = BreakerConfig.DEFAULTS;
            var connections =
                f.key("max_connections", Types.limit(), "Connections busy at once.")
                    .orElse(defaults.connections());
            var pending =
                f.key("max_pending", Types.limit(), "Requests that wait for one of these.")
                    .orElse(defaults.pending());
            var queue =
                f.key("queue", time().atMost(Duration.ofSeconds(60)), "How long they wait.")
                    .orElse(defaults.queue());
            var requests =
                f.key("max_requests", Types.limit(), "Requests under way.")
                    .orElse(defaults.requests());
            var retries =
                f.key("max_retries", Types.limit(), "Retries under way.")
                    .orElse(defaults.retries());
            var ratio =
                f.key(
                        "error_ratio",
                        Types.orOff(ERROR_RATIO),
                        "Stops asking the whole upstream while it mostly fails.")
                    .orElse(Optional.empty());
            return v ->
                new BreakerConfig(
                    v.get(connections),
                    v.get(pending),
                    v.get(queue),
                    v.get(requests),
                    v.get(retries),
                    v.get(ratio));
          });

  static final RecordType<Pool> POOL =
      RecordType.define(
          "UpstreamPool",
          "idle connections kept for the next request",
          ReloadClass.LIVE,
          f -> {
            PoolSettings defaults = PoolSettings.DEFAULTS;
            var idle =
                f.key(
                        "idle",
                        Types.integer().between(0, 1024),
                        "Most idle ones, of each endpoint and event loop.")
                    .orElse(defaults.idleMax());
            var idleTimeout =
                f.key("idle_timeout", time(), "How long one stays idle; below the server's.")
                    .orElse(defaults.idleTimeout());
            var maxAge =
                f.key("max_age", time(), "How old one grows, spread by a tenth either way.")
                    .orElse(defaults.maxAge());
            var requests =
                f.key("max_requests", Types.integer().atLeast(1), "Requests over one.")
                    .orElse(defaults.requestsMax());
            var warm =
                f.key(
                        "warm",
                        Types.integer().between(0, 64),
                        "Opened in advance, of each endpoint and event loop.")
                    .orElse(0);
            return v ->
                new Pool(
                    new PoolSettings(
                        v.get(idle), v.get(idleTimeout), v.get(maxAge), v.get(requests)),
                    v.get(warm));
          });

  static final RecordType<DiscoveryConfig> DISCOVER =
      RecordType.define(
          "Discover",
          "a name whose addresses are endpoints",
          ReloadClass.LIVE,
          f -> {
            var name =
                f.key(
                        "name",
                        Types.string().matching("[A-Za-z0-9_.-]{1,253}", "a name in the DNS"),
                        "Looked up again when its TTL ends; without an answer the last one holds.")
                    .example("app.internal.example")
                    .required();
            var type =
                f.key(
                        "type",
                        Types.choice(DiscoveryConfig.Type.class),
                        "`address`: A and AAAA records; `srv`: SRV records with ports, weights and"
                            + " priorities (groups of `failover`).")
                    .orElse(DiscoveryConfig.Type.ADDRESS);
            var port =
                f.key("port", Types.integer().between(1, 65_535), "Port of the addresses.")
                    .optional();
            var tls =
                f.key("tls", Types.bool(), "Whether TLS is spoken; the name is verified.")
                    .orElse(false);
            var interval =
                f.key(
                        "interval",
                        Types.duration().atLeast(Duration.ofSeconds(1)),
                        "Longest time between two lookups.")
                    .orElse(Duration.ofSeconds(30));
            f.check(
                (v, checks) -> {
                  if (v.get(type) == DiscoveryConfig.Type.ADDRESS && v.get(port).isEmpty()) {
                    checks.error(
                        port, Codes.REQUIRED, "addresses need a `port`", "add it, or use srv");
                  }
                });
            return v ->
                new DiscoveryConfig(
                    v.get(name), v.get(type), v.get(port).orElse(0), v.get(tls), v.get(interval));
          });

  private UpstreamPolicyTypes() {}

  static io.fairlead.core.config.DurationType time() {
    return Types.duration().atLeast(Duration.ofMillis(1));
  }

  private static List<String> methodWords() {
    return List.of(
        "round_robin",
        "random",
        "least_conn",
        "p2c_ewma",
        "ring_hash",
        "maglev",
        "failover",
        "first");
  }

  private static Optional<Method> method(String text) {
    if (text.equals("first")) return Optional.of(Method.FAILOVER);
    if (!methodWords().contains(text)) return Optional.empty();
    return Optional.of(Method.valueOf(text.toUpperCase(Locale.ROOT)));
  }

  private static Optional<RetryConfig.On> retryOn(String text) {
    for (RetryConfig.On on : RetryConfig.On.values()) {
      if (retryWord(on).equals(text)) return Optional.of(on);
    }
    return Optional.empty();
  }

  private static String retryWord(RetryConfig.On on) {
    String word = on.name().toLowerCase(Locale.ROOT);
    return word.startsWith("status_") ? word.substring("status_".length()) : word;
  }
}
