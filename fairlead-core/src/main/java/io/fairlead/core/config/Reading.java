package io.fairlead.core.config;

import java.util.List;
import java.util.Optional;

/**
 * What came of reading a configuration.
 *
 * @param value empty when any problem is an error
 * @param document the text, by path
 * @param problems in order of place, at most 50
 * @param effective all settings with defaults; empty when {@code value} is
 */
public record Reading<T>(
    Optional<T> value, ConfigDocument document, List<Problem> problems, Effective effective) {
  public Reading {
    problems = List.copyOf(problems);
  }

  /**
   * The value.
   *
   * @throws ConfigException there is none; carries the problems
   */
  public T valueOrThrow() throws ConfigException {
    if (value.isEmpty()) throw new ConfigException(problems);
    return value.get();
  }
}
