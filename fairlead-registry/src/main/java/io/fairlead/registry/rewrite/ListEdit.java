package io.fairlead.registry.rewrite;

import io.fairlead.registry.rewrite.ListMemory.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One list of strings in one YAML or TOML text, ready to be edited.
 *
 * <p>The edit works on the <em>whole</em> list: the text with everything that an earlier edit took
 * out put back in. From there the unwanted items are cut, so a returning item has its own lines,
 * comments and place. Where the operator has changed the list meanwhile, items that return stand
 * behind the nearest of their old neighbours.
 *
 * <p>Rules of the cut: a comment on lines directly above an item goes with it; an emptied block
 * list becomes {@code []}; line breaks, quotes, indentation and the end of the text stay as they
 * are.
 *
 * <p>Immutable; does no I/O.
 */
public final class ListEdit {
  private final String text;
  private final TextFormat format;
  private final Pointer pointer;
  private final Located now;
  private final String whole;
  private final Located all;
  private final List<Entry> entries;

  private ListEdit(
      String text,
      TextFormat format,
      Pointer pointer,
      Located now,
      String whole,
      Located all,
      List<Entry> entries) {
    this.text = text;
    this.format = format;
    this.pointer = pointer;
    this.now = now;
    this.whole = whole;
    this.all = all;
    this.entries = List.copyOf(entries);
  }

  /**
   * Finds the list.
   *
   * @param pointer JSON Pointer (RFC 6901) to a list of strings; empty for the top level
   * @param memories of the last edits, the newest first; one that fits the text counts, else the
   *     newest is fitted in; none for a text that was never edited
   * @throws UneditableException it is not there, is not a list of strings, or uses anchors,
   *     aliases, tags or merges
   * @throws IllegalArgumentException {@code pointer} is not one
   */
  public static ListEdit open(
      String text, TextFormat format, String pointer, ListMemory... memories)
      throws UneditableException {
    Pointer path = Pointer.parse(pointer);
    Located now = Located.in(text, format, path);
    for (ListMemory memory : memories) {
      Optional<ListEdit> exact =
          memory.empty() ? Optional.empty() : rejoin(text, format, path, now, memory);
      if (exact.isPresent()) return exact.get();
    }
    return memories.length == 0 || memories[0].empty()
        ? new ListEdit(text, format, path, now, text, now, entriesOf(text, now.layout()))
        : refill(text, format, path, now, memories[0]);
  }

  /** The values in the file, in order. */
  public List<String> values() {
    return now.layout().values();
  }

  /** Every item, those taken out earlier included, in the order of the whole list. */
  public List<Entry> entries() {
    return entries;
  }

  /**
   * A new text and what has to be remembered for the next edit.
   *
   * @param text equal to the old one when nothing changed
   */
  public record Result(String text, ListMemory memory) {}

  /**
   * Makes the list hold these.
   *
   * @param wanted one for each of {@link #entries}: its value in the file, empty to take it out
   * @param added new items for the end of the list
   * @throws UneditableException the new text would not mean exactly that
   */
  public Result apply(List<Optional<String>> wanted, List<String> added)
      throws UneditableException {
    if (wanted.size() != entries.size()) {
      throw new IllegalArgumentException(
          "wanted: " + wanted.size() + " (expected: " + entries.size() + ", one for each entry)");
    }
    String full = whole;
    Located list = all;
    List<Optional<String>> fates = new ArrayList<>(wanted);
    for (String value : added) {
      int last = list.layout().items().size() - 1;
      full = new Splice(full, list.layout()).insert(last, value, "");
      list = Located.in(full, format, pointer);
      fates.add(Optional.of(value));
    }
    if (list.layout().items().size() != fates.size()) throw unexpected();
    String edited = new Splice(full, list.layout()).apply(fates);
    List<String> intended = fates.stream().flatMap(Optional::stream).toList();
    Located result = Located.in(edited, format, pointer);
    if (!result.layout().values().equals(intended) || !result.rest().equals(now.rest())) {
      throw unexpected();
    }
    ListMemory memory = memory(full, list.layout(), edited, fates);
    // A list that says it already stays as the operator wrote it.
    return new Result(intended.equals(values()) ? text : edited, memory);
  }

