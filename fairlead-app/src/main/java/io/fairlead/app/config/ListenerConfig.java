package io.fairlead.app.config;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import java.util.Locale;
import java.util.Optional;

/**
 * One entry of section {@code listeners}.
 *
 * @param h2c whether HTTP/2 is spoken without TLS, too
 * @param service which forward service or site it shows; none for {@code echo} and {@code mqtt}
 */
public record ListenerConfig(
    String id,
    ListenAddress bind,
    Proto proto,
    Optional<Reference> service,
    Optional<ListenerTls> tls,
    boolean h2c,
    Limits limits) {
  /** What it speaks. */
  public enum Proto {
    MIXED,
    HTTP,
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
                        "mixed = HTTP proxy, CONNECT and SOCKS on one port; http = a site; echo ="
                            + " test target; mqtt = the broker, also over WebSocket.")
                    .required();
            Field<Optional<Reference>> service =
                fields
                    .key(
                        "service",
                        Types.reference("forward", "http"),
                        "The forward service (mixed) or site (http) behind it.")
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
                    values.get(limits));
          });
}
