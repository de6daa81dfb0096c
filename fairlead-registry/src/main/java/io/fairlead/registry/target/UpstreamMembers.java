package io.fairlead.registry.target;

import io.fairlead.registry.plan.Item;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Pools of upstream servers, whose members may be set from outside. Implemented by whoever composes
 * the program. Thread-safe.
 */
public interface UpstreamMembers {
  /**
   * One member.
   *
   * @param key of the line it comes from
   * @param hostPort where it is dialled
   * @param weight 1–65535, compared with the other members'
   * @param draining gets no new work
   * @param guarded whether its name may only resolve to public addresses
   */
  record Member(String key, String hostPort, int weight, boolean draining, boolean guarded) {}

  /** What the configuration names, as lines; empty when there is no such pool. */
  List<Item> configured(String upstream);

  /**
   * Replaces the members; in force when this returns.
   *
   * @param cut keys whose live work ends now instead of in peace
   * @return ended work per key, for those that had any
   */
  Map<String, Integer> set(String upstream, List<Member> members, Set<String> cut);

  /** Takes back what was set: the configuration holds again. */
  void withdraw(String upstream);
}
