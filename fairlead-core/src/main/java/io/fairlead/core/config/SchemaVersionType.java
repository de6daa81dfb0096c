package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.Map;

/** The version of the format. */
final class SchemaVersionType extends ScalarType<Integer> {
  private final int understood;

  SchemaVersionType(int understood) {
    this.understood = understood;
  }

  @Override
  Outcome<Integer> parse(Scalar scalar, ReadContext context) {
    return switch (IntType.whole(scalar, Long.MIN_VALUE, Long.MAX_VALUE)) {
      case Outcome.Good<Long>(Long version) when version == understood ->
          new Outcome.Good<>(understood);
      case Outcome.Good<Long>(Long version) when version > understood ->
          new Outcome.Bad<>(
              Codes.VERSION,
              "is a newer format than this release understands",
              "this release reads version " + understood + "; use the release the file is for");
      case Outcome.Good<Long>(Long _) ->
          new Outcome.Bad<>(Codes.VERSION, "is no format version", "write version: " + understood);
      case Outcome.Bad<Long> _ ->
          new Outcome.Bad<>(Codes.VERSION, "is no format version", "write version: " + understood);
    };
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("const", (long) understood);
  }

  @Override
  public String describe() {
    return "the version of the format, " + understood;
  }

  @Override
  public Object print(Integer value) {
    return value.longValue();
  }
}
