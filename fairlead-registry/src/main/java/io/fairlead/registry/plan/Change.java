package io.fairlead.registry.plan;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.registry.model.Origin;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One step of a plan.
 *
 * @param keys the keys it is about
 * @param text the line before (removals) or after (the others)
 * @param entry the entry behind it, when it is known
 * @param origin where on a chain it was made, for lists of a chain
 */
public record Change(
    Op op,
    Reason reason,
    List<String> keys,
    String text,
    Optional<EntryId> entry,
    Optional<Origin> origin) {
  /** What happens to the line. */
  public enum Op {
    ADD,
    /** It comes back after it had left. */
    RESTORE,
    /** Its attributes change, e.g. its weight, or it drains. */
    CHANGE,
    REMOVE;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Why. */
  public enum Reason {
    LISTED,
    CHANGED,
    /** The list says so. */
    REVOKED,
    /** The list no longer holds it. */
    REMOVED,
    EXPIRED,
    DRAINING,
    /** The operator put it under {@code denied}. */
    DENIED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether somebody said so, as opposed to an absence, which may be a mistake. */
    public boolean explicit() {
      return switch (this) {
        case REVOKED, EXPIRED, DRAINING, DENIED -> true;
        case LISTED, CHANGED, REMOVED -> false;
      };
    }

    /** What the live work of the entry is told. */
    public Cause.Reason cause() {
      return switch (this) {
        case REVOKED, DENIED -> Cause.Reason.REVOKED;
        case EXPIRED -> Cause.Reason.EXPIRED;
        case DRAINING -> Cause.Reason.DRAINING;
        case REMOVED, LISTED, CHANGED -> Cause.Reason.REMOVED;
      };
    }
  }

  public Change {
    keys = List.copyOf(keys);
  }

  public boolean removes() {
    return op == Op.REMOVE;
  }

  public boolean adds() {
    return op == Op.ADD || op == Op.RESTORE;
  }
}
