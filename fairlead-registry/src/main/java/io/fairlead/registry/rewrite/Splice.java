package io.fairlead.registry.rewrite;

import io.fairlead.registry.rewrite.Item.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts items out of a list's text, changes and adds some. Pure; whether it worked the caller
 * checks.
 */
final class Splice {
  private final String text;
  private final Lines lines;
  private final Layout layout;

  Splice(String text, Layout layout) {
    this.text = text;
    this.lines = new Lines(text);
    this.layout = layout;
  }

  /** What belongs to an item: whole lines with the comments above, or the scalar alone. */
  record Chunk(int from, int to, boolean wholeLines) {}

  Chunk chunk(int index) {
    Item item = layout.items().get(index);
    return switch (layout) {
      case Layout.Block block -> lineChunk(block.dashes().get(index), item.end(), index);
      case Layout.Flow flow -> {
        int end = flow.commas().get(index) >= 0 ? flow.commas().get(index) + 1 : item.end();
        boolean alone =
            lines.blankBefore(item.start())
                && lines.nothingBehind(end)
                && lines.lineOf(end) < lines.lineOf(flow.close());
        yield alone
            ? lineChunk(item.start(), end, index)
            : new Chunk(item.start(), item.end(), false);
      }
    };
  }

  private Chunk lineChunk(int start, int end, int index) {
    int line = lines.lineOf(start);
    int above = index == 0 ? -1 : lines.lineOf(layout.items().get(index - 1).end());
    while (line - 1 > above && lines.comment(line - 1)) line--;
    return new Chunk(lines.start(line), lines.next(lines.lineOf(end)), true);
  }

  /**
   * Where the text that belongs to the list ends: behind its last item's line, or its bracket; the
   * anchor when there is no item.
   */
  int end() {
    return switch (layout) {
      case Layout.Flow flow -> flow.close() + 1;
      case Layout.Block block ->
          block.items().isEmpty() ? block.anchor() : chunk(block.items().size() - 1).to();
    };
  }

  /**
   * @param wanted for each item its new value, or empty to take it out
   * @throws UneditableException it cannot be written as an empty list
   */
  String apply(List<Optional<String>> wanted) throws UneditableException {
    Cuts cuts = new Cuts(text);
    for (int i = 0; i < wanted.size(); i++) {
      Item item = layout.items().get(i);
      Optional<String> value = wanted.get(i);
      if (value.isPresent() && !value.get().equals(item.value())) {
        cuts.replace(item.start(), item.end(), Scalars.written(value.get(), item.quote()));
      }
    }
    boolean none = !wanted.isEmpty() && wanted.stream().allMatch(Optional::isEmpty);
    switch (layout) {
      case Layout.Block block -> cutBlock(block, wanted, none, cuts);
      case Layout.Flow flow -> cutFlow(flow, wanted, none, cuts);
    }
    return cuts.done();
  }

  private void cutBlock(Layout.Block block, List<Optional<String>> wanted, boolean none, Cuts cuts)
      throws UneditableException {
    if (none && !block.emptiable()) {
      throw UneditableException.at(
          text, block.items().getFirst().start(), "a list inside of a list cannot be emptied here");
    }
    int removedFrom = text.length();
    for (int i = wanted.size() - 1; i >= 0; i--) {
      if (wanted.get(i).isPresent()) continue;
      Chunk chunk = chunk(i);
      cuts.remove(chunk.from(), chunk.to());
      if (chunk.to() == removedFrom) removedFrom = chunk.from();
    }
    boolean atKey = block.anchor() > 0;
    // A text that did not end with a line break does not get one.
    boolean lastCut = removedFrom < text.length();
    if (lastCut && lines.end(lines.lineOf(text.length())) == text.length() && !endsWithBreak()) {
      if (removedFrom > 0 && (atKey || !none)) {
        cuts.remove(lines.end(lines.lineOf(removedFrom - 1)), removedFrom);
      }
    }
    if (!none) return;
    if (atKey) {
      cuts.insert(block.anchor(), " []");
    } else {
      cuts.insert(chunk(0).from(), endsWithBreak() ? "[]" + lines.lineBreak() : "[]");
    }
  }

  private boolean endsWithBreak() {
    return text.endsWith("\n") || text.endsWith("\r");
  }

  private void cutFlow(Layout.Flow flow, List<Optional<String>> wanted, boolean none, Cuts cuts) {
    int last = wanted.size() - 1;
    if (none && oneLine(flow.open(), flow.close())) {
      cuts.remove(flow.open() + 1, flow.close());
      return;
    }
    int kept = last;
    while (kept >= 0 && wanted.get(kept).isEmpty()) kept--;
    boolean trailing = last >= 0 && flow.commas().get(last) >= 0;
    if (kept >= 0 && kept < last && !trailing) {
      int comma = flow.commas().get(kept);
      int end = flow.items().get(last).end();
      cuts.remove(comma, oneLine(comma, end) ? end : comma + 1);
    }
    for (int i = 0; i < wanted.size(); i++) {
      if (wanted.get(i).isPresent()) continue;
      Chunk chunk = chunk(i);
      if (chunk.wholeLines()) cuts.remove(chunk.from(), chunk.to());
      else cutInline(flow, i, cuts);
    }
  }

