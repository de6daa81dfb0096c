package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The one definition of a record of the configuration: its keys, their types, defaults and words,
 * and how a value is made of them. Everything else derives from it. Immutable.
 */
public final class RecordType<T> implements ConfigType<T> {
  private final String name;
  private final String doc;
  private final Optional<ReloadClass> reload;
  private final RecordDraft draft;
  private final Function<Values, T> build;
  private final Optional<T> defaults;

  private RecordType(
      String name,
      String doc,
      Optional<ReloadClass> reload,
      Function<Fields, Function<Values, T>> definition) {
    this.name = name;
    this.doc = doc;
    this.reload = reload;
    this.draft = new RecordDraft(name);
    this.build = definition.apply(draft);
    this.draft.close();
    this.defaults = read(nothing(Span.NOWHERE), ReadContext.nowhere()).map(Parsed::value);
  }

  /**
   * Declares a record. The definition runs once, at once.
   *
   * @param name of the record in the schema, e.g. {@code Listener}
   * @param doc what the record is
   * @throws IllegalStateException the definition contradicts itself
   */
  public static <T> RecordType<T> define(
      String name, String doc, Function<Fields, Function<Values, T>> definition) {
    return new RecordType<>(name, doc, Optional.empty(), definition);
  }

  /** The same, and what a change of anything in it takes unless a key says otherwise. */
  public static <T> RecordType<T> define(
      String name,
      String doc,
      ReloadClass reload,
      Function<Fields, Function<Values, T>> definition) {
    return new RecordType<>(name, doc, Optional.of(reload), definition);
  }

  /**
   * The record with nothing written.
   *
   * @throws IllegalStateException a key is required
   */
  public T defaults() {
    return defaults.orElseThrow(
        () -> new IllegalStateException(name + " has no defaults: a key is required"));
  }

  public String name() {
    return name;
  }

  public String doc() {
    return doc;
  }

  public Optional<ReloadClass> reload() {
    return reload;
  }

  /** The keys in order, those of flattened parts included. */
  public List<Field<?>> fields() {
    return draft.keyed();
  }

  /** The key of that name. */
  public Optional<Field<?>> field(String key) {
    for (Field<?> field : draft.keyed()) {
      if (field.key().equals(key)) return Optional.of(field);
    }
    return Optional.empty();
  }

  private static Mapping nothing(Span span) {
    return new Mapping(List.of(), span);
  }

  @Override
  public Optional<Parsed<T>> read(Node node, ReadContext context) {
    return switch (node) {
      case Mapping mapping -> readMapping(mapping, context, Set.of());
      // A key whose content is all commented out.
      case Scalar scalar when scalar.isNull() ->
          readMapping(nothing(scalar.span()), context, Set.of());
      default -> {
        context.error(
            node,
            Codes.WRONG_TYPE,
            "expected a mapping (" + Literals.shorten(doc) + "), found " + node.kind(),
            "its keys: " + String.join(", ", keys()));
        yield Optional.empty();
      }
    };
  }

  /** Reads a mapping that may also hold {@code others}, which somebody else reads. */
  Optional<Parsed<T>> readMapping(Mapping mapping, ReadContext context, Set<String> others) {
    UnknownKeys.report(this, draft.renamed(), mapping, context, others);
    return readKeys(mapping, context);
  }

  private Optional<Parsed<T>> readKeys(Mapping mapping, ReadContext context) {
    RecordValues values = new RecordValues(context);
    Map<String, Object> tree = new LinkedHashMap<>();
    boolean whole = true;
    for (Field<?> field : draft.members()) {
      whole &= readField(field, mapping, context, values, tree);
    }
    if (!whole) return Optional.empty();
    ProblemList found = new ProblemList();
    RecordValues checked = values.reportingTo(context.trial(found));
    draft.checks().forEach(check -> check.accept(checked, checked));
    context.problems().addAll(found);
    if (found.hasErrors()) return Optional.empty();
    try {
      return Optional.of(new Parsed<>(build.apply(values), Collections.unmodifiableMap(tree)));
    } catch (IllegalArgumentException refused) {
      String reason = refused.getMessage();
      context.note(
          Severity.ERROR,
          context.owner(),
          context.path(),
          Codes.UNFIT,
          "values do not fit together" + in(context),
          reason == null || tainted(mapping) ? "" : Literals.shorten(reason),
          List.of());
      return Optional.empty();
    }
  }

