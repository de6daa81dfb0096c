package io.fairlead.proxy;

import io.fairlead.net.access.AccessRule;
import java.util.List;
import java.util.Optional;

/**
 * What a service would do with one destination of one client.
 *
 * @param allowed whether it would be dialled, as far as it can be told without resolving a name
 * @param undecided whether a rule wants an address, which was not given
 * @param refusal why not
 * @param hint what would change that; may be empty
 * @param rules how each rule of the access list fits, in order
 * @param via the way it would go; empty when a rule of the ways wants an address
 */
public record AccessExplanation(
    boolean allowed,
    boolean undecided,
    Optional<String> refusal,
    String hint,
    List<AccessRule.Fit> rules,
    List<String> via) {
  public AccessExplanation {
    rules = List.copyOf(rules);
    via = List.copyOf(via);
  }
}
