package io.fairlead.app.config;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.tls.TlsVersion;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One entry of section {@code listeners}.
 *
 * @param service which forward service or site it shows; none for {@code echo}
 */
public record ListenerConfig(
    String id,
    ListenAddress bind,
    Proto proto,
    Optional<Reference> service,
    Optional<Tls> tls,
    Limit connections) {
  /** What it speaks. */
  public enum Proto {
    MIXED,
    HTTP,
    ECHO
  }

  /** TLS termination. */
  public record Tls(Reference cert, TlsVersion minVersion) {
    static final RecordType<Tls> TYPE =
        RecordType.define(
            "tls",
            "TLS termination.",
            ReloadClass.LISTENER,
            fields -> {
              Field<Reference> cert =
                  fields
                      .key("cert", Types.reference("certs"), "Name of an entry of section certs.")
                      .required();
              Field<TlsVersion> min =
                  fields
                      .key("min_version", VERSION, "Oldest version spoken: \"1.2\" or \"1.3\".")
                      .orElse(TlsVersion.TLS_1_2);
              return values -> new Tls(values.get(cert), values.get(min));
            });
  }

  /** Oldest versions a listener may speak, as configuration writes them. */
  private static final ConfigType<TlsVersion> VERSION =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "\"1.2\" or \"1.3\"",
          Map.of("enum", List.of("1.2", "1.3")),
          text ->
              switch (text) {
                case "1.2" -> Optional.of(TlsVersion.TLS_1_2);
                case "1.3" -> Optional.of(TlsVersion.TLS_1_3);
                default -> Optional.empty();
              },
          version ->
              switch (version) {
                case TLS_1_2 -> "1.2";
                case TLS_1_3 -> "1.3";
              });

  /** What is behind it, e.g. {@code http/site} or {@code echo}. */
  public String shows() {
    return service
        .map(found -> found.section() + "/" + found.id())
        .orElse(proto.name().toLowerCase(Locale.ROOT));
  }

  private static final RecordType<Limit> LIMITS =
      RecordType.define(
          "listener_limits",
          "Bounds of this listener.",
          fields -> {
            Field<Limit> connections =
                fields
                    .key("connections", Types.limit(), "Open connections of this listener.")
                    .orElse(Limit.OFF);
            return values -> values.get(connections);
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
                            + " test target.")
                    .required();
            Field<Optional<Reference>> service =
                fields
                    .key(
                        "service",
                        Types.reference("forward", "http"),
                        "The forward service (mixed) or site (http) behind it.")
                    .optional();
            Field<Optional<Tls>> tls =
                fields
                    .key("tls", Tls.TYPE, "Terminate TLS here.")
                    .reload(ReloadClass.LISTENER)
                    .optional();
            Field<Limit> limits =
                fields.key("limits", LIMITS, "Bounds of this listener.").orElse(Limit.OFF);
            fields.check(
                (values, checks) -> {
                  boolean needs = values.get(proto) != Proto.ECHO;
                  if (needs && values.get(service).isEmpty()) {
                    checks.error(
                        proto,
                        Codes.REQUIRED,
                        "a listener with proto "
                            + values.get(proto).name().toLowerCase(Locale.ROOT)
                            + " needs `service`",
                        "add `service: <name>`");
                  }
                  if (!needs && values.get(service).isPresent()) {
                    checks.error(
                        service,
                        GatewayCodes.SERVICE_KIND,
                        "an echo listener has no service",
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
                    values.get(limits));
          });
}
