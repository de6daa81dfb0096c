package io.fairlead.registry.rewrite;

import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Reads TOML that anyone may have written. The parser descends once a level and has a few texts,
 * damaged ones, that it falls over; a caller hears of both and nothing is thrown.
 */
public final class TomlText {
  private static final int LENGTH_MAX = 4 * 1024 * 1024;
  private static final int DEPTH_MAX = 64; // no real file nests like this

  private TomlText() {}

  /** Whether a text is no longer (4 Mi characters) and no deeper (64 levels) than may be parsed. */
  public static boolean fits(String text) {
    if (text.length() > LENGTH_MAX) return false;
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '[' || c == '{') depth++;
      if (c == ']' || c == '}') depth = Math.max(0, depth - 1);
      if (depth > DEPTH_MAX) return false;
    }
    return true;
  }

  /**
   * Parses a text that {@linkplain #fits fits}.
   *
   * @return with the errors that the parser names; empty where it falls over, so that the text is
   *     not valid and nobody can say where
   */
  public static Optional<TomlParseResult> parse(String text) {
    try {
      return Optional.of(Toml.parse(text));
    } catch (RuntimeException | AssertionError odd) { // errors: where assertions are on
      return Optional.empty();
    }
  }
}
