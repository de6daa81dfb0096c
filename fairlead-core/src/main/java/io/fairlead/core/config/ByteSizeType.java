package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.unit.ByteSize;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes, or of bytes per second: {@code 4k 10m 1g} or {@code KiB MiB GiB TiB}. */
public final class ByteSizeType extends ScalarType<ByteSize> {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,15})([kKmMgGtT]|[KMGT]iB|B)?");
  private static final Pattern DECIMAL_UNIT = Pattern.compile("([0-9]{1,15}) ?([kKmMgGtT])[bB]");

  private final boolean perSecond;
  private final ByteSize min;
  private final ByteSize max;

  ByteSizeType(boolean perSecond) {
    this(perSecond, new ByteSize(perSecond ? 1 : 0), new ByteSize(Long.MAX_VALUE));
  }

  private ByteSizeType(boolean perSecond, ByteSize min, ByteSize max) {
    this.perSecond = perSecond;
    this.min = min;
    this.max = max;
  }

  /** {@code min} included. */
  public ByteSizeType atLeast(ByteSize min) {
    return new ByteSizeType(perSecond, min, max);
  }

  /** {@code max} included. */
  public ByteSizeType atMost(ByteSize max) {
    return new ByteSizeType(perSecond, min, max);
  }

  @Override
  Outcome<ByteSize> parse(Scalar scalar, ReadContext context) {
    String text = scalar.text();
    Code code = perSecond ? Codes.BAD_RATE : Codes.BAD_SIZE;
    String noun = perSecond ? "a byte rate" : "a size";
    String suffix = perSecond ? "/s" : "";
    if (!text.endsWith(suffix)) {
      return new Outcome.Bad<>(
          code,
          "is not a byte rate",
          Outcome.literal(scalar, "did you mean `" + text + "/s`?", ""));
    }
    String size = text.substring(0, text.length() - suffix.length());
    Matcher form = FORM.matcher(size);
    if (!form.matches()) {
      Matcher decimal = DECIMAL_UNIT.matcher(size);
      String general = "write 4k, 10m, 1g or 4KiB, 10MiB, 1GiB" + (perSecond ? ", then /s" : "");
      return new Outcome.Bad<>(
          code,
          "is not " + noun,
          decimal.matches()
              ? Outcome.literal(
                  scalar,
                  "did you mean `"
                      + decimal.group(1)
                      + decimal.group(2).toUpperCase(Locale.ROOT)
                      + "iB"
                      + suffix
                      + "`? units are powers of 1024",
                  general)
              : general);
    }
    int shift =
        form.group(2) == null
            ? 0
            : 10 * (" KMGT".indexOf(form.group(2).toUpperCase(Locale.ROOT).charAt(0)));
    long count = Long.parseLong(form.group(1));
    shift = Math.max(shift, 0);
    if (count > (Long.MAX_VALUE >> shift)) return outOfRange();
    ByteSize value = new ByteSize(count << shift);
    return value.compareTo(min) < 0 || value.compareTo(max) > 0
        ? outOfRange()
        : new Outcome.Good<>(value);
  }

  private Outcome<ByteSize> outOfRange() {
    return new Outcome.Bad<>(Codes.OUT_OF_RANGE, "is out of range", "allowed: " + range());
  }

  private String range() {
    return max.bytes() == Long.MAX_VALUE ? "at least " + min : min + " to " + max;
  }

  @Override
  Map<String, Object> schema() {
    String unit = "^[0-9]{1,15}([kKmMgGtT]|[KMGT]iB|B)?" + (perSecond ? "/s$" : "$");
    return perSecond
        ? Tree.map("type", "string", "pattern", unit)
        : Tree.map("type", Tree.list("string", "integer"), "pattern", unit, "minimum", min.bytes());
  }

  @Override
  public String describe() {
    String noun =
        perSecond ? "a byte rate such as 4MiB/s" : "a size such as 4k, 10MiB or a number of bytes";
    return max.bytes() == Long.MAX_VALUE && min.bytes() <= 1 ? noun : noun + ", " + range();
  }

  @Override
  public Object print(ByteSize value) {
    return value + (perSecond ? "/s" : "");
  }
}
