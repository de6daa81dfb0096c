package io.fairlead.core.config;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a value is read, described and printed. Immutable; usable from any thread. Get one from
 * {@link Types} or {@link RecordType}, and adapt it with {@link #mapped}.
 */
public interface ConfigType<T> {
  /** The value, or empty after noting in {@code context} why there is none. Never throws. */
  Optional<Parsed<T>> read(Node node, ReadContext context);

  /** For schema, reference page, explanation. */
  Shape shape();

  /** A noun with its article and form: {@code a duration such as 30s}. */
  String describe();

  /**
   * The plain tree that reads back as {@code value}; see {@link Parsed#tree}.
   *
   * @throws IllegalStateException this type cannot print a value it has not read: give the default
   *     with {@link FieldDraft#orElse(Object, String)}
   */
  @Nullable Object print(T value);

  /** The default of a key that is not written, as it holds at this place. */
  default Parsed<T> absent(T defaultValue, ReadContext context) {
    return new Parsed<>(defaultValue, print(defaultValue));
  }

  /**
   * The same text, another value.
   *
   * @param code diagnostic for a refusal
   * @param to may throw {@link IllegalArgumentException}; its message becomes the hint, so it says
   *     what was expected and never repeats a secret
   * @param from back, for printing
   */
  default <R> ConfigType<R> mapped(
      Code code, Function<? super T, ? extends R> to, Function<? super R, ? extends T> from) {
    return new MappedType<>(this, code, to, from);
  }
}
