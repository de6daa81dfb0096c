package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Severity;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** Objects by id, or values by free text; the order written is kept. */
final class MapType<T> implements ConfigType<Map<String, T>> {
  static final String ID_PATTERN = "[a-z0-9_-]{1,64}";
  private static final Pattern ID = Pattern.compile(ID_PATTERN);

  private final ConfigType<T> element;
  private final boolean freeKeys;

  MapType(ConfigType<T> element, boolean freeKeys) {
    this.element = element;
    this.freeKeys = freeKeys;
  }

  @Override
  public Optional<Parsed<Map<String, T>>> read(Node node, ReadContext context) {
    List<Entry> entries;
    if (node instanceof Mapping mapping) {
      entries = mapping.entries();
    } else if (node instanceof Scalar scalar && scalar.isNull()) {
      entries = List.of();
    } else {
      context.error(
          node,
          Codes.WRONG_TYPE,
          "expected " + describe() + ", found " + node.kind(),
          node instanceof Node.Sequence ? "write `id: …` instead of `- …`" : "");
      return Optional.empty();
    }
    Map<String, T> values = new LinkedHashMap<>();
    Map<String, Object> tree = new LinkedHashMap<>();
    boolean whole = true;
    for (Entry entry : entries) {
      String id = entry.key().text();
      if (!freeKeys && id.startsWith("x-")) continue;
      Span at = entry.key().span();
      ReadContext below = context.child(id, at);
      if (!freeKeys && !ID.matcher(id).matches()) {
        String snake = Spelling.snakeCase(id);
        below.note(
            Severity.ERROR,
            at,
            below.path(),
            Codes.BAD_ID,
            "`" + Literals.shorten(id) + "` cannot be an id",
            ID.matcher(snake).matches()
                ? "did you mean `" + snake + "`?"
                : "1 to 64 characters from a-z, 0-9, _ and -",
            List.of());
        whole = false;
      }
      Optional<Parsed<T>> read = element.read(entry.value(), below);
      whole &= read.isPresent();
      read.ifPresent(
          parsed -> {
            values.put(id, parsed.value());
            tree.put(id, Objects.requireNonNullElse(parsed.tree(), Map.of()));
          });
    }
    return whole
        ? Optional.of(
            new Parsed<>(Collections.unmodifiableMap(values), Collections.unmodifiableMap(tree)))
        : Optional.empty();
  }

  @Override
  public Shape shape() {
    return new Shape.Named(element, freeKeys);
  }

  @Override
  public String describe() {
    return freeKeys ? "a mapping of names to values" : "a mapping of ids to objects";
  }

  @Override
  public Object print(Map<String, T> value) {
    Map<String, Object> tree = new LinkedHashMap<>();
    value.forEach(
        (id, item) -> tree.put(id, Objects.requireNonNullElse(element.print(item), Map.of())));
    return Collections.unmodifiableMap(tree);
  }
}
