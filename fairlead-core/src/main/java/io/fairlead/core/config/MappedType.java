package io.fairlead.core.config;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A type seen through a conversion. */
record MappedType<T, R>(
    ConfigType<T> inner,
    Code code,
    Function<? super T, ? extends R> to,
    Function<? super R, ? extends T> from)
    implements ConfigType<R> {
  @Override
  public Optional<Parsed<R>> read(Node node, ReadContext context) {
    Optional<Parsed<T>> read = inner.read(node, context);
    if (read.isEmpty()) return Optional.empty();
    try {
      return Optional.of(new Parsed<>(to.apply(read.get().value()), read.get().tree()));
    } catch (IllegalArgumentException refused) {
      boolean secret =
          inner.shape() instanceof Shape.Scalar scalar && scalar.secret()
              || inner instanceof ScalarType<T> type
                  && node instanceof Node.Scalar text
                  && type.hushed(text);
      String subject = node instanceof Node.Scalar scalar && !secret ? scalar.shown() : "the value";
      // A message about a secret could repeat it; nobody outside this file is trusted with that.
      boolean hush =
          secret
              || (node instanceof Node.Scalar scalar && (scalar.tainted() || scalar.substituted()));
      String reason = refused.getMessage();
      context.error(
          node,
          code,
          subject + " is not valid: " + code.title(),
          hush || reason == null ? "" : reason);
      return Optional.empty();
    }
  }

  @Override
  public Shape shape() {
    return inner.shape();
  }

  @Override
  public String describe() {
    return inner.describe();
  }

  @Override
  public @Nullable Object print(R value) {
    return inner.print(from.apply(value));
  }

  @Override
  public Parsed<R> absent(R defaultValue, ReadContext context) {
    Parsed<T> absent = inner.absent(from.apply(defaultValue), context);
    return new Parsed<>(to.apply(absent.value()), absent.tree());
  }
}
