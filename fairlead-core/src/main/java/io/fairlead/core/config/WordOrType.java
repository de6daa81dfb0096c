package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A word that stands for "none of it", e.g. {@code off} or {@code auto}, or a value. */
final class WordOrType<T> implements ConfigType<Optional<T>> {
  private final Word word;
  private final ConfigType<T> inner;

  WordOrType(String word, ConfigType<T> inner) {
    this.word = new Word(word);
    this.inner = inner;
  }

  /** The word alone, for whoever walks the shape. */
  private static final class Word extends ScalarType<String> {
    private final String word;

    Word(String word) {
      this.word = word;
    }

    @Override
    Outcome<String> parse(Scalar scalar, ReadContext context) {
      return scalar.text().equals(word)
          ? new Outcome.Good<>(word)
          : new Outcome.Bad<>(Codes.NOT_A_CHOICE, "is not `" + word + "`", "");
    }

    @Override
    Map<String, Object> schema() {
      return Tree.map("const", word);
    }

    @Override
    public String describe() {
      return "`" + word + "`";
    }
  }

  @Override
  public Optional<Parsed<Optional<T>>> read(Node node, ReadContext context) {
    if (node instanceof Scalar scalar && scalar.text().equals(word.word)) {
      return Optional.of(new Parsed<>(Optional.empty(), word.word));
    }
    return inner
        .read(node, context)
        .map(parsed -> new Parsed<>(Optional.of(parsed.value()), parsed.tree()));
  }

  @Override
  public Parsed<Optional<T>> absent(Optional<T> defaultValue, ReadContext context) {
    if (defaultValue.isEmpty()) return new Parsed<>(defaultValue, word.word);
    Parsed<T> absent = inner.absent(defaultValue.get(), context);
    return new Parsed<>(Optional.of(absent.value()), absent.tree());
  }

  @Override
  public Shape shape() {
    return new Shape.Alternatives(List.of(inner, word));
  }

  @Override
  public String describe() {
    return inner.describe() + ", or `" + word.word + "`";
  }

  @Override
  public @Nullable Object print(Optional<T> value) {
    return value.isPresent() ? inner.print(value.get()) : word.word;
  }
}
