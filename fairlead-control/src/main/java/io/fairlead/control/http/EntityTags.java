package io.fairlead.control.http;

import java.util.List;

/** Conditions on entity tags (RFC 9110 §13.1). */
public final class EntityTags {
  private EntityTags() {}

  /**
   * Whether one of a field's lines names the tag. Compares weakly: a configuration has one form.
   *
   * @param tag without quotes
   */
  public static boolean match(List<String> lines, String tag) {
    String quoted = "\"" + tag + "\"";
    for (String line : lines) {
      for (String candidate : line.split(",", -1)) {
        String bare = candidate.strip();
        if (bare.equals("*") || bare.equals(quoted) || bare.equals("W/" + quoted)) return true;
      }
    }
    return false;
  }

  /** Whether any entity will do. */
  static boolean any(List<String> lines) {
    return lines.stream().anyMatch(line -> line.strip().equals("*"));
  }
}
