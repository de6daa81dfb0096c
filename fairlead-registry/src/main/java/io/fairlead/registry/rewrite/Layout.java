package io.fairlead.registry.rewrite;

import java.util.List;

/** Where a list stands in its text. Offsets are in chars. */
sealed interface Layout {
  List<Item> items();

  /** Where the value begins: behind the colon or equals sign, or the first char that is its own. */
  int anchor();

  default List<String> values() {
    return items().stream().map(Item::value).toList();
  }

  /**
   * One item a line behind dashes.
   *
   * @param dashes of each item
   * @param emptiable whether {@code []} may take its place
   */
  record Block(List<Item> items, int anchor, List<Integer> dashes, boolean emptiable)
      implements Layout {
    public Block {
      items = List.copyOf(items);
      dashes = List.copyOf(dashes);
    }
  }

  /**
   * Between brackets.
   *
   * @param commas behind each item; -1 for none
   */
  record Flow(List<Item> items, int anchor, int open, int close, List<Integer> commas)
      implements Layout {
    public Flow {
      items = List.copyOf(items);
      commas = List.copyOf(commas);
    }
  }
}
