package io.fairlead.core.config;

import java.util.List;

/** A configuration that cannot be used; carries every problem found. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  public ConfigException(List<Problem> problems) {
    super(problems.isEmpty() ? "no problem named" : problems.getFirst().message());
    this.problems = List.copyOf(problems);
  }

  public ConfigException(Problem problem) {
    this(List.of(problem));
  }

  /** In order of place. */
  public List<Problem> problems() {
    return problems;
  }
}
