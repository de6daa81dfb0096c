package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One of several records, told apart by the word under one key, e.g. {@code type: file}. */
final class VariantsType<T> implements ConfigType<T> {
  private final String key;
  private final Map<String, RecordType<? extends T>> byName;

  VariantsType(String key, Map<String, RecordType<? extends T>> byName) {
    if (byName.isEmpty()) throw new IllegalArgumentException("variants of " + key + ": none");
    this.key = key;
    this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  @Override
  public Optional<Parsed<T>> read(Node node, ReadContext context) {
    if (!(node instanceof Mapping mapping)) {
      context.error(
          node, Codes.WRONG_TYPE, "expected " + describe() + ", found " + node.kind(), "");
      return Optional.empty();
    }
    Optional<Entry> chosen = mapping.entry(key);
    List<String> words = List.copyOf(byName.keySet());
    String choices = "one of: " + String.join(", ", words);
    if (chosen.isEmpty()) {
      Optional<Entry> misspelt =
          Spelling.nearest(key, mapping.entries().stream().map(e -> e.key().text()).toList())
              .flatMap(mapping::entry);
      String where = context.dotted().isEmpty() ? "" : " in " + context.dotted();
      context.note(
          Problem.Severity.ERROR,
          misspelt.map(entry -> entry.key().span()).orElse(context.owner()),
          context.path(),
          misspelt.isPresent() ? Codes.UNKNOWN_KEY : Codes.REQUIRED,
          misspelt
              .map(entry -> "unknown key `" + entry.key().text() + "`" + where)
              .orElse("`" + key + "` is missing" + where),
          misspelt.isPresent() ? "did you mean `" + key + "`?" : "add `" + key + "`, " + choices,
          List.of());
      return Optional.empty();
    }
    Node value = chosen.get().value();
    if (!(value instanceof Scalar scalar)) {
      context.error(value, Codes.WRONG_TYPE, "expected " + choices + ", found " + value.kind(), "");
      return Optional.empty();
    }
    RecordType<? extends T> record = byName.get(scalar.text());
    if (record == null) {
      String guess =
          Spelling.nearest(scalar.text(), words)
              .map(near -> "did you mean `" + near + "`? ")
              .orElse("");
      context
          .child(key, chosen.get().key().span())
          .error(value, Codes.NOT_A_CHOICE, scalar.shown() + " is not known here", guess + choices);
      return Optional.empty();
    }
    return record
        .readMapping(mapping, context, Set.of(key))
        .map(parsed -> new Parsed<>(parsed.value(), named(scalar.text(), parsed.tree())));
  }

  private Object named(String word, @org.jspecify.annotations.Nullable Object tree) {
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put(key, word);
    if (tree instanceof Map<?, ?> rest) rest.forEach((k, v) -> whole.put((String) k, v));
    return Collections.unmodifiableMap(whole);
  }

  @Override
  public Shape shape() {
    return new Shape.Variants(key, Collections.unmodifiableMap(new LinkedHashMap<>(byName)));
  }

  @Override
  public String describe() {
    return "a mapping with `" + key + "`, one of " + String.join(", ", byName.keySet());
  }

  @Override
  public Object print(T value) {
    throw new IllegalStateException("a variant does not print: give the default's text");
  }
}
