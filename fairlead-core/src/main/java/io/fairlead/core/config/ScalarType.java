package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.unit.Secret;
import java.util.Map;
import java.util.Optional;

/** A type written as one scalar. */
abstract class ScalarType<T> implements ConfigType<T> {
  /** The value of a scalar that is not null; may note advice, leaves errors to the caller. */
  abstract Outcome<T> parse(Scalar scalar, ReadContext context);

  /** JSON Schema keywords. */
  abstract Map<String, Object> schema();

  boolean secret() {
    return false;
  }

  /** Whether this text must not be repeated, though values of the type are no secrets. */
  boolean hushed(Scalar scalar) {
    return false;
  }

  @Override
  public Object print(T value) {
    return value.toString();
  }

  @Override
  public final Shape shape() {
    return new Shape.Scalar(schema(), secret());
  }

  @Override
  public final Optional<Parsed<T>> read(Node node, ReadContext context) {
    if (secret()) context.hide(node);
    if (!(node instanceof Scalar scalar)) {
      context.error(
          node, Codes.WRONG_TYPE, "expected " + describe() + ", found " + node.kind(), "");
      return Optional.empty();
    }
    if (scalar.tainted() || hushed(scalar)) context.hide(scalar);
    // A substitution that failed has been reported; its value would only cause a second problem.
    if (scalar.substituted() && scalar.text().isEmpty() && context.failedAt(scalar)) {
      return Optional.empty();
    }
    if (scalar.isNull()) {
      context.error(
          node,
          Codes.WRONG_TYPE,
          "`" + context.id() + "` has no value",
          "give it " + describe() + ", or remove the key");
      return Optional.empty();
    }
    return switch (parse(scalar, context)) {
      case Outcome.Good<T>(T value) -> {
        Object tree = print(value);
        yield Optional.of(new Parsed<>(value, scalar.tainted() ? Secret.of(scalar.text()) : tree));
      }
      case Outcome.Bad<T>(Code code, String what, String hint) -> {
        String subject = hushed(scalar) ? "the value" : scalar.shown();
        context.error(node, code, (secret() ? "the secret" : subject) + " " + what, hint);
        yield Optional.empty();
      }
    };
  }

  /** {@code scalar} is text, number or boolean where something else is due. */
  static <T> Outcome<T> wrongType(Scalar scalar, String expected, String hint) {
    return new Outcome.Bad<>(
        Codes.WRONG_TYPE, "is " + scalar.kind() + "; expected " + expected, hint);
  }
}
