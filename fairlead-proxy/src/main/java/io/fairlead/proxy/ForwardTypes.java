package io.fairlead.proxy;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.net.dial.DestinationRule;
import java.time.Duration;
import java.util.Map;

/**
 * Types of the section's values. Apart from {@link ForwardConfig}, so that its parts can be
 * initialised in any order.
 */
final class ForwardTypes {
  static final ConfigType<Duration> SPAN = Types.timeLimit(Duration.ofMillis(1));
  static final ConfigType<String> PSEUDONYM =
      Types.string().matching("[A-Za-z0-9._-]{1,64}", "letters, digits, dots and hyphens");

  static final ConfigType<DestinationRule> RULE =
      Types.literal(
          Codes.BAD_ADDRESS,
          "a destination such as *.example.org:8443 or 10.0.0.0/8",
          Map.of("type", "string", "minLength", 1L),
          DestinationRule::parse,
          DestinationRule::toString);

  private ForwardTypes() {}
}
