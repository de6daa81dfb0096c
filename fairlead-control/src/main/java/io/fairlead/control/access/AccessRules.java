package io.fairlead.control.access;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the configuration says about who may come in. Immutable.
 *
 * @param allowUids further uids on the unix socket
 * @param shortPaths whether {@code GET /now /adapt /reload /stop} exist
 * @param tokens besides the generated one
 * @param users who may log in, and as what
 * @param hosts names this is served under besides those of the loopback, lower-case, without port
 * @param corsOrigins pages of other origins that may use tokens, e.g. {@code https://panel.example}
 * @param basePath begins and ends with {@code /}
 */
public record AccessRules(
    Set<Integer> allowUids,
    boolean shortPaths,
    List<NamedToken> tokens,
    Map<String, Role> users,
    Set<String> hosts,
    Set<String> corsOrigins,
    String basePath) {
  /** Nothing but what always holds, and the short paths. */
  public static final AccessRules DEFAULTS =
      new AccessRules(Set.of(), true, List.of(), Map.of(), Set.of(), Set.of(), "/");

  public AccessRules {
    allowUids = Set.copyOf(allowUids);
    tokens = List.copyOf(tokens);
    users = Map.copyOf(users);
    hosts = Set.copyOf(hosts);
    corsOrigins = Set.copyOf(corsOrigins);
    if (!basePath.startsWith("/") || !basePath.endsWith("/")) {
      throw new IllegalArgumentException(
          "basePath: " + basePath + " (expected: a slash at both ends)");
    }
  }

  /**
   * The path without the base path; as it is when it lies elsewhere, since this machine's own
   * callers know nothing of a base path. Empty for a short path below the base path: what comes
   * through another proxy is never a plain curl on this machine.
   */
  public Optional<String> local(String path) {
    if (basePath.equals("/")) return Optional.of(path);
    boolean bare = path.length() + 1 == basePath.length() && basePath.startsWith(path);
    if (!bare && !path.startsWith(basePath)) return Optional.of(path);
    String rest = bare ? "/" : path.substring(basePath.length() - 1);
    return AccessPolicy.isShort(rest) ? Optional.empty() : Optional.of(rest);
  }
}
