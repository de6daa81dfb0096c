package io.fairlead.registry.rewrite;

import java.util.ArrayList;
import java.util.List;

/** What stands between the items of a bracketed list: blanks, line breaks, commas, comments. */
final class FlowScan {
  private FlowScan() {}

  /**
   * @param open of the bracket
   * @param close of the closing bracket
   * @throws UneditableException something else stands between the items
   */
  static Layout.Flow layout(String text, List<Item> items, int anchor, int open, int close)
      throws UneditableException {
    if (open < 0
        || close >= text.length()
        || close <= open
        || text.charAt(open) != '['
        || text.charAt(close) != ']') {
      throw UneditableException.at(
          text, open, "the brackets of the list are not where they should");
    }
    List<Integer> commas = new ArrayList<>();
    if (comma(text, open + 1, items.isEmpty() ? close : items.getFirst().start()) >= 0) {
      throw UneditableException.at(text, open + 1, "a comma before the first item");
    }
    for (int i = 0; i < items.size(); i++) {
      boolean last = i + 1 == items.size();
      int comma = comma(text, items.get(i).end(), last ? close : items.get(i + 1).start());
      if (comma < 0 && !last) {
        throw UneditableException.at(text, items.get(i).end(), "no comma behind an item");
      }
      commas.add(comma);
    }
    return new Layout.Flow(items, anchor, open, close, commas);
  }

  /** The one comma between two offsets, or -1. */
  private static int comma(String text, int from, int to) throws UneditableException {
    int found = -1;
    for (int at = from; at < to; at++) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at < to && text.charAt(at) != '\n' && text.charAt(at) != '\r') at++;
      } else if (c == ',' && found < 0) {
        found = at;
      } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        throw UneditableException.at(text, at, "something else than items in the list");
      }
    }
    return found;
  }
}
