package io.fairlead.core.config;

import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.unit.Secret;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Plain trees: {@code Map<String, Object>}, {@code List<Object>}, String, Long, Double, Boolean,
 * {@link Secret}. Never null inside; maps keep their order.
 */
final class Tree {
  private Tree() {}

  /** Keys and values in turn. */
  static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return Collections.unmodifiableMap(map);
  }

  static List<Object> list(Object... items) {
    return List.of(items);
  }

  /** Like {@code first} with {@code more} added. */
  static Map<String, Object> with(Map<String, Object> first, Object... more) {
    Map<String, Object> map = new LinkedHashMap<>(first);
    map.putAll(map(more));
    return Collections.unmodifiableMap(map);
  }

  /** The node as the core schema resolves it; null stays null. */
  static @Nullable Object of(Node node) {
    return switch (node) {
      case Scalar scalar when scalar.isNull() -> null;
      case Scalar scalar when scalar.tainted() -> Secret.of(scalar.text());
      case Scalar scalar -> scalar.plain() ? Literals.resolve(scalar.text()) : scalar.text();
      case Mapping mapping -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (Node.Entry entry : mapping.entries()) {
          Object value = of(entry.value());
          if (value != null) map.put(entry.key().text(), value);
        }
        yield Collections.unmodifiableMap(map);
      }
      case Sequence sequence -> {
        List<Object> list = new ArrayList<>();
        for (Node item : sequence.items()) {
          Object value = of(item);
          if (value != null) list.add(value);
        }
        yield List.copyOf(list);
      }
    };
  }

  /** A YAML fragment written by us, e.g. an example. */
  static @Nullable Object ofYaml(String yaml) {
    return YamlText.fragment(yaml).map(Tree::of).orElse(null);
  }

  /** The part at a path. */
  static Optional<Object> at(Object tree, List<String> segments) {
    Object at = tree;
    for (String segment : segments) {
      Object below =
          switch (at) {
            case Map<?, ?> map -> map.get(segment);
            case List<?> list
                when segment.matches("[0-9]{1,6}") && Integer.parseInt(segment) < list.size() ->
                list.get(Integer.parseInt(segment));
            default -> null;
          };
      if (below == null) return Optional.empty();
      at = below;
    }
    return Optional.of(at);
  }

  /** The same tree without secrets: each is {@code "***"}. */
  static Object redacted(Object tree) {
    return switch (tree) {
      case Secret _ -> "***";
      case Map<?, ?> map -> {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put((String) key, redacted(value)));
        yield Collections.unmodifiableMap(copy);
      }
      case List<?> list -> list.stream().map(item -> redacted(item)).toList();
      default -> tree;
    };
  }
}
