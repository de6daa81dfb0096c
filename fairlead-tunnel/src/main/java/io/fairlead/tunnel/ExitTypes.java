package io.fairlead.tunnel;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.net.dial.DestinationPolicy;
import io.fairlead.net.dial.DestinationRule;
import java.util.List;
import java.util.Map;

/** How the rules of an exit are read. */
final class ExitTypes {
  private enum Private {
    DENY,
    ALLOW
  }

  /** Public destinations, any port but that of mail. */
  static final DestinationPolicy PUBLIC =
      new DestinationPolicy(true, List.of(), true, List.of(), List.of());

  private static final ConfigType<DestinationRule> RULE =
      Types.literal(
          Codes.BAD_ADDRESS,
          "a destination such as *.example.org:8443 or 10.0.0.0/8",
          Map.of("type", "string", "minLength", 1L),
          DestinationRule::parse,
          DestinationRule::toString);

  static final RecordType<DestinationPolicy> DESTINATIONS =
      RecordType.define(
          "TunnelDestinations",
          "where an exit may connect to, whatever the server asks for",
          f -> {
            var nearby =
                f.key(
                        "private",
                        Types.choice(Private.class),
                        "Loopback, private and other special addresses. Cloud metadata addresses"
                            + " stay denied either way.")
                    .orElse(Private.DENY);
            var ports =
                f.key(
                        "ports",
                        Types.orWord("all", Types.listOf(Types.portRange())),
                        "Ports it may connect to; `all` is all but 25.")
                    .example("[80, 443]")
                    .orElse(java.util.Optional.empty());
            var allow =
                f.key("allow", Types.listOf(RULE), "Exceptions that are allowed.")
                    .example("[\"192.168.1.0/24\", \"*.intranet.example:443\"]")
                    .orElse(List.of());
            var deny =
                f.key("deny", Types.listOf(RULE), "Denied besides, in the same form.")
                    .orElse(List.of());
            return v ->
                new DestinationPolicy(
                    v.get(nearby) == Private.DENY,
                    v.get(ports).orElse(List.of()),
                    v.get(ports).isEmpty(),
                    v.get(allow),
                    v.get(deny));
          });

  private ExitTypes() {}
}
