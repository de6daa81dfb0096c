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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One entry of section {@code listeners}.
 *
 * @param service which forward service or site it shows; none for {@code echo}
 * @param openIsMeant the operator wrote that an open proxy is meant
 */
public record ListenerConfig(
    String id,
    ListenAddress bind,
    Proto proto,
    Optional<Reference> service,
    Optional<Tls> tls,
    Limit connections,
    boolean openIsMeant) {
  /** What it speaks. */
  public enum Proto {
    MIXED,
    HTTP,
    ECHO
  }

  /**
   * TLS termination.
   *
   * @param minVersion {@code "1.2"} or {@code "1.3"}
   */
  public record Tls(Reference cert, String minVersion) {
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
              Field<String> min =
                  fields
                      .key("min_version", VERSION, "Oldest version spoken: \"1.2\" or \"1.3\".")
                      .orElse("1.2");
              return values -> new Tls(values.get(cert), values.get(min));
            });
  }

  /** Oldest versions a listener may speak, as configuration writes them. */
  private static final ConfigType<String> VERSION =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "\"1.2\" or \"1.3\"",
          Map.of("enum", List.of("1.2", "1.3")),
          text -> text.equals("1.2") || text.equals("1.3") ? Optional.of(text) : Optional.empty(),
          text -> text);

  private static final RecordType<Limit> LIMITS =
      RecordType.define(
          "limits",
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
                        "Address to bind. `:8080` is loopback only; write `0.0.0.0:8080` to open it.")
                    .reload(ReloadClass.LISTENER)
                    .required();
            Field<Proto> proto =
                fields
                    .key(
                        "proto",
                        Types.choice(Proto.class),
                        "mixed = HTTP proxy, CONNECT and SOCKS on one port; http = a site; echo = test"
                            + " target.")
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
            Field<Boolean> open =
                fields
                    .key(
                        "i_understand_this_is_open",
                        Types.bool(),
                        "Serve strangers on purpose: an open proxy without authentication.")
                    .orElse(false);
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
                    values.get(limits),
                    values.get(open));
          });
}