  private UneditableException unexpected() {
    return UneditableException.at(
        text, now.layout().anchor(), "the edited text would not mean what it should");
  }

  private static ListMemory memory(
      String full, Layout layout, String edited, List<Optional<String>> fates) {
    List<Entry> kept = new ArrayList<>();
    Splice splice = new Splice(full, layout);
    for (int i = 0; i < fates.size(); i++) {
      Splice.Chunk chunk = splice.chunk(i);
      kept.add(
          new Entry(
              layout.items().get(i).value(),
              fates.get(i),
              full.substring(chunk.from(), chunk.to())));
    }
    int from = layout.anchor();
    int behind = full.length() - splice.end();
    int end = edited.length() - behind;
    ListMemory memory =
        new ListMemory(
            full.substring(from, splice.end()),
            end >= from ? edited.substring(from, end) : "",
            kept);
    return memory.empty() ? ListMemory.none() : memory;
  }

  private static List<Entry> entriesOf(String text, Layout layout) {
    Splice splice = new Splice(text, layout);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < layout.items().size(); i++) {
      String value = layout.items().get(i).value();
      Splice.Chunk chunk = splice.chunk(i);
      entries.add(new Entry(value, Optional.of(value), text.substring(chunk.from(), chunk.to())));
    }
    return entries;
  }

  /** The list's text is as the last edit left it: what was cut goes back to the very same place. */
  private static Optional<ListEdit> rejoin(
      String text, TextFormat format, Pointer path, Located now, ListMemory memory) {
    int anchor = now.layout().anchor();
    if (!text.startsWith(memory.written(), anchor)) return Optional.empty();
    String whole =
        text.substring(0, anchor)
            + memory.region()
            + text.substring(anchor + memory.written().length());
    try {
      Located all = Located.in(whole, format, path);
      List<String> originals = memory.items().stream().map(Entry::original).toList();
      List<String> left = memory.items().stream().flatMap(e -> e.now().stream()).toList();
      boolean fits =
          all.layout().values().equals(originals)
              && all.rest().equals(now.rest())
              && now.layout().values().equals(left);
      return fits
          ? Optional.of(new ListEdit(text, format, path, now, whole, all, memory.items()))
          : Optional.empty();
    } catch (UneditableException changedMeanwhile) {
      return Optional.empty();
    }
  }

  /** The operator changed the list: each missing item goes behind its nearest old neighbour. */
  private static ListEdit refill(
      String text, TextFormat format, Pointer path, Located now, ListMemory memory)
      throws UneditableException {
    List<Entry> entries = new ArrayList<>(entriesOf(text, now.layout()));
    String whole = text;
    Located all = now;
    for (int i = 0; i < memory.items().size(); i++) {
      Entry gone = memory.items().get(i);
      if (gone.whole() || indexOf(entries, gone.original()) >= 0) continue;
      if (gone.now().isPresent()) {
        int at = indexOf(entries, gone.now().get());
        if (at < 0) continue;
        List<Optional<String>> fates = new ArrayList<>();
        all.layout().values().forEach(value -> fates.add(Optional.of(value)));
        fates.set(at, Optional.of(gone.original()));
        whole = new Splice(whole, all.layout()).apply(fates);
        entries.set(at, gone);
      } else {
        int after = -1;
        for (int before = i - 1; before >= 0 && after < 0; before--) {
          after = indexOf(entries, memory.items().get(before).original());
        }
        whole = new Splice(whole, all.layout()).insert(after, gone.original(), gone.text());
        entries.add(after + 1, gone);
      }
      all = Located.in(whole, format, path);
    }
    List<String> originals = entries.stream().map(Entry::original).toList();
    if (!all.layout().values().equals(originals) || !all.rest().equals(now.rest())) {
      // What was taken out does not fit any more; the file as it is counts.
      return new ListEdit(text, format, path, now, text, now, entriesOf(text, now.layout()));
    }
    return new ListEdit(text, format, path, now, whole, all, entries);
  }

  private static int indexOf(List<Entry> entries, String original) {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).original().equals(original)) return i;
    }
    return -1;
  }
}
