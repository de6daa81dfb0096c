package io.fairlead.http.route;

import com.google.re2j.Pattern;

/** Which normalised paths a route takes. */
public sealed interface PathPattern {
  /** Every path. */
  PathPattern ANY = new Prefix("/");

  /** One path. */
  record Exact(String path) implements PathPattern {
    @Override
    public String toString() {
      return path;
    }
  }

  /**
   * Every path below a directory.
   *
   * @param directory ends with a slash
   */
  record Prefix(String directory) implements PathPattern {
    @Override
    public String toString() {
      return directory + "*";
    }
  }

  /** Wildcards elsewhere than at the end. */
  record Wild(Glob glob) implements PathPattern {
    @Override
    public String toString() {
      return glob.toString();
    }
  }

  /** A regular expression (RE2), found anywhere in the path unless it is anchored. */
  record Expression(Pattern pattern) implements PathPattern {
    @Override
    public boolean equals(Object other) {
      return other instanceof Expression expression
          && expression.pattern.pattern().equals(pattern.pattern());
    }

    @Override
    public int hashCode() {
      return pattern.pattern().hashCode();
    }

    @Override
    public String toString() {
      return "regex " + pattern.pattern();
    }
  }

  /**
   * Reads the plain form: exact, a prefix when it ends in {@code /*}, a glob when a wildcard stands
   * elsewhere.
   *
   * @throws IllegalArgumentException it does not begin with a slash
   */
  static PathPattern parse(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("path: " + text + " (expected: begins with /)");
    }
    if (text.endsWith("/*")) {
      String directory = text.substring(0, text.length() - 1);
      if (directory.indexOf('*') < 0 && directory.indexOf('?') < 0) return new Prefix(directory);
    }
    return text.indexOf('*') < 0 && text.indexOf('?') < 0
        ? new Exact(text)
        : new Wild(Glob.of(text));
  }

  default boolean matches(String path) {
    return switch (this) {
      case Prefix(String directory) -> path.startsWith(directory);
      case Exact(String exact) -> path.equals(exact);
      case Wild(Glob glob) -> glob.matches(path);
      case Expression(Pattern pattern) -> pattern.matcher(path).find();
    };
  }

  /** Whether every path {@code other} takes is certainly taken by this one too. */
  default boolean covers(PathPattern other) {
    if (equals(other)) return true;
    return switch (other) {
      case Exact(String path) -> matches(path);
      case Prefix(String directory) ->
          this instanceof Prefix p && directory.startsWith(p.directory);
      case Wild(Glob glob) ->
          this instanceof Prefix p && glob.literalPrefix().startsWith(p.directory);
      case Expression _ -> this instanceof Prefix p && p.directory.equals("/");
    };
  }
}
