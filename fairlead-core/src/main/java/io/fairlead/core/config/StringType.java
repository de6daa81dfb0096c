package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Text of a wanted form; not empty unless allowed. */
public final class StringType extends ScalarType<String> {
  private static final int LENGTH_MAX = 65_536;

  private final Optional<Pattern> pattern;
  private final String form;
  private final boolean emptyAllowed;
  private final int lengthMax;

  StringType() {
    this(Optional.empty(), "text", false, LENGTH_MAX);
  }

  private StringType(Optional<Pattern> pattern, String form, boolean emptyAllowed, int lengthMax) {
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
    return new StringType(Optional.of(Pattern.compile(regex)), form, emptyAllowed, lengthMax);
  }

  /** Also the empty text. */
  public StringType orEmpty() {
    return new StringType(pattern, form, true, lengthMax);
  }

  /** At most so many UTF-16 units. */
  public StringType atMost(int lengthMax) {
    return new StringType(pattern, form, emptyAllowed, lengthMax);
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
    return value;
  }
}
