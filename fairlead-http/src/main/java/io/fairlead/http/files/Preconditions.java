package io.fairlead.http.files;

import io.fairlead.net.http.Fields;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Conditions a client puts on its request, in the order of RFC 9110 §13.2.2.
 *
 * @param etag validator of the selected representation, with its quotes
 * @param weak whether it is a weak one (RFC 9110 §8.8.1): then it never matches strongly
 * @param lastModified seconds since the epoch
 */
record Preconditions(String etag, boolean weak, long lastModified) {
  /** What becomes of the request. */
  enum Outcome {
    PROCEED,
    /** 304. */
    NOT_MODIFIED,
    /** 412. */
    FAILED
  }

  /** For GET and HEAD. */
  Outcome evaluate(Fields fields, Instant now) {
    List<String> ifMatch = fields.all("if-match");
    if (!ifMatch.isEmpty()) {
      if (!listed(ifMatch, true)) return Outcome.FAILED;
    } else {
      Optional<Long> since = date(fields, "if-unmodified-since", now);
      if (since.isPresent() && lastModified > since.get()) return Outcome.FAILED;
    }
    List<String> ifNoneMatch = fields.all("if-none-match");
    if (!ifNoneMatch.isEmpty()) {
      return listed(ifNoneMatch, false) ? Outcome.NOT_MODIFIED : Outcome.PROCEED;
    }
    Optional<Long> since = date(fields, "if-modified-since", now);
    return since.isPresent() && lastModified <= since.get()
        ? Outcome.NOT_MODIFIED
        : Outcome.PROCEED;
  }

  /**
   * Whether a range may be served: no {@code If-Range}, or one that names this very representation
   * (RFC 9110 §13.1.5). A date counts only when the file is old enough that a second change within
   * the same second is ruled out (§8.8.2.2).
   */
  boolean rangeApplies(Fields fields, Instant now) {
    Optional<String> ifRange = fields.first("if-range");
    if (ifRange.isEmpty()) return true;
    String value = ifRange.get().strip();
    if (value.startsWith("\"") || value.startsWith("W/")) return !weak && value.equals(etag);
    Optional<Long> date = HttpDate.parse(value, now);
    return date.isPresent()
        && date.get() == lastModified
        && lastModified < now.getEpochSecond() - 1;
  }

  private static Optional<Long> date(Fields fields, String name, Instant now) {
    return fields.first(name).flatMap(value -> HttpDate.parse(value.strip(), now));
  }

  /** Whether a list of entity tags holds ours; a malformed rest is not understood and ignored. */
  private boolean listed(List<String> values, boolean strong) {
    for (String value : values) {
      if (value.strip().equals("*")) return true;
      int at = 0;
      while (at < value.length()) {
        char c = value.charAt(at);
        if (c == ' ' || c == '\t' || c == ',') {
          at++;
          continue;
        }
        boolean theirsWeak = value.startsWith("W/", at);
        int open = theirsWeak ? at + 2 : at;
        if (open >= value.length() || value.charAt(open) != '"') break;
        int close = value.indexOf('"', open + 1);
        if (close < 0) break;
        boolean same = close + 1 - open == etag.length() && value.startsWith(etag, open);
        if (same && !(strong && (theirsWeak || weak))) return true;
        at = close + 1;
      }
    }
    return false;
  }
}
