package io.fairlead.proxy;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.net.dial.DestinationRule;
import io.fairlead.proxy.forward.AccessRule;
import io.fairlead.proxy.forward.AccessRule.Effect;
import io.fairlead.proxy.forward.DestinationPattern;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * Types of the section's values. Apart from {@link ForwardConfig}, so that its parts can be
 * initialised in any order.
 */
final class ForwardTypes {
  static final ConfigType<Duration> SPAN = Types.timeLimit(Duration.ofMillis(1));
  static final ConfigType<String> REALM =
      Types.string().matching("[ !#-\\[\\]-~]{1,128}", "printable text without quotes");
  static final ConfigType<String> PSEUDONYM =
      Types.string().matching("[A-Za-z0-9._-]{1,64}", "letters, digits, dots and hyphens");

  static final ConfigType<DestinationRule> RULE =
      Types.literal(
          Codes.BAD_ADDRESS,
          "a destination such as *.example.org:8443 or 10.0.0.0/8",
          Map.of("type", "string", "minLength", 1L),
          DestinationRule::parse,
          DestinationRule::toString);

  static final ConfigType<DestinationPattern> PATTERN =
      Types.literal(
          Codes.BAD_ADDRESS,
          "a destination such as example.org, *.example.org or 203.0.113.0/24",
          Map.of("type", "string", "minLength", 1L),
          DestinationPattern::parse,
          DestinationPattern::toString);

  /** What a rule names; becomes a rule with its effect. */
  static final RecordType<Function<Effect, AccessRule>> MATCH =
      RecordType.define(
          "ForwardMatch",
          "whom and what a rule names; what it leaves out always fits",
          f -> {
            var user =
                f.key("user", Types.string(), "An account, or `*` for anyone who logged in.")
                    .optional();
            var client =
                f.key("client", Types.cidr(), "Where the client connects from.").optional();
            var destination =
                f.key(
                        "destination",
                        PATTERN,
                        "`host`, `*.suffix`, an address or a block. A block is compared with what"
                            + " a name resolves to.")
                    .optional();
            var port =
                f.key("port", Types.portRange(), "Destination port or range of ports.").optional();
            return v -> {
              var userValue = v.get(user);
              var clientValue = v.get(client);
              var destinationValue = v.get(destination);
              var portValue = v.get(port);
              return effect ->
                  new AccessRule(effect, userValue, clientValue, destinationValue, portValue);
            };
          });

  static final RecordType<AccessRule> ACL_RULE =
      RecordType.define(
          "ForwardRule",
          "one rule; the first that fits decides",
          f -> {
            var allow = f.key("allow", MATCH, "Lets it pass.").optional();
            var deny = f.key("deny", MATCH, "Refuses it.").optional();
            f.exactlyOneOf(allow, deny);
            return v ->
                v.get(allow)
                    .map(match -> match.apply(Effect.ALLOW))
                    .or(() -> v.get(deny).map(match -> match.apply(Effect.DENY)))
                    .orElseThrow();
          });

  private ForwardTypes() {}
}
