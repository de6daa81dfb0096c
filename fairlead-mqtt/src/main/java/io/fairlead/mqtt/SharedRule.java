package io.fairlead.mqtt;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.mqtt.topic.SharedStrategy;
import java.util.Locale;
import java.util.Optional;

/**
 * Key {@code mqtt.shared_strategy}: how a member of a shared group is chosen.
 *
 * @param strategy one of the broker's own; where an extension is asked, what holds without an
 *     answer
 * @param extension whose strategy it is
 */
public record SharedRule(SharedStrategy strategy, Optional<String> extension) {
  private static final String PREFIX = "extension:";

  static final SharedRule DEFAULT = of(SharedStrategy.ROUND_ROBIN);

  static final ConfigType<SharedRule> TYPE =
      Types.firstScalar(
          Types.string()
              .matching("extension:.{1,64}", "extension:NAME")
              .mapped(Codes.NOT_A_CHOICE, SharedRule::by, SharedRule::text),
          Types.choice(SharedStrategy.class)
              .mapped(Codes.NOT_A_CHOICE, SharedRule::of, SharedRule::strategy));

  static SharedRule of(SharedStrategy strategy) {
    return new SharedRule(strategy, Optional.empty());
  }

  private static SharedRule by(String text) {
    return new SharedRule(SharedStrategy.ROUND_ROBIN, Optional.of(text.substring(PREFIX.length())));
  }

  private String text() {
    return extension.map(PREFIX::concat).orElse(strategy.name().toLowerCase(Locale.ROOT));
  }
}
