package io.fairlead.app.convert;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Changes of a request's path, as the {@code rewrite} of a route. */
final class NginxPaths {
  private static final Pattern GROUP = Pattern.compile("\\$\\d");
  private static final Pattern WHOLE = Pattern.compile("\\^[^|]*(\\$|\\.\\*\\)?)");

  private NginxPaths() {}

  /** Another beginning: what {@code proxy_pass} with a path and {@code alias} do. */
  static Map<String, Object> beginning(String from, String to) {
    Map<String, Object> change = new LinkedHashMap<>();
    if (from.endsWith("/") && to.endsWith("/")) {
      if (from.length() > 1) change.put("strip_prefix", from.substring(0, from.length() - 1));
      if (to.length() > 1) change.put("add_prefix", to.substring(0, to.length() - 1));
      if (!change.isEmpty()) return change;
    }
    change.put("regex", "^" + NginxText.quoted(from));
    change.put("to", to.replace("\\", "\\\\").replace("$", "\\$"));
    return change;
  }

  /** The whole path replaced where the expression finds anything in it, as {@code rewrite} does. */
  static Map<String, Object> replaced(String regex, String to) {
    Map<String, Object> change = new LinkedHashMap<>();
    boolean whole = WHOLE.matcher(regex).matches();
    change.put("regex", whole ? regex : "^.*?(?:" + regex + ").*$");
    change.put("to", to);
    return change;
  }

  static boolean hasGroup(String text) {
    return GROUP.matcher(text).find();
  }

  /** Whether a text has variables besides groups of an expression. */
  static boolean hasOtherVariable(String text) {
    return NginxText.hasVariable(GROUP.matcher(text).replaceAll(""));
  }

  /**
   * A folder and where below it the files are.
   *
   * @param change of the path; empty when the path stays
   */
  record Tree(Path root, Map<String, Object> change) {}

  /**
   * The tree of an {@code alias}.
   *
   * @param prefix of the location; empty for a regular expression
   * @param regex of the location; empty for a prefix
   */
  static Optional<Tree> alias(String alias, String prefix, String regex, Path baseDir) {
    if (!regex.isEmpty()) return captured(alias, regex, baseDir);
    if (NginxText.hasVariable(alias) || prefix.isEmpty()) return Optional.empty();
    if (alias.endsWith(prefix)) {
      String above = alias.substring(0, alias.length() - prefix.length());
      return Optional.of(
          new Tree(baseDir.resolve(above.isEmpty() ? "/" : above).normalize(), Map.of()));
    }
    if (alias.endsWith("/") && prefix.endsWith("/")) {
      return Optional.of(new Tree(baseDir.resolve(alias).normalize(), beginning(prefix, "/")));
    }
    Path place = baseDir.resolve(alias).normalize();
    Path folder = place.getParent();
    Path name = place.getFileName();
    if (folder == null || name == null) return Optional.empty();
    return Optional.of(new Tree(folder, beginning(prefix, "/" + name)));
  }

  private static Optional<Tree> captured(String alias, String regex, Path baseDir) {
    String bare = regex.startsWith("(?i)") ? regex.substring(4) : regex;
    boolean whole = bare.startsWith("^") && bare.endsWith("$") && !bare.contains("|");
    if (!whole || !hasGroup(alias) || hasOtherVariable(alias)) return Optional.empty();
    int folder = alias.lastIndexOf('/', alias.indexOf('$'));
    if (folder < 0) return Optional.empty();
    Map<String, Object> change = new LinkedHashMap<>();
    change.put("regex", regex);
    change.put("to", alias.substring(folder));
    return Optional.of(
        new Tree(baseDir.resolve(alias.substring(0, folder + 1)).normalize(), change));
  }
}
