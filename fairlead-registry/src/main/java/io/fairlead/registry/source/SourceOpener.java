package io.fairlead.registry.source;

import io.fairlead.core.config.ConfigException;

/** Makes sources of their settings; who composes the program says how. Thread-safe. */
@FunctionalInterface
public interface SourceOpener {
  /**
   * Makes a source; opens nothing yet.
   *
   * @throws ConfigException something that the settings name cannot be used
   */
  RegistrySource open(SourceSettings settings) throws ConfigException;
}
