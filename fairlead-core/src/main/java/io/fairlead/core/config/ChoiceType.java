package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One of a few words: the constants of an enum in lower_snake_case. */
final class ChoiceType<E extends Enum<E>> extends ScalarType<E> {
  private final Map<String, E> byWord = new LinkedHashMap<>();

  ChoiceType(List<E> constants) {
    for (E constant : constants) byWord.put(word(constant), constant);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  Outcome<E> parse(Scalar scalar, ReadContext context) {
    E constant = byWord.get(scalar.text());
    if (constant != null) return new Outcome.Good<>(constant);
    String all = "one of: " + String.join(", ", byWord.keySet());
    String guess =
        Spelling.nearest(scalar.text(), byWord.keySet())
            .map(near -> "did you mean `" + near + "`? ")
            .orElse("");
    return new Outcome.Bad<>(Codes.NOT_A_CHOICE, "is not known here", guess + all);
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "enum", List.copyOf(byWord.keySet()));
  }

  @Override
  public String describe() {
    return "one of " + String.join(", ", byWord.keySet());
  }

  @Override
  public Object print(E value) {
    return word(value);
  }
}
