package io.fairlead.app.convert;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A table whose keys are taken one by one; what nobody took gets a remark. Used by one thread. */
final class Keys {
  private final Foreign.Table table;
  private final Optional<Keys> around;
  private final Draft draft;
  private final Set<String> taken = new HashSet<>();

  Keys(Foreign.Table table, Optional<Keys> around, Draft draft) {
    this.table = table;
    this.around = around;
    this.draft = draft;
  }

  Place at() {
    return table.at();
  }

  Optional<Foreign> take(String key) {
    taken.add(key);
    return Optional.ofNullable(table.entries().get(key));
  }

  /** A key's text; a file that says it empty says nothing. */
  Optional<String> text(String key) {
    return take(key).flatMap(Foreign::text).filter(text -> !text.isEmpty());
  }

  /** The same, else what the tables around say. */
  Optional<String> inherited(String key) {
    Optional<String> own = text(key);
    return own.isPresent() ? own : around.flatMap(outer -> outer.inherited(key));
  }

  boolean flag(String key) {
    return text(key).filter("true"::equals).isPresent();
  }

  Optional<Keys> inner(String key) {
    return take(key)
        .filter(Foreign.Table.class::isInstance)
        .map(inner -> new Keys((Foreign.Table) inner, Optional.of(this), draft));
  }

  /** The tables of a list. */
  List<Keys> each(String key) {
    return take(key).stream()
        .filter(Foreign.Items.class::isInstance)
        .flatMap(items -> ((Foreign.Items) items).items().stream())
        .filter(Foreign.Table.class::isInstance)
        .map(item -> new Keys((Foreign.Table) item, Optional.of(this), draft))
        .toList();
  }

  /** Words of a list, or of a text with spaces between them. */
  List<String> words(String key) {
    return text(key).map(text -> List.of(text.strip().split("[\\s,]+", -1))).orElse(List.of());
  }

  /** Remarks on keys that have no counterpart, if the file has them. */
  void leaveOut(String why, String... keys) {
    for (String key : keys) {
      take(key)
          .filter(value -> !value.text().equals(Optional.of("")))
          .ifPresent(value -> draft.leftOut(value.at(), "`" + key + "`: " + why));
    }
  }

  /** Remarks on everything nobody took. */
  void rest() {
    table
        .entries()
        .forEach(
            (key, value) -> {
              if (!taken.contains(key)) draft.leftOut(value.at(), "`" + key + "`");
            });
  }
}
