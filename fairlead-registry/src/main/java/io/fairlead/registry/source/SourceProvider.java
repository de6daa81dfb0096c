package io.fairlead.registry.source;

import io.fairlead.core.config.RecordType;
import io.fairlead.core.time.Clock;

/**
 * A kind of source. Those of other jars are found through {@link java.util.ServiceLoader}.
 *
 * @param <S> its settings
 */
public interface SourceProvider<S extends SourceSettings> {
  /** The word under {@code type}. */
  String type();

  /** How its settings are read; without the key {@code type}. */
  RecordType<S> settings();

  /** Makes a source; opens nothing yet. */
  RegistrySource open(S settings, Clock clock);
}
