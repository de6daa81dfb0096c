package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.unit.Secret;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Text of a wanted form; not empty unless allowed. */
public final class StringType extends ScalarType<String> {
  private static final int LENGTH_MAX = 65_536;

  private final Optional<Pattern> pattern;
  private final String form;
  private final boolean emptyAllowed;
  private final int lengthMax;
  private final Predicate<String> hushes;

  StringType() {
    this(Optional.empty(), "text", false, LENGTH_MAX, _ -> false);
  }

  private StringType(
      Optional<Pattern> pattern,
      String form,
      boolean emptyAllowed,
      int lengthMax,
      Predicate<String> hushes) {
    this.hushes = hushes;
    this.pattern = pattern;
    this.form = form;
    this.emptyAllowed = emptyAllowed;
    this.lengthMax = lengthMax;
  }

  /**
   * @param regex the whole text must match; keep it within what JSON Schema (ECMA-262) shares
   * @param form a noun with its article: {@code a host name}
   */
  public StringType matching(String regex, String form) {
    return new StringType(
        Optional.of(Pattern.compile(regex)), form, emptyAllowed, lengthMax, hushes);
  }

  /** Also the empty text. */
  public StringType orEmpty() {
    return new StringType(pattern, form, true, lengthMax, hushes);
  }

  /** At most so many UTF-16 units. */
  public StringType atMost(int lengthMax) {
    return new StringType(pattern, form, emptyAllowed, lengthMax, hushes);
  }

  /** Texts that may hold a secret, though others do not, are never shown. */
  public StringType hushing(Predicate<String> next) {
    return new StringType(pattern, form, emptyAllowed, lengthMax, next);
  }

  @Override
  boolean hushed(Scalar scalar) {
    return hushes.test(scalar.text());
  }

  @Override
  Outcome<String> parse(Scalar scalar, ReadContext context) {
    String text = scalar.text();
    if (!scalar.substituted() && (scalar.isBoolean() || scalar.isNumber())) {
      return wrongType(scalar, form, "write it in quotes: \"" + text + "\"");
    }
    if (text.isEmpty()) {
      return emptyAllowed
          ? new Outcome.Good<>(text)
          : new Outcome.Bad<>(Codes.BAD_TEXT, "is empty", "give it " + form);
    }
    if (text.length() > lengthMax) {
      return new Outcome.Bad<>(Codes.BAD_TEXT, "is too long", "at most " + lengthMax);
    }
    if (pattern.isPresent() && !pattern.get().matcher(text).matches()) {
      return new Outcome.Bad<>(Codes.BAD_TEXT, "is not " + form, "");
    }
    return new Outcome.Good<>(text);
  }

  @Override
  Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>(Tree.map("type", "string"));
    if (!emptyAllowed) schema.put("minLength", 1L);
    if (lengthMax != LENGTH_MAX) schema.put("maxLength", (long) lengthMax);
    pattern.ifPresent(form -> schema.put("pattern", "^(?:" + form.pattern() + ")$"));
    return schema;
  }

  @Override
  public String describe() {
    return form;
  }

  @Override
  public Object print(String value) {
    return hushes.test(value) ? Secret.of(value) : value;
  }
}
