package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/** File names; a relative one is relative to the folder of the file that names it. */
final class PathType extends ScalarType<Path> {
  @Override
  Outcome<Path> parse(Scalar scalar, ReadContext context) {
    if (scalar.text().isEmpty()) {
      return new Outcome.Bad<>(Codes.BAD_PATH, "is empty", "give it " + describe());
    }
    try {
      return new Outcome.Good<>(context.baseDirOf(scalar).resolve(scalar.text()).normalize());
    } catch (InvalidPathException notAPath) {
      return new Outcome.Bad<>(Codes.BAD_PATH, "is not a file path", "");
    }
  }

  @Override
  public Parsed<Path> absent(Path defaultValue, ReadContext context) {
    Path placed = context.baseDir().resolve(defaultValue).normalize();
    return new Parsed<>(placed, placed.toString());
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "minLength", 1L);
  }

  @Override
  public String describe() {
    return "a file path, relative to this file's folder";
  }
}
