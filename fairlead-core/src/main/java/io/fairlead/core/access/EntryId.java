package io.fairlead.core.access;

/**
 * Names one registry entry.
 *
 * @param source the list it stands in, e.g. {@code "members"} for the watched file
 * @param id the entry's id in that list
 */
public record EntryId(String source, String id) {
  public EntryId {
    if (source.isEmpty() || id.isEmpty()) {
      throw new IllegalArgumentException(
          "entry: " + source + "/" + id + " (expected: both parts non-empty)");
    }
  }

  @Override
  public String toString() {
    return source + "/" + id;
  }
}
