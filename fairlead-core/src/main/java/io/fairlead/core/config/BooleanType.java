package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** {@code true} and {@code false}, as the YAML 1.2 core schema has them. */
final class BooleanType extends ScalarType<Boolean> {
  private static final Set<String> TRUE_WORDS = Set.of("yes", "on", "y", "1", "enabled");
  private static final Set<String> FALSE_WORDS = Set.of("no", "off", "n", "0", "disabled");

  @Override
  Outcome<Boolean> parse(Scalar scalar, ReadContext context) {
    String text = scalar.text();
    String lower = text.toLowerCase(Locale.ROOT);
    if (Literals.isBoolean(text)) {
      return scalar.plain()
          ? new Outcome.Good<>(lower.equals("true"))
          : new Outcome.Bad<>(Codes.NOT_A_BOOLEAN, "is text in quotes", "remove the quotes");
    }
    String hint = "write true or false";
    if (TRUE_WORDS.contains(lower)) hint = "did you mean `true`?";
    if (FALSE_WORDS.contains(lower)) hint = "did you mean `false`?";
    return new Outcome.Bad<>(Codes.NOT_A_BOOLEAN, "is not a boolean", hint);
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "boolean");
  }

  @Override
  public String describe() {
    return "true or false";
  }

  @Override
  public Object print(Boolean value) {
    return value;
  }
}
