package io.fairlead.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Collects a record's declarations; closed when the definition has run, and read-only from then on.
 */
final class RecordDraft implements Fields {
  private final String record;
  private final List<Field<?>> members = new ArrayList<>();
  private final List<Field<?>> keyed = new ArrayList<>();
  private final Map<String, String> renamed = new LinkedHashMap<>();
  private final List<BiConsumer<Values, Checks>> checks = new ArrayList<>();
  private int drafts;
  private boolean closed;

  RecordDraft(String record) {
    this.record = record;
  }

  void close() {
    if (drafts != 0) throw new IllegalStateException(record + ": a key was not finished");
    for (Map.Entry<String, String> rename : renamed.entrySet()) {
      boolean known = keyed.stream().anyMatch(field -> field.key().equals(rename.getValue()));
      boolean free = keyed.stream().noneMatch(field -> field.key().equals(rename.getKey()));
      if (!known || !free) throw new IllegalStateException(record + ": renamed " + rename);
    }
    closed = true;
  }

  /** In order; a flattened part is one member. */
  List<Field<?>> members() {
    return members;
  }

  /** In order; a flattened part is its keys. */
  List<Field<?>> keyed() {
    return keyed;
  }

  /** Old key to new key. */
  Map<String, String> renamed() {
    return renamed;
  }

  List<BiConsumer<Values, Checks>> checks() {
    return checks;
  }

  private void open() {
    if (closed) throw new IllegalStateException(record + ": the definition is complete");
  }

  @Override
  public <T> FieldDraft<T> key(String key, ConfigType<T> type, String doc) {
    open();
    if (!key.matches("[a-z][a-z0-9_]*")) {
      throw new IllegalStateException(record + ": key `" + key + "` is not lower_snake_case");
    }
    if (doc.isBlank()) throw new IllegalStateException(record + "." + key + ": no words about it");
    drafts++;
    return new Draft<>(key, type, new Field.About(doc, Optional.empty(), Optional.empty(), ""));
  }

  private <V> Field<V> add(Field<V> field) {
    open();
    drafts--;
    claim(field);
    members.add(field);
    return field;
  }

  private void claim(Field<?> field) {
    if (keyed.stream().anyMatch(other -> other.key().equals(field.key()))) {
      throw new IllegalStateException(record + ": key `" + field.key() + "` is declared twice");
    }
    keyed.add(field);
  }

  @Override
  public <T> Field<T> flattened(RecordType<T> part) {
    open();
    part.fields().forEach(this::claim);
    renamed.putAll(part.renamed());
    Field<T> field =
        new Field<>(
            "",
            part,
            Field.Presence.DEFAULTED,
            new Field.About(part.doc(), part.reload(), Optional.empty(), ""),
            new Field.Source<>(
                at -> part.readFlattened(at.node(), at.context()),
                context -> Optional.empty(),
                null));
    members.add(field);
    return field;
  }

  @Override
  public void check(BiConsumer<Values, Checks> crossFieldCheck) {
    open();
    checks.add(crossFieldCheck);
  }

  @Override
  public void renamed(String oldKey, String newKey) {
    open();
    renamed.put(oldKey, newKey);
  }

  @Override
  public void exactlyOneOf(Field<?>... fields) {
    oneOf(List.of(fields), true);
  }

  @Override
  public void atMostOneOf(Field<?>... fields) {
    oneOf(List.of(fields), false);
  }

  private void oneOf(List<Field<?>> fields, boolean needed) {
    String names =
        fields.stream().map(field -> "`" + field.key() + "`").collect(Collectors.joining(", "));
    check(
        (values, report) -> {
          List<Field<?>> written =
              fields.stream()
                  .filter(values::written)
                  .collect(Collectors.toCollection(ArrayList::new));
          if (written.isEmpty() && needed) {
            report.errorAt(
                values.path(),
                Codes.EXCLUSIVE,
                "one of " + names + " is needed",
                "add one of them");
          }
          Stream<Field<?>> surplus = written.stream().skip(1);
          surplus.forEach(
              field ->
                  report.error(
                      field,
                      Codes.EXCLUSIVE,
                      "`" + field.key() + "` excludes `" + written.getFirst().key() + "`",
                      "keep one of " + names));
        });
  }

  /** Immutable; each refinement is a new draft. */
  private final class Draft<T> implements FieldDraft<T> {
    private final String key;
    private final ConfigType<T> type;
    private final Field.About about;

    Draft(String key, ConfigType<T> type, Field.About about) {
      this.key = key;
      this.type = type;
      this.about = about;
    }

    @Override
    public FieldDraft<T> reload(ReloadClass reload) {
      return new Draft<>(
          key,
          type,
          new Field.About(about.doc(), Optional.of(reload), about.example(), about.since()));
    }

    @Override
    public FieldDraft<T> example(String yaml) {
      return new Draft<>(
          key,
          type,
          new Field.About(about.doc(), about.reload(), Optional.of(yaml), about.since()));
    }

    @Override
    public FieldDraft<T> since(String version) {
      return new Draft<>(
          key, type, new Field.About(about.doc(), about.reload(), about.example(), version));
    }

    @Override
    public Field<T> required() {
      return finish(Field.Presence.REQUIRED, context -> Optional.empty(), null);
    }

    @Override
    public Field<T> orElse(T defaultValue) {
      return finish(
          Field.Presence.DEFAULTED,
          context -> Optional.of(type.absent(defaultValue, context)),
          type.print(defaultValue));
    }

    @Override
    public Field<T> orElse(T defaultValue, String asYaml) {
      Object tree = Objects.requireNonNull(Tree.ofYaml(asYaml), "the default's text is empty");
      return finish(
          Field.Presence.DEFAULTED, context -> Optional.of(new Parsed<>(defaultValue, tree)), tree);
    }

    private Field<T> finish(
        Field.Presence presence,
        Function<ReadContext, Optional<Parsed<T>>> absent,
        @Nullable Object defaultTree) {
      return add(
          new Field<>(
              key,
              type,
              presence,
              about,
              new Field.Source<>(at -> type.read(at.node(), at.context()), absent, defaultTree)));
    }

    @Override
    public Field<Optional<T>> optional() {
      return add(
          new Field<Optional<T>>(
              key,
              type,
              Field.Presence.OPTIONAL,
              about,
              new Field.Source<>(
                  at ->
                      type.read(at.node(), at.context())
                          .map(parsed -> new Parsed<>(Optional.of(parsed.value()), parsed.tree())),
                  context -> Optional.of(new Parsed<>(Optional.empty(), null)),
                  null)));
    }
  }
}
