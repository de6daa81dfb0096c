package io.fairlead.app.config;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.proxyprotocol.ProxyProtocol;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One entry of section {@code listeners}.
 *
 * @param h2c whether HTTP/2 is spoken without TLS, too
 * @param proxyProtocol who speaks for others here
 * @param service which forward service or site it shows; none for {@code echo} and {@code mqtt}
 */
public record ListenerConfig(
    String id,
    ListenAddress bind,
    Proto proto,
    Optional<Reference> service,
    Optional<ListenerTls> tls,
    boolean h2c,
    Optional<ProxyProtocol> proxyProtocol,
    Limits limits) {
  /** What it speaks. */
  public enum Proto {
    MIXED,
    HTTP,
    TCP,
    UDP,
    ECHO,
    MQTT
  }

  /** What is behind it, e.g. {@code http/site} or {@code echo}. */
  public String shows() {
    return service
        .map(found -> found.section() + "/" + found.id())
        .orElse(proto.name().toLowerCase(Locale.ROOT));
  }

  /** Bounds of one listener, besides those of the process. */
  public record Limits(Limit connections, Limit connectionsPerIp) {
    static final Limits NONE = new Limits(Limit.OFF, Limit.OFF);
  }

  private static final RecordType<Limits> LIMITS =
      RecordType.define(
          "listener_limits",
          "Bounds of this listener.",
          fields -> {
            Field<Limit> connections =
                fields
                    .key("connections", Types.limit(), "Open connections of this listener.")
                    .orElse(Limit.OFF);
            Field<Limit> perIp =
                fields
                    .key(
                        "connections_per_ip",
                        Types.limit(),
                        "Of one source address (IPv6: /64), on this listener.")
                    .orElse(Limit.OFF);
            return values -> new Limits(values.get(connections), values.get(perIp));
          });

  private static final RecordType<ProxyProtocol> PROXY_PROTOCOL =
      RecordType.define(
          "proxy_protocol",
          "Who speaks for others.",
          fields -> {
            Field<List<Cidr>> trusted =
                fields
                    .key(
                        "trusted",
                        Types.listOf(Types.cidr()),
                        "Peers that must begin with a header. Everybody else is taken as he is,"
                            + " and a header of his is part of what he says.")
                    .example("[10.0.0.0/8]")
                    .required();
            Field<Duration> timeout =
                fields
                    .key(
                        "timeout",
                        Types.timeLimit(Duration.ofMillis(1)),
                        "For the whole header, from the accept.")
                    .orElse(ProxyProtocol.TIMEOUT);
            return values -> new ProxyProtocol(values.get(trusted), values.get(timeout));
          });

  public static final RecordType<ListenerConfig> TYPE =
      RecordType.define(
          "listener",
          "A bound local address and what it shows.",
          fields -> {
            Field<ListenAddress> bind =
                fields
                    .key(
                        "bind",
                        Types.listenAddress(),
                        "Address to bind. `:8080` is loopback only; write `0.0.0.0:8080` to open"
                            + " it. A host's or network interface's name is looked up when the"
                            + " change is prepared.")
                    .reload(ReloadClass.LISTENER)
                    .required();
            Field<Proto> proto =
                fields
                    .key(
                        "proto",
                        Types.choice(Proto.class),
                        "mixed = HTTP proxy, CONNECT and SOCKS on one port; http = a site; tcp and"
                            + " udp = streams; echo = test target; mqtt = the broker, also over"
                            + " WebSocket.")
                    .required();
            Field<Optional<Reference>> service =
                fields
                    .key(
                        "service",
                        Types.reference("forward", "http", "streams"),
                        "The forward service (mixed), site (http) or stream service (tcp, udp)"
                            + " behind it.")
                    .optional();
            Field<Optional<ListenerTls>> tls =
                fields
                    .key("tls", ListenerTls.TYPE, "Terminate TLS here.")
                    .reload(ReloadClass.LISTENER)
                    .optional();
            Field<Boolean> h2c =
                fields
                    .key(
                        "h2c",
                        Types.bool(),
                        "Also speaks HTTP/2 without TLS, to clients that begin with it; `Upgrade:"
                            + " h2c` is not answered.")
                    .reload(ReloadClass.LISTENER)
                    .orElse(false);
            Field<Optional<ProxyProtocol>> proxyProtocol =
                fields
                    .key(
                        "accept_proxy_protocol",
                        PROXY_PROTOCOL,
                        "Trusted peers begin with a PROXY protocol header, version 1 or 2, and"
                            + " speak for the client it names.")
                    .optional();
            Field<Limits> limits =
                fields.key("limits", LIMITS, "Bounds of this listener.").orElse(Limits.NONE);
            fields.check(
                (values, checks) -> {
                  Proto spoken = values.get(proto);
                  boolean needs = spoken != Proto.ECHO && spoken != Proto.MQTT;
                  if (needs && values.get(service).isEmpty()) {
                    checks.error(
                        proto,
                        Codes.REQUIRED,
                        "a listener with proto "
                            + values.get(proto).name().toLowerCase(Locale.ROOT)
                            + " needs `service`",
                        "add `service: <name>`");
                  }
                  if (values.get(h2c) && values.get(tls).isPresent()) {
                    checks.error(
                        h2c,
                        GatewayCodes.CLEARTEXT_UNDER_TLS,
                        "h2c is HTTP/2 without TLS, and this listener terminates TLS",
                        "remove `h2c`; `tls.http2` says whether HTTP/2 is offered");
                  }
                  if (values.get(proto) == Proto.UDP) {
                    boolean secured = values.get(tls).isPresent();
                    if (secured || values.get(proxyProtocol).isPresent()) {
                      checks.error(
                          secured ? tls : proxyProtocol,
                          Codes.UNFIT,
                          "a listener with proto udp has no connections",
                          "remove `" + (secured ? tls : proxyProtocol) + "`");
                    }
                  }
                  if (!needs && values.get(service).isPresent()) {
                    checks.error(
                        service,
                        GatewayCodes.SERVICE_KIND,
                        "this proto has no service",
                        "remove `service`");
                  }
                });
            return values ->
                new ListenerConfig(
                    values.id(),
                    values.get(bind),
                    values.get(proto),
                    values.get(service),
                    values.get(tls),
                    values.get(h2c),
                    values.get(proxyProtocol),
                    values.get(limits));
          });
}
