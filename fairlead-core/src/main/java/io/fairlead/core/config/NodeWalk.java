package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import java.util.List;
import java.util.Optional;

/** Finds nodes by path. */
final class NodeWalk {
  private NodeWalk() {}

  /** The node at {@code segments}. */
  static Optional<Node> find(Node root, List<String> segments) {
    Node at = root;
    for (String segment : segments) {
      Optional<Node> below = child(at, segment);
      if (below.isEmpty()) return Optional.empty();
      at = below.get();
    }
    return Optional.of(at);
  }

  /** Where the node at {@code segments} stands, or else where the nearest one above is named. */
  static Span nearest(Node root, List<String> segments) {
    Node at = root;
    Span named = root.span();
    for (String segment : segments) {
      Optional<Node> below = child(at, segment);
      if (below.isEmpty()) return named;
      named =
          at instanceof Mapping mapping
              ? mapping.entry(segment).map(entry -> entry.key().span()).orElse(named)
              : below.get().span();
      at = below.get();
    }
    return at instanceof Scalar ? at.span() : named;
  }

  private static Optional<Node> child(Node node, String segment) {
    return switch (node) {
      case Mapping mapping -> mapping.entry(segment).map(Entry::value);
      case Sequence sequence -> {
        boolean index = segment.matches("[0-9]{1,6}");
        int at = index ? Integer.parseInt(segment) : Integer.MAX_VALUE;
        yield at < sequence.items().size()
            ? Optional.of(sequence.items().get(at))
            : named(sequence, segment);
      }
      case Scalar _ -> Optional.empty();
    };
  }

  /** A list item by its name, so that {@code registry.sources.main} works as operators say it. */
  private static Optional<Node> named(Sequence sequence, String name) {
    return sequence.items().stream()
        .filter(item -> item instanceof Mapping mapping && carries(mapping, name))
        .findFirst();
  }

  private static boolean carries(Mapping item, String name) {
    return item.entry("name")
        .or(() -> item.entry("id"))
        .map(entry -> entry.value() instanceof Scalar scalar && scalar.text().equals(name))
        .orElse(false);
  }
}