  private <V> boolean readField(
      Field<V> field,
      Mapping mapping,
      ReadContext context,
      RecordValues values,
      Map<String, Object> tree) {
    Optional<Parsed<V>> read;
    if (field.key().isEmpty()) {
      read = field.source().read().apply(new Field.NodeAt(mapping, context));
      read.ifPresent(
          parsed -> {
            if (parsed.tree() instanceof Map<?, ?> part) {
              part.forEach((key, value) -> tree.put((String) key, value));
            }
          });
    } else {
      Optional<Entry> entry = mapping.entry(field.key()).or(() -> underOldName(field, mapping));
      read =
          entry.isPresent()
              ? field
                  .source()
                  .read()
                  .apply(
                      new Field.NodeAt(
                          entry.get().value(),
                          context.child(field.key(), entry.get().key().span())))
              : field.source().absent().apply(context.child(field.key(), context.owner()));
      entry.ifPresent(written -> values.writtenAt(field, written.value().span()));
      if (read.isEmpty() && entry.isEmpty()) missing(field, mapping, context);
      read.ifPresent(
          parsed -> {
            Object printed = parsed.tree();
            if (printed != null) tree.put(field.key(), printed);
          });
    }
    read.ifPresent(parsed -> values.put(field, parsed.value()));
    return read.isPresent();
  }

  private Optional<Entry> underOldName(Field<?> field, Mapping mapping) {
    return draft.renamed().entrySet().stream()
        .filter(rename -> rename.getValue().equals(field.key()))
        .flatMap(rename -> mapping.entry(rename.getKey()).stream())
        .findFirst();
  }

  private static void missing(Field<?> field, Mapping mapping, ReadContext context) {
    if (field.presence() != Field.Presence.REQUIRED) return;
    context.note(
        Severity.ERROR,
        context.segments().isEmpty() ? mapping.span() : context.owner(),
        context.path(),
        Codes.REQUIRED,
        "`" + field.key() + "` is missing" + in(context),
        "add `" + field.key() + ": …`, " + field.type().describe(),
        List.of());
  }

  static String in(ReadContext context) {
    return context.segments().isEmpty() ? " at the top level" : " in " + context.dotted();
  }

  private static boolean tainted(Node node) {
    return switch (node) {
      case Scalar scalar -> scalar.tainted();
      case Mapping mapping -> mapping.entries().stream().anyMatch(entry -> tainted(entry.value()));
      case Node.Sequence sequence -> sequence.items().stream().anyMatch(RecordType::tainted);
    };
  }

  /** For a part whose keys stand in the record around it. */
  Optional<Parsed<T>> readFlattened(Node node, ReadContext context) {
    return node instanceof Mapping mapping ? readKeys(mapping, context) : Optional.empty();
  }

  Map<String, String> renamed() {
    return draft.renamed();
  }

  List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (Field<?> field : draft.keyed()) keys.add(field.key());
    return keys;
  }

  @Override
  public Parsed<T> absent(T defaultValue, ReadContext context) {
    if (defaults.isPresent() && defaults.get().equals(defaultValue)) {
      // Read anew, so that what depends on the place (paths) is right.
      Optional<Parsed<T>> read = readMapping(nothing(context.owner()), context, Set.of());
      if (read.isPresent()) return read.get();
    }
    return new Parsed<>(defaultValue, print(defaultValue));
  }

  @Override
  public Shape shape() {
    return new Shape.Keys(this);
  }

  @Override
  public String describe() {
    return "a mapping with the keys " + String.join(", ", keys());
  }

  @Override
  public Object print(T value) {
    if (defaults.isPresent() && defaults.get().equals(value)) {
      Object tree =
          read(nothing(Span.NOWHERE), ReadContext.nowhere()).map(Parsed::tree).orElse(null);
      if (tree != null) return tree;
    }
    throw new IllegalStateException(
        name + ": only defaults() prints by itself; give another default's text");
  }

  @Override
  public String toString() {
    return name;
  }
}
