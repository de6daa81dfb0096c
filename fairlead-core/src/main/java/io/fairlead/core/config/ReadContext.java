package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where in the document a value is being read, and where its problems go. Belongs to one reading:
 * not thread-safe.
 */
public final class ReadContext {
  /** What all contexts of one reading share. */
  record Shared(
      Mapping root,
      Optional<RecordType<?>> rootType,
      Map<String, Path> baseDirs,
      Path baseDir,
      Map<String, Set<String>> idsBySection,
      List<Span> secrets,
      ProblemList problems) {}

  private final Shared shared;
  private final List<String> segments;
  private final Span owner;

  private ReadContext(Shared shared, List<String> segments, Span owner) {
    this.shared = shared;
    this.segments = segments;
    this.owner = owner;
  }

  static ReadContext root(Shared shared) {
    return new ReadContext(shared, List.of(), shared.root().span());
  }

  /** For values nobody wrote: defaults, examples. */
  static ReadContext nowhere() {
    Mapping empty = new Mapping(List.of(), Span.NOWHERE);
    return root(
        new Shared(
            empty,
            Optional.empty(),
            Map.of(),
            Path.of(""),
            new HashMap<>(),
            new ArrayList<>(),
            new ProblemList()));
  }

  /**
   * One level down.
   *
   * @param owner where the thing below is named: its key, or the list item itself
   */
  ReadContext child(String segment, Span owner) {
    List<String> below = new ArrayList<>(segments.size() + 1);
    below.addAll(segments);
    below.add(segment);
    return new ReadContext(shared, List.copyOf(below), owner);
  }

  /** The same place, but problems go to {@code elsewhere}: for trying a form out. */
  ReadContext trial(ProblemList elsewhere) {
    return new ReadContext(
        new Shared(
            shared.root(),
            shared.rootType(),
            shared.baseDirs(),
            shared.baseDir(),
            shared.idsBySection(),
            shared.secrets(),
            elsewhere),
        segments,
        owner);
  }

  /** The path as a JSON pointer (RFC 6901); empty for the root. */
  public String path() {
    return KeyPath.pointer(segments);
  }

  /** The path as operators write it: {@code upstreams.app}; empty for the root. */
  public String dotted() {
    return String.join(".", segments);
  }

  /** The last segment: the id of a named object, a key, or a list index; empty for the root. */
  public String id() {
    return segments.isEmpty() ? "" : segments.getLast();
  }

  List<String> segments() {
    return segments;
  }

  Span owner() {
    return owner;
  }

  ProblemList problems() {
    return shared.problems();
  }

  Optional<RecordType<?>> rootType() {
    return shared.rootType();
  }

  Mapping root() {
    return shared.root();
  }

  /** Notes an error at {@code node}; {@code message} must not contain a secret. */
  public void error(Node node, Code code, String message, String hint, String... notes) {
    note(Severity.ERROR, node.span(), path(), code, message, hint, List.of(notes));
  }

  /** Notes advice at {@code node}; {@code message} must not contain a secret. */
  public void warn(Node node, Code code, String message, String hint) {
    note(Severity.WARNING, node.span(), path(), code, message, hint, List.of());
  }

  void note(
      Severity severity,
      Span at,
      String path,
      Code code,
      String message,
      String hint,
      List<String> notes) {
    shared.problems().add(new Problem(severity, code.id(), path, at.place(), message, hint, notes));
  }

  /** Whether an error was noted exactly there. */
  boolean failedAt(Node node) {
    return shared.problems().failedAt(node.span().place());
  }

  /** Keeps the text of every scalar in {@code node} out of source lines shown with problems. */
  void hide(Node node) {
    switch (node) {
      case Scalar scalar -> shared.secrets().add(scalar.span());
      case Mapping mapping -> mapping.entries().forEach(entry -> hide(entry.value()));
      case Sequence sequence -> sequence.items().forEach(this::hide);
    }
  }

  /** What a relative path in {@code node} is relative to: the folder of the file that names it. */
  Path baseDirOf(Node node) {
    return shared.baseDirs().getOrDefault(node.span().place().file(), shared.baseDir());
  }

  /** What a relative path nobody wrote is relative to: the folder of the main file. */
  Path baseDir() {
    return shared.baseDir();
  }

  /**
   * The ids of the objects under a section given as {@code upstreams} or {@code pubsub.chains}:
   * keys of a mapping, {@code name} or {@code id} of list items.
   */
  Set<String> idsUnder(String section) {
    // Once per section: a thousand references to a thousand objects must not cost a million steps.
    return shared.idsBySection().computeIfAbsent(section, this::collectIds);
  }

  private Set<String> collectIds(String section) {
    Node at = shared.root();
    for (String key : section.split("\\.", -1)) {
      if (!(at instanceof Mapping mapping)) return Set.of();
      Optional<Entry> entry = mapping.entry(key);
      if (entry.isEmpty()) return Set.of();
      at = entry.get().value();
    }
    return switch (at) {
      case Mapping mapping ->
          mapping.entries().stream()
              .map(entry -> entry.key().text())
              .filter(key -> !key.startsWith("x-"))
              .collect(Collectors.toCollection(LinkedHashSet::new));
      case Sequence sequence ->
          sequence.items().stream()
              .flatMap(
                  item ->
                      item instanceof Mapping m
                          ? name(m).stream()
                          : Optional.<String>empty().stream())
              .collect(Collectors.toCollection(LinkedHashSet::new));
      case Scalar _ -> Set.of();
    };
  }

  /** Whether the definition has named objects under that key of the root. */
  boolean namesObjects(String section) {
    return shared
        .rootType()
        .flatMap(type -> type.field(section))
        .map(field -> field.type().shape() instanceof Shape.Named)
        .orElse(false);
  }

  private static Optional<String> name(Mapping item) {
    return item.entry("name")
        .or(() -> item.entry("id"))
        .flatMap(
            entry ->
                entry.value() instanceof Scalar scalar
                    ? Optional.of(scalar.text())
                    : Optional.empty());
  }
}
