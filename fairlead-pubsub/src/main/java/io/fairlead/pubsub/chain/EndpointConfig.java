package io.fairlead.pubsub.chain;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.net.tls.KeyPins;
import io.fairlead.pubsub.Connector;
import io.fairlead.pubsub.ConnectorAuth;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.IpcConnector;
import io.fairlead.pubsub.WsConnector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One node of a chain.
 *
 * @param url or else {@code ipc}
 * @param poll how a node behind HTTP is asked for news
 * @param jwt key of tokens made for each connection
 * @param http the same node's HTTP, where large questions go
 * @param requestsPerSecond 0 for no bound
 */
public record EndpointConfig(
    String alias,
    Optional<EndpointUrl> url,
    Optional<Path> ipc,
    int priority,
    Map<String, Secret> headers,
    Optional<Secret> jwt,
    Optional<Path> ca,
    List<String> pins,
    boolean insecure,
    HttpPollConnector.Kind poll,
    Optional<Duration> pollInterval,
    Optional<EndpointUrl> http,
    int requestsPerSecond,
    boolean compression) {
  public static final RecordType<EndpointConfig> TYPE =
      RecordType.define(
          "pubsub_endpoint",
          "A node of a chain.",
          fields -> {
            Field<String> alias =
                fields
                    .key(
                        "alias",
                        Types.string().matching("[a-zA-Z0-9_.-]{1,40}", "a short name"),
                        "Its name in logs, meters and reports, where its URL is never shown.")
                    .required();
            Field<Optional<EndpointUrl>> url =
                fields
                    .key(
                        "url",
                        Types.string()
                            .hushing(EndpointUrl::mayTell)
                            .mapped(Codes.BAD_URL, EndpointUrl::parse, EndpointUrl::toString),
                        "ws, wss, http or https. What may be secret in it (user, path, query) is"
                            + " never shown.")
                    .example("wss://rpc.example.net/v3")
                    .optional();
            Field<Optional<Path>> ipc =
                fields.key("ipc", Types.path(), "A Unix socket instead of a URL.").optional();
            fields.exactlyOneOf(url, ipc);
            Field<Integer> priority =
                fields
                    .key(
                        "priority",
                        Types.integer().between(1, 100),
                        "Of several nodes the lowest that is healthy is used.")
                    .orElse(1);
            Field<Map<String, Secret>> headers =
                fields
                    .key(
                        "headers",
                        Types.freeMapOf(Types.secret()),
                        "Fields sent when connecting, e.g. Authorization.")
                    .orElse(Map.of());
            Field<Optional<Secret>> jwt =
                fields
                    .key(
                        "jwt_secret",
                        Types.secret(),
                        "32 bytes in hex; signs a fresh HS256 token for each connection.")
                    .optional();
            Field<Optional<Path>> ca =
                fields
                    .key("ca", Types.path(), "Authorities to trust instead of the system's, PEM.")
                    .optional();
            Field<List<String>> pins =
                fields
                    .key(
                        "pins",
                        Types.listOf(Types.string().matching(KeyPins.FORM, "sha256/BASE64")),
                        "Keys of which one must be in the server's chain (as RFC 7469 writes"
                            + " them).")
                    .orElse(List.of());
            Field<Boolean> insecure =
                fields
                    .key(
                        "insecure_skip_verify",
                        Types.bool(),
                        "Trust any certificate; only for a node on this machine.")
                    .orElse(false);
            Field<HttpPollConnector.Kind> poll =
                fields
                    .key(
                        "poll",
                        Types.choice(HttpPollConnector.Kind.class),
                        "How a node behind HTTP is asked for news: block by block, with filters it"
                            + " keeps, or not at all.")
                    .orElse(HttpPollConnector.Kind.BLOCKS);
            Field<Optional<Duration>> pollInterval =
                fields
                    .key(
                        "poll_interval",
                        Types.duration().atLeast(Duration.ofMillis(10)),
                        "Pause between an answer and the next question; without it a third of the"
                            + " time between blocks, 250ms to 7s.")
                    .optional();
            Field<Optional<EndpointUrl>> http =
                fields
                    .key(
                        "http",
                        Types.string()
                            .hushing(EndpointUrl::mayTell)
                            .mapped(Codes.BAD_URL, EndpointUrl::parse, EndpointUrl::toString),
                        "The same node over HTTP: large questions go there, so that their answers"
                            + " do not hold up what is pushed.")
                    .example("http://127.0.0.1:8545")
                    .optional();
            Field<Integer> rate =
                fields
                    .key(
                        "max_requests_per_second",
                        Types.integer().between(0, 1_000_000),
                        "Requests are held to this rate, over all connections to this node; 0 for"
                            + " none.")
                    .orElse(0);
            Field<Boolean> compression =
                fields
                    .key(
                        "compression",
                        Types.bool(),
                        "The node may compress what it sends over a WebSocket. Saves bandwidth for"
                            + " processor time.")
                    .orElse(false);
            fields.check(
                (values, checks) -> {
                  if (values.get(http).map(EndpointUrl::webSocket).orElse(false))
                    checks.error(
                        http, Codes.BAD_URL, "`http` is a WebSocket", "http:// or https://");
                  if (values.get(insecure)
                      && !values.get(url).map(EndpointUrl::loopback).orElse(false))
                    checks.error(
                        insecure,
                        Codes.UNFIT,
                        "`insecure_skip_verify` with a node that is not on this machine",
                        "name its authority under `ca`");
                  values
                      .get(jwt)
                      .ifPresent(
                          key -> {
                            if (!key.reveal().matches("(0x)?[0-9a-fA-F]{64}"))
                              checks.error(
                                  jwt,
                                  Codes.BAD_TEXT,
                                  "`jwt_secret` is not 32 bytes in hex",
                                  "64 hex digits, as `openssl rand -hex 32` prints them");
                          });
                });
            return values ->
                new EndpointConfig(
                    values.get(alias),
                    values.get(url),
                    values.get(ipc),
                    values.get(priority),
                    values.get(headers),
                    values.get(jwt),
                    values.get(ca),
                    values.get(pins),
                    values.get(insecure),
                    values.get(poll),
                    values.get(pollInterval),
                    values.get(http),
                    values.get(rate),
                    values.get(compression));
          });

  /**
   * The endpoint itself.
   *
   * @param path of this endpoint in the configuration, for problems
   * @throws ConfigException a file it names is unreadable or not what it should be
   */
  Endpoint endpoint(String path, JwtTokens tokens) throws ConfigException {
    Connector connector =
        ipc.isPresent()
            ? IpcConnector.of(ipc.get()).alias(alias)
            : connector(alias, url.orElseThrow(), poll, path, tokens);
    return Endpoint.of(alias, connector).priority(priority).requestsPerSecond(requestsPerSecond);
  }

  /**
   * Where large questions about this endpoint go, if that is elsewhere.
   *
   * @throws ConfigException as above
   */
  Optional<Endpoint> large(String path, JwtTokens tokens) throws ConfigException {
    if (http.isEmpty()) return Optional.empty();
    String name = Endpoint.largeOf(alias);
    Connector connector = connector(name, http.get(), HttpPollConnector.Kind.OFF, path, tokens);
    return Optional.of(
        Endpoint.of(name, connector)
            .priority(priority)
            .role(Endpoint.Role.BULK)
            .requestsPerSecond(requestsPerSecond));
  }

  private Connector connector(
      String alias, EndpointUrl where, HttpPollConnector.Kind poll, String path, JwtTokens tokens)
      throws ConfigException {
    ConnectorAuth auth = new ConnectorAuth(headers, jwt.map(key -> () -> tokens.sign(key)));
    ClientTls tls = ClientTls.of(!insecure, ca, Optional.empty(), path, pins);
    if (where.webSocket())
      return WsConnector.of(where).alias(alias).auth(auth).tls(tls).compression(compression);
    HttpPollConnector http =
        HttpPollConnector.of(where).alias(alias).auth(auth).tls(tls).kind(poll);
    return pollInterval.map(http::interval).orElse(http);
  }
}
