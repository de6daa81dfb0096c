package io.fairlead.net.auth;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How tokens are accepted that a member signed with the key of its own entry.
 *
 * @param source only entries of this list; empty: of any
 * @param audience a token must be meant for one of these; empty: for the gateway's name
 * @param lifetimeMax how far its end may be away
 */
public record RegistryTokenSettings(
    Optional<String> source, List<String> audience, Duration lifetimeMax) {
  /** The keys, to be put into a record of their owner. */
  public static final RecordType<RegistryTokenSettings> TYPE =
      RecordType.define(
          "registry_tokens",
          "Tokens that members sign with the key of their entry (EdDSA).",
          f -> {
            Field<Optional<String>> source =
                f.key("source", Types.string(), "Only entries of this source; else of any.")
                    .example("main")
                    .optional();
            Field<List<String>> audience =
                f.key(
                        "audience",
                        Types.listOf(Types.string()),
                        "`aud` must name one of these; when left out, the gateway's `name`.")
                    .orElse(List.of());
            Field<Duration> lifetime =
                f.key(
                        "max_lifetime",
                        Types.timeLimit(Duration.ofSeconds(1)),
                        "How far a token's end may be away.")
                    .orElse(Duration.ofHours(24));
            return v -> new RegistryTokenSettings(v.get(source), v.get(audience), v.get(lifetime));
          });

  /** The same, or only the name of a source. */
  public static final ConfigType<RegistryTokenSettings> FORM =
      Types.firstScalar(
          Types.string()
              .mapped(
                  Codes.NOT_A_CHOICE,
                  RegistryTokenSettings::ofSource,
                  settings -> settings.source().orElse("")),
          TYPE);

  public RegistryTokenSettings {
    audience = List.copyOf(audience);
  }

  /** Whether every token that {@code other} accepts is accepted. */
  public boolean includes(RegistryTokenSettings other) {
    boolean wider =
        audience.equals(other.audience)
            || !other.audience.isEmpty() && audience.containsAll(other.audience);
    return wider
        && (source.isEmpty() || source.equals(other.source))
        && lifetimeMax.compareTo(other.lifetimeMax) >= 0;
  }

  private static RegistryTokenSettings ofSource(String source) {
    return new RegistryTokenSettings(Optional.of(source), List.of(), TYPE.defaults().lifetimeMax);
  }
}
