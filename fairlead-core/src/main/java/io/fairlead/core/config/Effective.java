package io.fairlead.core.config;

import java.util.Map;
import java.util.Optional;

/**
 * All settings that hold, written and defaulted, as a plain tree. Prints without secrets.
 * Immutable.
 */
public final class Effective {
  static final Effective NONE = new Effective(Map.of());

  private final Map<String, Object> tree;

  Effective(Map<String, Object> tree) {
    this.tree = tree;
  }

  /** Secrets included, as {@code Secret}: for comparison only. */
  Map<String, Object> tree() {
    return tree;
  }

  /** Map, List, String, Long, Double, Boolean; each secret is {@code "***"}. */
  @SuppressWarnings("unchecked") // redacted() keeps a map a map
  public Map<String, Object> redacted() {
    return (Map<String, Object>) Tree.redacted(tree);
  }

  /** The setting at a path, dotted or a JSON pointer, without secrets. */
  public Optional<Object> at(String path) {
    return Tree.at(tree, KeyPath.parse(path)).map(Tree::redacted);
  }

  /** As JSON, two spaces per level, with a final newline. */
  public String toJson() {
    return JsonText.write(redacted());
  }

  /** As YAML that reads back, but for the secrets. */
  public String toYaml() {
    return YamlWriter.write(redacted());
  }

  @Override
  public String toString() {
    return redacted().toString();
  }
}
