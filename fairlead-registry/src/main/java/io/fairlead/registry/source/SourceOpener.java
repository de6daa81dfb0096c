package io.fairlead.registry.source;

/** Makes sources of their settings; who composes the program says how. Thread-safe. */
@FunctionalInterface
public interface SourceOpener {
  /** Makes a source; opens nothing yet. */
  RegistrySource open(SourceSettings settings);
}
