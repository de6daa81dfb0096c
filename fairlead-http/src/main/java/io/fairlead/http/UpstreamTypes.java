package io.fairlead.http;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.dial.Destination;
import io.fairlead.http.upstream.UpstreamConfig;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import io.fairlead.net.http.ForwardPlan;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How upstreams are read. */
final class UpstreamTypes {
  private static final int WEIGHT_MAX = EndpointConfig.WEIGHT_MAX;

  static final RecordType<EndpointConfig> ENDPOINT =
      RecordType.define(
          "Endpoint",
          "one server of an upstream",
          ReloadClass.LIVE,
          f -> {
            var url =
                f.key(
                        "url",
                        serverUrl(),
                        "Scheme, host and port. With `https` the server's certificate is"
                            + " verified.")
                    .example("http://127.0.0.1:3000")
                    .optional();
            var address =
                f.key(
                        "address",
                        Types.destination(),
                        "Host and port, or `unix:` and a path; plain, without a scheme.")
                    .example("127.0.0.1:5432")
                    .optional();
            var weight =
                f.key(
                        "weight",
                        Types.integer().between(1, WEIGHT_MAX),
                        "Share of the requests, relative to the other endpoints.")
                    .orElse(EndpointConfig.WEIGHT_DEFAULT);
            f.exactlyOneOf(url, address);
            return v ->
                v.get(url)
                    .map(u -> new EndpointConfig(destination(u), secured(u), v.get(weight)))
                    .orElseGet(
                        () ->
                            new EndpointConfig(v.get(address).orElseThrow(), false, v.get(weight)));
          });

  static final RecordType<ForwardPlan.Timeouts> TIMEOUTS =
      RecordType.define(
          "UpstreamTimeouts",
          "how long an upstream may take",
          ReloadClass.LIVE,
          f -> {
            ForwardPlan.Timeouts defaults = ForwardPlan.Timeouts.DEFAULTS;
            var connect =
                f.key("connect", time(), "For resolving, connecting and TLS together, per attempt.")
                    .orElse(defaults.connect());
            var head =
                f.key(
                        "response_header",
                        time(),
                        "From the request sent to the head of the response.")
                    .orElse(defaults.responseHead());
            var idle =
                f.key("response_idle", time(), "Between two parts of a response's body.")
                    .orElse(defaults.responseIdle());
            var stream =
                f.key(
                        "stream_idle",
                        time(),
                        "Silence in both directions after which an upgraded stream ends.")
                    .orElse(defaults.streamIdle());
            return v ->
                new ForwardPlan.Timeouts(v.get(connect), v.get(head), v.get(idle), v.get(stream));
          });

  static final RecordType<UpstreamConfig.TlsConfig> TLS =
      RecordType.define(
          "UpstreamTls",
          "how servers with an `https` URL are verified",
          ReloadClass.LIVE,
          f -> {
            var insecure =
                f.key(
                        "insecure_skip_verify",
                        Types.bool(),
                        "Accepts any certificate. Every load warns about it.")
                    .orElse(false);
            var ca =
                f.key(
                        "ca",
                        Types.path(),
                        "PEM file of the authorities to trust; the system's when it is not given.")
                    .optional();
            var serverName =
                f.key(
                        "server_name",
                        Types.string(),
                        "Name to ask for and to verify; the endpoint's host when it is not given.")
                    .optional();
            return v -> new UpstreamConfig.TlsConfig(v.get(insecure), v.get(ca), v.get(serverName));
          });

  static final RecordType<UpstreamConfig> UPSTREAM =
      RecordType.define(
          "Upstream",
          "a cluster of servers that take the same requests",
          ReloadClass.LIVE,
          f -> {
            Field<List<EndpointConfig>> endpoints =
                f.key(
                        "endpoints",
                        Types.listOf(ENDPOINT),
                        "The servers. With none, every request is answered 503.")
                    .required();
            var balance =
                f.key(
                        "balance",
                        Types.choice(UpstreamConfig.Balance.class),
                        "Which endpoint takes the next request: `round_robin` goes in turn, in"
                            + " proportion to the weights.")
                    .orElse(UpstreamConfig.Balance.ROUND_ROBIN);
            var timeouts =
                f.key("timeouts", TIMEOUTS, "How long its servers may take.")
                    .orElse(TIMEOUTS.defaults());
            var tls =
                f.key("tls", TLS, "How servers with an `https` URL are verified.")
                    .orElse(TLS.defaults());
            var protocol =
                f.key(
                        "protocol",
                        Types.choice(ForwardPlan.Protocol.class),
                        "Version of HTTP its servers are spoken to with: `auto` = what TLS agrees"
                            + " on, HTTP/1.1 without TLS; `h1` = HTTP/1.1; `h2` = HTTP/2 over TLS;"
                            + " `h2c` = HTTP/2 without TLS, which the servers must know.")
                    .example("h2c")
                    .orElse(UpstreamConfig.WIRE.protocol());
            var expect =
                f.key(
                        "forward_expect",
                        Types.bool(),
                        "Passes `Expect: 100-continue` on, so that the server decides whether the"
                            + " client sends its body, instead of the gateway.")
                    .orElse(false);
            var trailers =
                f.key(
                        "trailers",
                        Types.listOf(Types.string()),
                        "Names of trailer fields that pass in both directions besides `grpc-…`,"
                            + " `server-timing` and digests; of gRPC calls all pass.")
                    .example("[x-checksum]")
                    .orElse(List.of());
            return v ->
                new UpstreamConfig(
                    v.get(endpoints),
                    v.get(balance),
                    v.get(timeouts),
                    v.get(tls),
                    new ForwardPlan.Wire(
                        v.get(protocol),
                        v.get(expect),
                        v.get(trailers).stream()
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .collect(Collectors.toSet())));
          });

  private UpstreamTypes() {}

  private static ConfigType<Duration> time() {
    return Types.timeLimit(Duration.ofMillis(1));
  }

  private static ConfigType<URI> serverUrl() {
    return Types.httpUrl().mapped(HttpCodes.BAD_ENDPOINT, UpstreamTypes::checked, uri -> uri);
  }

  private static URI checked(URI uri) {
    String path = uri.getRawPath();
    if ((path != null && !path.isEmpty() && !path.equals("/"))
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException("give only scheme, host and port");
    }
    if (uri.getPort() == 0) throw new IllegalArgumentException("a port is 1-65535");
    return uri;
  }

  private static boolean secured(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }

  private static Destination destination(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) host = host.substring(1, host.length() - 1);
    int port = uri.getPort() > 0 ? uri.getPort() : secured(uri) ? 443 : 80;
    return new Destination.HostPort(host, port);
  }
}
