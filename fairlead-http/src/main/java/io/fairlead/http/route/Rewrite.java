package io.fairlead.http.route;

import com.google.re2j.Pattern;

/** Another path for what a route does with a request. */
public sealed interface Rewrite {
  /** The path as it is. */
  Rewrite NONE = new Keep();

  /**
   * The path to go on with; has a query where it brings one of its own.
   *
   * @return begins with a slash
   */
  String target(RequestFacts facts);

  /** Nothing changes. */
  record Keep() implements Rewrite {
    @Override
    public String target(RequestFacts facts) {
      return facts.path();
    }
  }

  /** A path made of variables. */
  record Whole(Template path) implements Rewrite {
    @Override
    public String target(RequestFacts facts) {
      return rooted(path.render(facts));
    }
  }

  /** Without, or with, a first part. */
  record Prefix(String strip, String add) implements Rewrite {
    @Override
    public String target(RequestFacts facts) {
      String path = facts.path();
      boolean below =
          path.startsWith(strip)
              && (strip.endsWith("/")
                  || path.length() == strip.length()
                  || path.charAt(strip.length()) == '/');
      String rest = below ? rooted(path.substring(strip.length())) : path;
      if (add.isEmpty()) return rest;
      return add.endsWith("/") ? add + rest.substring(1) : add + rest;
    }
  }

  /**
   * Every match of an expression replaced.
   *
   * @param to may have $1, $2, … for the groups
   */
  record Replace(Pattern regex, String to) implements Rewrite {
    @Override
    public String target(RequestFacts facts) {
      return rooted(regex.matcher(facts.path()).replaceAll(to));
    }
  }

  private static String rooted(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }
}
