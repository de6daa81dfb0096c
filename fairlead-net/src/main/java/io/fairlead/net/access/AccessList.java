package io.fairlead.net.access;

import io.fairlead.core.dial.Destination;
import java.net.InetAddress;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Ordered rules, the first that applies decides. Asked twice for each flow: with the name, and with
 * each address the name has. A rule that depends on the address postpones the answer, so that a
 * later rule never wins over it by accident.
 */
public record AccessList(List<AccessRule> rules, AccessRule.Effect otherwise) {
  /** Everyone may go everywhere the destination policy lets them. */
  public static final AccessList OPEN = new AccessList(List.of(), AccessRule.Effect.ALLOW);

  /** What the list says. */
  public sealed interface Decision {
    record Allowed() implements Decision {}

    /**
     * No.
     *
     * @param rule its place in the list from 1; 0 when none applied and the default says no
     */
    record Denied(int rule) implements Decision {}

    /** Ask again with the address. */
    record AskWithAddress() implements Decision {}
  }

  private static final Decision ALLOWED = new Decision.Allowed();
  private static final Decision ASK_WITH_ADDRESS = new Decision.AskWithAddress();

  public AccessList {
    rules = List.copyOf(rules);
  }

  /**
   * Decides on a destination, with {@code address} once it is known.
   *
   * @param now matters to a list that is {@link #timed} only
   */
  public Decision decide(
      Subject subject, Destination.HostPort to, Optional<InetAddress> address, Instant now) {
    for (int i = 0; i < rules.size(); i++) {
      AccessRule rule = rules.get(i);
      switch (rule.fit(subject, to, address, now)) {
        case YES -> {
          return rule.effect() == AccessRule.Effect.ALLOW ? ALLOWED : new Decision.Denied(i + 1);
        }
        case DEPENDS_ON_ADDRESS -> {
          return ASK_WITH_ADDRESS;
        }
        case NO -> {}
      }
    }
    return otherwise == AccessRule.Effect.ALLOW ? ALLOWED : new Decision.Denied(0);
  }

  /** How each rule fits, in order: what {@link #decide} goes by. */
  public List<AccessRule.Fit> fits(
      Subject subject, Destination.HostPort to, Optional<InetAddress> address, Instant now) {
    return rules.stream().map(rule -> rule.fit(subject, to, address, now)).toList();
  }

  /** Whether any rule holds at some hours only. */
  public boolean timed() {
    for (AccessRule rule : rules) {
      if (rule.time().isPresent()) return true;
    }
    return false;
  }

  /**
   * Which rules may apply to this one now, as a short text: two who get the same text may share a
   * connection whose address was checked for one of them.
   */
  public String share(Subject subject, Instant now) {
    if (rules.isEmpty()) return "";
    BitSet fitting = new BitSet(rules.size());
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).fitsSubject(subject, now)) fitting.set(i);
    }
    return fitting.toString();
  }

  /** Whether a client nobody knows, from anywhere, is refused whatever it asks for. */
  public boolean closedToStrangers() {
    for (AccessRule rule : rules) {
      if (rule.effect() == AccessRule.Effect.ALLOW && rule.namesNobody()) return false;
      if (rule.effect() == AccessRule.Effect.DENY && rule.namesNothing()) return true;
    }
    return otherwise == AccessRule.Effect.DENY;
  }
}
