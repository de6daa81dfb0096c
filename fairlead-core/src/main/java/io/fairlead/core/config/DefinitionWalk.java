package io.fairlead.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Visits a definition. {@code *} in a path stands for any id, {@code []} for any list item. */
final class DefinitionWalk {
  private DefinitionWalk() {}

  /**
   * Every key, parents first, with the path of the record it is in. A record inside itself is not
   * entered again.
   */
  static void each(RecordType<?> root, BiConsumer<List<String>, Field<?>> visitor) {
    record(root, List.of(), List.of(), visitor);
  }

  private static void record(
      RecordType<?> record,
      List<String> path,
      List<RecordType<?>> around,
      BiConsumer<List<String>, Field<?>> visitor) {
    if (around.contains(record)) return;
    List<RecordType<?>> inside = new ArrayList<>(around);
    inside.add(record);
    for (Field<?> field : record.fields()) {
      visitor.accept(path, field);
      type(field.type(), plus(path, field.key()), inside, visitor);
    }
  }

  private static void type(
      ConfigType<?> type,
      List<String> path,
      List<RecordType<?>> around,
      BiConsumer<List<String>, Field<?>> visitor) {
    switch (type.shape()) {
      case Shape.Scalar _ -> {}
      case Shape.Items items -> type(items.element(), plus(path, "[]"), around, visitor);
      case Shape.Named named -> type(named.element(), plus(path, "*"), around, visitor);
      case Shape.Keys(RecordType<?> below) -> record(below, path, around, visitor);
      case Shape.Variants variants ->
          variants.byName().values().forEach(below -> record(below, path, around, visitor));
      case Shape.Alternatives alternatives ->
          alternatives.types().forEach(form -> type(form, path, around, visitor));
    }
  }

  /** Every record below the root, parents first, with the path it stands at. */
  static void records(RecordType<?> root, BiConsumer<List<String>, RecordType<?>> visitor) {
    each(root, (path, field) -> recordsOf(field.type(), plus(path, field.key()), visitor));
  }

  private static void recordsOf(
      ConfigType<?> type, List<String> path, BiConsumer<List<String>, RecordType<?>> visitor) {
    switch (type.shape()) {
      case Shape.Scalar _ -> {}
      case Shape.Items items -> recordsOf(items.element(), plus(path, "[]"), visitor);
      case Shape.Named named -> recordsOf(named.element(), plus(path, "*"), visitor);
      case Shape.Keys(RecordType<?> record) -> visitor.accept(path, record);
      case Shape.Variants variants ->
          variants.byName().values().forEach(record -> visitor.accept(path, record));
      case Shape.Alternatives alternatives ->
          alternatives.types().forEach(form -> recordsOf(form, path, visitor));
    }
  }

  static List<String> plus(List<String> path, String segment) {
    List<String> longer = new ArrayList<>(path);
    longer.add(segment);
    return List.copyOf(longer);
  }

  /** The types that may stand at a path of real keys, ids and indexes; empty when none may. */
  static List<ConfigType<?>> find(ConfigType<?> from, List<String> segments) {
    List<ConfigType<?>> here = forms(from);
    for (String segment : segments) here = below(here, segment);
    return here;
  }

  /** One step of {@link #find}. */
  static List<ConfigType<?>> below(List<ConfigType<?>> types, String segment) {
    List<ConfigType<?>> below = new ArrayList<>();
    for (ConfigType<?> type : types) below.addAll(step(type, segment));
    return below;
  }

  private static List<ConfigType<?>> step(ConfigType<?> type, String segment) {
    return switch (type.shape()) {
      case Shape.Keys(RecordType<?> record) ->
          record.field(segment).map(field -> forms(field.type())).orElse(List.of());
      case Shape.Items items ->
          segment.isEmpty() || segment.equals("*") || segment.matches("\\[]|[0-9]{1,6}")
              ? forms(items.element())
              : List.of();
      case Shape.Named named -> forms(named.element());
      case Shape.Scalar _ -> List.of();
      case Shape.Variants _ -> List.of();
      case Shape.Alternatives _ -> List.of();
    };
  }

  /** The type itself, or each form it may take. */
  static List<ConfigType<?>> forms(ConfigType<?> type) {
    return switch (type.shape()) {
      case Shape.Variants variants -> {
        List<ConfigType<?>> forms = new ArrayList<>(variants.byName().values());
        forms.add(teller(variants));
        yield forms;
      }
      case Shape.Alternatives alternatives -> {
        List<ConfigType<?>> forms = new ArrayList<>();
        alternatives.types().forEach(form -> forms.addAll(forms(form)));
        yield forms;
      }
      case Shape.Items items when items.orSingle() -> {
        List<ConfigType<?>> forms = new ArrayList<>(List.of(type));
        forms.addAll(forms(items.element()));
        yield forms;
      }
      case Shape.Items _ -> List.of(type);
      case Shape.Named _ -> List.of(type);
      case Shape.Keys(RecordType<?> record) -> List.of(record);
      case Shape.Scalar _ -> List.of(type);
    };
  }

  /** The key that tells variants apart, as a record of its own. */
  private static RecordType<?> teller(Shape.Variants variants) {
    List<String> words = List.copyOf(variants.byName().keySet());
    return RecordType.define(
        variants.key(),
        "Which kind it is.",
        fields -> {
          Field<String> kind =
              fields
                  .key(
                      variants.key(),
                      Types.literal(
                          Codes.NOT_A_CHOICE,
                          "one of: " + String.join(", ", words),
                          Tree.map("enum", words),
                          text -> Optional.of(text).filter(words::contains),
                          text -> text),
                      "Which kind it is; the other keys depend on it.")
                  .required();
          return values -> values.get(kind);
        });
  }
}