  private boolean oneLine(int from, int to) {
    return lines.lineOf(from) == lines.lineOf(to);
  }

  private void cutInline(Layout.Flow flow, int index, Cuts cuts) {
    Item item = flow.items().get(index);
    int comma = flow.commas().get(index);
    int from = item.start();
    int to = comma >= 0 ? comma + 1 : item.end();
    int behind = to;
    while (behind < text.length() && blank(text.charAt(behind))) behind++;
    boolean moreOnLine =
        index + 1 < flow.items().size() && flow.items().get(index + 1).start() == behind;
    if (moreOnLine) {
      to = behind;
    } else {
      while (from > flow.open() + 1 && blank(text.charAt(from - 1))) from--;
      // Its line keeps its indentation when something else still stands there.
      if (lines.blankBefore(item.start())) from = item.start();
    }
    cuts.remove(from, to);
  }

  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }

  /**
   * Puts an item behind another.
   *
   * @param after index of an item, -1 for the front
   * @param value what it means
   * @param written its text as it stood before, whole lines with a break; empty to write it anew
   */
  String insert(int after, String value, String written) {
    Cuts cuts = new Cuts(text);
    switch (layout) {
      case Layout.Block block -> {
        int at = after >= 0 ? chunk(after).to() : chunk(0).from();
        Quote like = block.items().get(Math.max(after, 0)).quote();
        int column = block.dashes().getFirst();
        String indent = text.substring(lines.start(lines.lineOf(column)), column);
        cuts.insert(
            at,
            asLines(written.isEmpty() ? "- " + Scalars.written(value, like) : written, indent, at));
      }
      case Layout.Flow flow -> insertFlow(flow, after, value, written, cuts);
    }
    return cuts.done();
  }

  private String asLines(String chunk, String indent, int at) {
    String lineBreak = lines.lineBreak();
    boolean openEnd = at == text.length() && at > 0 && !endsWithBreak();
    List<String> rows = new ArrayList<>();
    chunk.lines().forEach(row -> rows.add(indent + row.stripLeading()));
    String joined = String.join(lineBreak, rows);
    return openEnd ? lineBreak + joined : joined + lineBreak;
  }

  private void insertFlow(Layout.Flow flow, int after, String value, String written, Cuts cuts) {
    if (flow.items().isEmpty()) {
      boolean lineItem =
          written.stripLeading().startsWith("-") || written.stripLeading().startsWith("#");
      if (lineItem && blockMayStand(flow)) {
        String indent = written.substring(0, written.length() - written.stripLeading().length());
        int next = lines.next(lines.lineOf(flow.close()));
        cuts.remove(flow.anchor(), flow.close() + 1);
        cuts.insert(next, asLines(written, indent, next));
      } else {
        cuts.insert(flow.open() + 1, Scalars.written(value, Quote.DOUBLE));
      }
      return;
    }
    Item neighbour = flow.items().get(Math.max(after, 0));
    String scalar = Scalars.written(value, neighbour.quote());
    Chunk chunk = chunk(Math.max(after, 0));
    if (chunk.wholeLines()) {
      String indent =
          text.substring(lines.start(lines.lineOf(neighbour.start())), neighbour.start());
      int at = after < 0 ? chunk.from() : chunk.to();
      boolean first = after < 0;
      boolean open = !first && flow.commas().get(after) < 0;
      if (open) cuts.insert(neighbour.end(), ",");
      StringBuilder rows = new StringBuilder();
      written
          .lines()
          .filter(row -> row.stripLeading().startsWith("#"))
          .forEach(row -> rows.append(indent).append(row.strip()).append(lines.lineBreak()));
      rows.append(indent).append(scalar).append(open ? "" : ",").append(lines.lineBreak());
      cuts.insert(at, rows.toString());
    } else if (after < 0) {
      cuts.insert(neighbour.start(), scalar + ", ");
    } else {
      cuts.insert(neighbour.end(), ", " + scalar);
    }
  }

  /** `key: []` at the end of its line may become lines with dashes again. */
  private boolean blockMayStand(Layout.Flow flow) {
    return flow.anchor() > 0
        && flow.anchor() <= flow.open()
        && text.substring(flow.anchor(), flow.open()).isBlank()
        && lines.lineOf(flow.anchor()) == lines.lineOf(flow.close())
        && lines.nothingBehind(flow.close() + 1);
  }
}
