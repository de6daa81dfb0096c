package io.fairlead.core.access;

import java.util.Locale;
import java.util.Optional;

/**
 * Why live work is cut; the content of the audit line.
 *
 * @param source the list that said so
 * @param position where in the source's history, e.g. a file digest or a block
 * @param tx the transaction, for sources that have one
 */
public record Cause(Reason reason, String source, String position, Optional<String> tx) {
  /** What happened to the entry. */
  public enum Reason {
    REVOKED,
    REMOVED,
    EXPIRED,
    DRAINING;

    /** The word in logs and metrics. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
