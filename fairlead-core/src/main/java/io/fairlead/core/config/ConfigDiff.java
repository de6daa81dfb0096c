package io.fairlead.core.config;

import io.fairlead.core.unit.Secret;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What differs between two configurations, and what each difference takes. */
public final class ConfigDiff {
  /** What happened to a setting. */
  public enum Operation {
    ADD,
    UPDATE,
    REMOVE
  }

  /**
   * One difference.
   *
   * @param path JSON pointer
   * @param reload what it takes to have effect
   * @param before plain tree without secrets; empty for {@code ADD}
   * @param after plain tree without secrets; empty for {@code REMOVE}
   * @param secret the setting is or holds a secret: the trees do not show what changed
   */
  public record Change(
      String path,
      Operation operation,
      ReloadClass reload,
      Optional<Object> before,
      Optional<Object> after,
      boolean secret) {}

  private final RecordType<?> root;
  private final List<Change> changes = new ArrayList<>();

  private ConfigDiff(RecordType<?> root) {
    this.root = root;
  }

  /**
   * The differences in the order of {@code before}, additions last in each mapping. A list is one
   * setting, unless both have the same length: then its items are compared one by one.
   */
  public static List<Change> between(Effective before, Effective after, RecordType<?> root) {
    ConfigDiff diff = new ConfigDiff(root);
    diff.compare(before.tree(), after.tree(), List.of());
    return List.copyOf(diff.changes);
  }

  private void compare(Object before, Object after, List<String> path) {
    if (before.equals(after)) return;
    if (before instanceof Map<?, ?> old && after instanceof Map<?, ?> now) {
      Set<Object> keys = new LinkedHashSet<>(old.keySet());
      keys.addAll(now.keySet());
      for (Object key : keys) {
        List<String> below = DefinitionWalk.plus(path, key.toString());
        Object was = old.get(key);
        Object is = now.get(key);
        if (was == null && is != null) {
          add(below, Operation.ADD, Optional.empty(), Optional.of(is));
        } else if (was != null && is == null) {
          add(below, Operation.REMOVE, Optional.of(was), Optional.empty());
        } else if (was != null && is != null) {
          compare(was, is, below);
        }
      }
    } else if (before instanceof List<?> old
        && after instanceof List<?> now
        && old.size() == now.size()) {
      for (int i = 0; i < old.size(); i++) {
        compare(old.get(i), now.get(i), DefinitionWalk.plus(path, Integer.toString(i)));
      }
    } else {
      add(path, Operation.UPDATE, Optional.of(before), Optional.of(after));
    }
  }

  private void add(
      List<String> path, Operation operation, Optional<Object> before, Optional<Object> after) {
    changes.add(
        new Change(
            KeyPath.pointer(path),
            operation,
            ReloadWords.at(root, path),
            before.map(Tree::redacted),
            after.map(Tree::redacted),
            before.map(ConfigDiff::secret).orElse(false)
                || after.map(ConfigDiff::secret).orElse(false)));
  }

  private static boolean secret(Object tree) {
    return switch (tree) {
      case Secret _ -> true;
      case Map<?, ?> map -> map.values().stream().anyMatch(ConfigDiff::secret);
      case List<?> list -> list.stream().anyMatch(ConfigDiff::secret);
      default -> false;
    };
  }
}
