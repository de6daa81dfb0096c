package io.fairlead.app.convert;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A value of a TOML or YAML file, with its place. */
sealed interface Foreign {
  Place at();

  /** Values by name, in order. */
  record Table(Map<String, Foreign> entries, Place at) implements Foreign {
    public Table {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /** Values in order. */
  record Items(List<Foreign> items, Place at) implements Foreign {
    public Items {
      items = List.copyOf(items);
    }
  }

  /** Anything else, as it is written. */
  record Scalar(String value, Place at) implements Foreign {}

  /** The text of a scalar, or of a list of scalars joined by spaces. */
  default Optional<String> text() {
    return switch (this) {
      case Scalar(String value, Place _) -> Optional.of(value);
      case Items(List<Foreign> items, Place _) ->
          items.stream().allMatch(Scalar.class::isInstance)
              ? Optional.of(
                  String.join(" ", items.stream().map(item -> ((Scalar) item).value()).toList()))
              : Optional.empty();
      case Table _ -> Optional.empty();
    };
  }
}
