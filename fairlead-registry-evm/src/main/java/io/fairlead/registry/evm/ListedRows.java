package io.fairlead.registry.evm;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All entries of a contract at one block.
 *
 * @param digest the contract's own, or one over its answer
 * @param byId in the order of the contract
 */
record ListedRows(Fingerprint fingerprint, Map<String, ListedRow> byId) {
  /**
   * What tells two states of a contract apart.
   *
   * @param revision the contract's counter; 0 for a contract without one
   * @param digest {@code 0x} and 64 hex digits
   * @param count entries; -1 where only the list tells
   */
  record Fingerprint(long revision, String digest, long count) {
    String text() {
      return "revision " + revision + ", digest " + digest.substring(0, 10) + "…, " + count;
    }
  }

  ListedRows(Fingerprint fingerprint, Collection<ListedRow> rows) {
    this(fingerprint, index(rows));
  }

  ListedRows {
    byId = Collections.unmodifiableMap(byId);
  }

  private static Map<String, ListedRow> index(Collection<ListedRow> rows) {
    Map<String, ListedRow> index = new LinkedHashMap<>();
    rows.forEach(row -> index.put(row.id(), row));
    return index;
  }

  /** Entries that came, went or changed between a former list and this one. */
  long changesSince(ListedRows former) {
    long changes = 0;
    for (ListedRow row : byId.values()) {
      ListedRow before = former.byId().get(row.id());
      if (before == null || !before.mark().equals(row.mark())) changes++;
    }
    for (String id : former.byId().keySet()) if (!byId.containsKey(id)) changes++;
    return changes;
  }
}
