package io.fairlead.http.files;

import java.util.List;
import java.util.Optional;

/**
 * What is served when nothing lies at the path of a request.
 *
 * @param tries paths below the root, tried in order; {@code {path}} in them is the request's path
 *     without a slash at its end
 * @param spa path of the page that an application in the browser starts from, for requests that
 *     accept HTML
 * @param passOn whether the next route gets what remains, instead of an answer
 */
public record Fallbacks(List<String> tries, Optional<String> spa, boolean passOn) {
  public static final Fallbacks NONE = new Fallbacks(List.of(), Optional.empty());

  /** Of a tree that answers for itself. */
  public Fallbacks(List<String> tries, Optional<String> spa) {
    this(tries, spa, false);
  }

  public Fallbacks {
    tries = List.copyOf(tries);
  }

  /** The path to try, as a request-target would write it. */
  static String fill(String pattern, String path) {
    String bare = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return pattern.replace("{path}", bare);
  }
}
