package io.fairlead.core.config;

import java.util.Optional;

/**
 * One change of a configuration that does not stand in its files.
 *
 * @param path JSON pointer (RFC 6901); an item of a list is addressed by its index, or by its
 *     {@code id} or {@code name}
 * @param text the value, as JSON or YAML, substitutions unresolved; empty for {@code REMOVE}
 */
public record ConfigEdit(Op op, String path, String text) {
  /** What happens at the path. */
  public enum Op {
    /** The value takes the place of what is there; missing mappings above it are made. */
    SET,
    /** JSON merge patch (RFC 7396): mappings are merged, null removes. */
    MERGE,
    /** What is there goes; nothing there is no error. */
    REMOVE
  }

  public ConfigEdit {
    path = KeyPath.pointer(KeyPath.parse(path));
    if (op == Op.REMOVE && !text.isEmpty()) {
      throw new IllegalArgumentException("text: " + text + " (expected: none to remove)");
    }
  }

  /** Puts a plain tree of maps, lists and scalars there. */
  public static ConfigEdit set(String path, Object tree) {
    return new ConfigEdit(Op.SET, path, JsonText.write(tree).stripTrailing());
  }

  public static ConfigEdit remove(String path) {
    return new ConfigEdit(Op.REMOVE, path, "");
  }

  /** Whether this is at {@code other} or below it; the empty path is above all. */
  public boolean within(String other) {
    String above = KeyPath.pointer(KeyPath.parse(other));
    return above.isEmpty() || path.equals(above) || path.startsWith(above + "/");
  }

  /** The first key of the path, unless it is the whole. */
  public Optional<String> section() {
    return KeyPath.parse(path).stream().findFirst();
  }
}
