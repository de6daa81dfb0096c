package io.fairlead.registry.rewrite;

import java.util.List;
import java.util.Optional;

/**
 * What has been taken out of a list, and where it stood. Kept between two edits by the caller, so
 * that an item that returns gets its own text and place again.
 *
 * @param region the list's text with every item in it
 * @param written the same with the items taken out, as the file was left
 * @param items all of them in their order
 */
public record ListMemory(String region, String written, List<Entry> items) {
  public ListMemory {
    items = List.copyOf(items);
  }

  /**
   * An item.
   *
   * @param original its value as the operator wrote it
   * @param now its value in the file; empty when it is taken out
   * @param text its lines with the comments above them, or its scalar
   */
  public record Entry(String original, Optional<String> now, String text) {
    /** Stands in the file as it was written. */
    boolean whole() {
      return now.isPresent() && now.get().equals(original);
    }
  }

  /** Nothing has been taken out. */
  public static ListMemory none() {
    return new ListMemory("", "", List.of());
  }

  public boolean empty() {
    return items.stream().allMatch(Entry::whole);
  }
}
