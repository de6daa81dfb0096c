package io.fairlead.registry.plan;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How one target follows its list, whatever kind it is of.
 *
 * @param name of the target
 * @param sources names of its lists, at least one
 * @param roles bit mask an entry must meet
 * @param pinned lines that stay, canonical
 * @param denied lines that stay out, canonical
 * @param defaultPort for lines without a port
 */
public record TargetRules(
    String name,
    List<String> sources,
    Combine combine,
    int roles,
    Policy policy,
    OnUnknown onUnknown,
    ExitOrder exitOrder,
    FirstSync firstSync,
    Match match,
    Set<String> pinned,
    Set<String> denied,
    OptionalInt defaultPort,
    ColdStart coldStart,
    RailsConfig rails,
    Drains drains,
    Duration splay) {
  /** How several lists become one. */
  public enum Combine {
    UNION,
    INTERSECTION,
    FIRST_HEALTHY
  }

  /** What happens when the list names what the target does not have, under {@code prune_only}. */
  public enum OnUnknown {
    WARN,
    IGNORE,
    HOLD,
    EXIT
  }

  /** Whether {@code on_unknown: exit} prunes before it ends. */
  public enum ExitOrder {
    PRUNE_FIRST,
    CHECK_FIRST
  }

  /** Whether the first plan ever may go on by itself. */
  public enum FirstSync {
    AUTO,
    APPROVE
  }

  /** When a line with several addresses is wanted. */
  public enum Match {
    /** Each address for itself; the line goes when none is left. */
    PER_ADDRESS,
    /** The whole line, when one address is wanted. */
    ANY,
    /** The whole line, when its first address in sort order is wanted. */
    FIRST
  }

  /** What holds before the first read. */
  public enum ColdStart {
    LAST_GOOD,
    /** As {@code LAST_GOOD}, and the start waits up to 30 s for the first read. */
    WAIT,
    /** The local list as it is. */
    OPEN,
    /** Pinned lines only. */
    CLOSED
  }

  /** How long work of an entry may go on when it leaves. */
  public record Drains(Duration removed, Duration draining, Duration revoked, Duration expired) {
    public static final Drains DEFAULTS =
        new Drains(Duration.ZERO, Duration.ofMinutes(5), Duration.ZERO, Duration.ofSeconds(30));
  }

  public TargetRules {
    sources = List.copyOf(sources);
    pinned = Set.copyOf(pinned);
    denied = Set.copyOf(denied);
    if (sources.isEmpty()) throw new IllegalArgumentException("sources: none");
  }

  /** Everything at its default, mirroring one list. For programs that embed the library. */
  public static TargetRules of(String name, String source, Policy policy) {
    return new TargetRules(
        name,
        List.of(source),
        Combine.FIRST_HEALTHY,
        io.fairlead.registry.model.Role.ALL,
        policy,
        OnUnknown.WARN,
        ExitOrder.PRUNE_FIRST,
        policy == Policy.MIRROR ? FirstSync.APPROVE : FirstSync.AUTO,
        Match.PER_ADDRESS,
        Set.of(),
        Set.of(),
        OptionalInt.empty(),
        ColdStart.LAST_GOOD,
        RailsConfig.DEFAULTS,
        Drains.DEFAULTS,
        Duration.ZERO);
  }

  public TargetRules with(RailsConfig next) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        onUnknown,
        exitOrder,
        firstSync,
        match,
        pinned,
        denied,
        defaultPort,
        coldStart,
        next,
        drains,
        splay);
  }

  public TargetRules with(FirstSync next) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        onUnknown,
        exitOrder,
        next,
        match,
        pinned,
        denied,
        defaultPort,
        coldStart,
        rails,
        drains,
        splay);
  }

  public TargetRules with(OnUnknown unknown, ExitOrder order) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        unknown,
        order,
        firstSync,
        match,
        pinned,
        denied,
        defaultPort,
        coldStart,
        rails,
        drains,
        splay);
  }

  public TargetRules with(Match next) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        onUnknown,
        exitOrder,
        firstSync,
        next,
        pinned,
        denied,
        defaultPort,
        coldStart,
        rails,
        drains,
        splay);
  }

  public TargetRules with(Drains next) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        onUnknown,
        exitOrder,
        firstSync,
        match,
        pinned,
        denied,
        defaultPort,
        coldStart,
        rails,
        next,
        splay);
  }

  public TargetRules with(Set<String> nextPinned, Set<String> nextDenied) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        onUnknown,
        exitOrder,
        firstSync,
        match,
        nextPinned,
        nextDenied,
        defaultPort,
        coldStart,
        rails,
        drains,
        splay);
  }

  public TargetRules withSplay(Duration most) {
    return new TargetRules(
        name,
        sources,
        combine,
        roles,
        policy,
        onUnknown,
        exitOrder,
        firstSync,
        match,
        pinned,
        denied,
        defaultPort,
        coldStart,
        rails,
        drains,
        most);
  }

  public TargetRules with(OptionalInt port) {
    return new TargetRules(
        name, sources, combine, roles, policy, onUnknown, exitOrder, firstSync, match, pinned,
        denied, port, coldStart, rails, drains, splay);
  }
}
