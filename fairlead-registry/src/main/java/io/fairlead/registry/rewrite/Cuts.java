package io.fairlead.registry.rewrite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Pieces of a text to replace, collected in any order. Overlapping removals count once. */
final class Cuts {
  private record Cut(int from, int to, String with) {}

  private final String text;
  private final List<Cut> cuts = new ArrayList<>();

  Cuts(String text) {
    this.text = text;
  }

  void remove(int from, int to) {
    if (to > from) cuts.add(new Cut(from, to, ""));
  }

  void replace(int from, int to, String with) {
    cuts.add(new Cut(from, to, with));
  }

  void insert(int at, String with) {
    cuts.add(new Cut(at, at, with));
  }

  /** The text with all of them done; insertions at one place in the order they were asked for. */
  String done() {
    List<Cut> ordered = new ArrayList<>(cuts);
    ordered.sort(Comparator.comparingInt(Cut::from));
    StringBuilder result = new StringBuilder(text.length());
    int at = 0;
    for (Cut cut : ordered) {
      if (cut.from() > at) result.append(text, at, cut.from());
      result.append(cut.with());
      at = Math.max(at, cut.to());
    }
    return result.append(text, at, text.length()).toString();
  }
}
