package io.fairlead.registry.rewrite;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** How a file is written. JSON is YAML here. */
public enum TextFormat {
  YAML,
  TOML;

  /** By the ending of the name: {@code .yaml}, {@code .yml}, {@code .json}, {@code .toml}. */
  public static Optional<TextFormat> ofName(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".toml")) return Optional.of(TOML);
    boolean yaml = name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
    return yaml ? Optional.of(YAML) : Optional.empty();
  }
}
