package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A literal with a grammar of its own. */
final class LiteralType<T> extends ScalarType<T> {
  private final Code code;
  private final String form;
  private final Map<String, Object> schema;
  private final Function<String, Optional<? extends T>> parse;
  private final Function<? super T, String> print;

  LiteralType(
      Code code,
      String form,
      Map<String, Object> schema,
      Function<String, Optional<? extends T>> parse,
      Function<? super T, String> print) {
    this.code = code;
    this.form = form;
    this.schema = Tree.with(schema);
    this.parse = parse;
    this.print = print;
  }

  @Override
  Outcome<T> parse(Scalar scalar, ReadContext context) {
    Optional<? extends T> value = parse.apply(scalar.text());
    if (value.isEmpty()) return new Outcome.Bad<>(code, "is not valid here", "expected " + form);
    return new Outcome.Good<>(value.get());
  }

  @Override
  Map<String, Object> schema() {
    return schema;
  }

  @Override
  public String describe() {
    return form;
  }

  @Override
  public Object print(T value) {
    return print.apply(value);
  }
}
