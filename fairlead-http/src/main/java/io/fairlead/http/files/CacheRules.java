package io.fairlead.http.files;

import io.fairlead.http.route.Glob;
import java.util.List;
import java.util.Optional;

/**
 * Values of {@code Cache-Control} by file name.
 *
 * @param rules the first whose glob matches the file's name decides
 */
public record CacheRules(List<Rule> rules) {
  /** One of them. */
  public record Rule(Glob name, String value) {}

  public static final CacheRules NONE = new CacheRules(List.of());

  public CacheRules {
    rules = List.copyOf(rules);
  }

  /** One value for every file. */
  public static CacheRules all(String value) {
    return new CacheRules(List.of(new Rule(Glob.of("*"), value)));
  }

  Optional<String> of(String fileName) {
    for (Rule rule : rules) {
      if (rule.name().matches(fileName)) return Optional.of(rule.value());
    }
    return Optional.empty();
  }
}
