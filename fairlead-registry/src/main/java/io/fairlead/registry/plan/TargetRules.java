package io.fairlead.registry.plan;

import io.fairlead.registry.model.Role;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

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
    Resolve resolve,
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

  /** Whether a local name may be listed by its addresses. */
  public enum Resolve {
    /** A name equals the same name only. */
    NEVER,
    /** Also when the list names an address that it leads to. */
    COMPARE
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

  /** Everything at its default, following one list. For programs that embed the library. */
  public static TargetRules of(String name, String source, Policy policy) {
    return of(name, source, policy, Role.ALL);
  }

  /** The same for entries of some roles. */
  public static TargetRules of(String name, String source, Policy policy, int roles) {
    return new TargetRules(
        name,
        List.of(source),
        Combine.FIRST_HEALTHY,
        roles,
        policy,
        OnUnknown.WARN,
        ExitOrder.PRUNE_FIRST,
        policy == Policy.MIRROR ? FirstSync.APPROVE : FirstSync.AUTO,
        Match.PER_ADDRESS,
        Resolve.NEVER,
        Set.of(),
        Set.of(),
        OptionalInt.empty(),
        ColdStart.LAST_GOOD,
        RailsConfig.DEFAULTS,
        Drains.DEFAULTS,
        Duration.ZERO);
  }

  public TargetRules with(RailsConfig next) {
    return changed(draft -> draft.rails = next);
  }

  public TargetRules with(FirstSync next) {
    return changed(draft -> draft.firstSync = next);
  }

  public TargetRules with(OnUnknown unknown, ExitOrder order) {
    return changed(
        draft -> {
          draft.onUnknown = unknown;
          draft.exitOrder = order;
        });
  }

  public TargetRules with(Match next) {
    return changed(draft -> draft.match = next);
  }

  public TargetRules with(Resolve next) {
    return changed(draft -> draft.resolve = next);
  }

  public TargetRules with(Drains next) {
    return changed(draft -> draft.drains = next);
  }

  public TargetRules with(Set<String> nextPinned, Set<String> nextDenied) {
    return changed(
        draft -> {
          draft.pinned = nextPinned;
          draft.denied = nextDenied;
        });
  }

  public TargetRules withSplay(Duration most) {
    return changed(draft -> draft.splay = most);
  }

  public TargetRules with(OptionalInt port) {
    return changed(draft -> draft.defaultPort = port);
  }

  private TargetRules changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.rules();
  }

  /** What may be changed in a copy. Confined to the method that makes it. */
  private static final class Draft {
    private final TargetRules from;
    private OnUnknown onUnknown;
    private ExitOrder exitOrder;
    private FirstSync firstSync;
    private Match match;
    private Resolve resolve;
    private Set<String> pinned;
    private Set<String> denied;
    private OptionalInt defaultPort;
    private RailsConfig rails;
    private Drains drains;
    private Duration splay;

    Draft(TargetRules from) {
      this.from = from;
      this.onUnknown = from.onUnknown;
      this.exitOrder = from.exitOrder;
      this.firstSync = from.firstSync;
      this.match = from.match;
      this.resolve = from.resolve;
      this.pinned = from.pinned;
      this.denied = from.denied;
      this.defaultPort = from.defaultPort;
      this.rails = from.rails;
      this.drains = from.drains;
      this.splay = from.splay;
    }

    TargetRules rules() {
      return new TargetRules(
          from.name,
          from.sources,
          from.combine,
          from.roles,
          from.policy,
          onUnknown,
          exitOrder,
          firstSync,
          match,
          resolve,
          pinned,
          denied,
          defaultPort,
          from.coldStart,
          rails,
          drains,
          splay);
    }
  }
}
