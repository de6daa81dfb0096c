package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes the text of a configuration and keeps every other byte of it: a value is cut out and
 * another put in its place, or a line is put in. What comes out is parsed again and must be exactly
 * the tree that was wanted; otherwise nothing is returned. Stateless; any thread.
 */
public final class ConfigSplice {
  private static final String HIDDEN = "***";

  private ConfigSplice() {}

  /** The text cannot be changed in that way; the message says why. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /**
   * Sets the value at a path.
   *
   * @param path dotted or a JSON pointer; items of a list by index, {@code id} or {@code name}
   * @param value one line of YAML: a scalar, {@code [a list]} or {@code {a: mapping}}
   * @throws Refused the place has a form that cannot be changed in a line, or one of the two texts
   *     is not YAML
   */
  public static String set(String text, String path, String value) throws Refused {
    List<String> segments = KeyPath.parse(path);
    if (segments.isEmpty()) throw new Refused("the path is empty");
    if (value.contains("\n")) throw new Refused("the value must be one line");
    Object wantedValue = fragment(value);
    Node root = parse(text).orElseGet(() -> new Mapping(List.of(), Span.NOWHERE));
    String changed = splice(text, root, segments, value.strip());
    Object before = Optional.ofNullable(Tree.of(literal(root))).orElse(Map.of());
    Object wanted = with(before, root, segments, wantedValue);
    Object got = parse(changed).map(node -> Tree.of(literal(node))).orElse(Map.of());
    if (!wanted.equals(got)) {
      throw new Refused("the text around " + path + " has a form that cannot be changed safely");
    }
    return changed;
  }

  /**
   * The text an operator edited after secrets were hidden from it, with the secrets back where
   * {@code "***"} still stands for them.
   */
  public static String restored(ConfigDocument edited, String editedFile, ConfigDocument known) {
    List<Scalar> hidden = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    collectHidden(edited.root(), known.root(), known, hidden, texts);
    String text = edited.text(editedFile);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < hidden.size(); i++) order.add(i);
    order.sort(Comparator.comparing((Integer i) -> hidden.get(i).span().start()).reversed());
    for (int i : order) {
      Span span = hidden.get(i).span();
      if (span.place().file().equals(editedFile)) text = replace(text, span, texts.get(i));
    }
    return text;
  }

  static String redacted(String text, String file, List<Span> secrets) {
    List<Span> here =
        secrets.stream()
            .filter(span -> span.place().file().equals(file))
            .sorted(Comparator.comparing(Span::start).reversed())
            .toList();
    String result = text;
    int limit = Integer.MAX_VALUE;
    for (Span span : here) {
      if (span.end() > limit) continue; // within, or overlapping, one already replaced
      result = replace(result, span, '"' + HIDDEN + '"');
      limit = span.start();
    }
    return result;
  }

  private static void collectHidden(
      Node edited,
      Node known,
      ConfigDocument knownDocument,
      List<Scalar> hidden,
      List<String> texts) {
    switch (edited) {
      case Scalar scalar when scalar.written().equals(HIDDEN) && known instanceof Scalar secret -> {
        boolean was = knownDocument.secrets().stream().anyMatch(span -> span.equals(secret.span()));
        if (!was) return;
        hidden.add(scalar);
        String file = secret.span().place().file();
        texts.add(cut(knownDocument.text(file), secret.span()));
      }
      case Scalar _ -> {}
      case Mapping mapping -> {
        for (Entry entry : mapping.entries()) {
          NodeWalk.find(known, List.of(entry.key().text()))
              .ifPresent(
                  other -> collectHidden(entry.value(), other, knownDocument, hidden, texts));
        }
      }
      case Sequence sequence -> {
        for (int i = 0; i < sequence.items().size(); i++) {
          Node item = sequence.items().get(i);
          NodeWalk.find(known, List.of(Integer.toString(i)))
              .ifPresent(other -> collectHidden(item, other, knownDocument, hidden, texts));
        }
      }
    }
  }

  private static String splice(String text, Node root, List<String> segments, String value)
      throws Refused {
    Node at = root;
    for (int depth = 0; depth < segments.size(); depth++) {
      Optional<Node> below = NodeWalk.find(at, List.of(segments.get(depth)));
      if (below.isEmpty()) return insert(text, at, segments.subList(depth, segments.size()), value);
      at = below.get();
    }
    return switch (at) {
      case Scalar scalar when scalar.written().isEmpty() && scalar.isNull() ->
          afterKey(text, root, segments, value);
      case Scalar scalar -> replace(text, scalar.span(), value);
      case Mapping mapping when flow(text, mapping.span()) -> replace(text, mapping.span(), value);
      case Sequence list when flow(text, list.span()) -> replace(text, list.span(), value);
      case Mapping _, Sequence _ ->
          throw new Refused("the value spans several lines: set a single value below it");
    };
  }

  /** {@code key:} without a value. */
  private static String afterKey(String text, Node root, List<String> segments, String value)
      throws Refused {
    Node parent = NodeWalk.find(root, segments.subList(0, segments.size() - 1)).orElseThrow();
    if (!(parent instanceof Mapping mapping)) throw new Refused("an empty item of a list");
    Span key = mapping.entry(segments.getLast()).orElseThrow().key().span();
    int colon = text.indexOf(':', text.offsetByCodePoints(start(text), key.end()));
    return text.substring(0, colon + 1) + " " + value + text.substring(colon + 1);
  }

  private static String insert(String text, Node parent, List<String> missing, String value)
      throws Refused {
    if (parent instanceof Mapping mapping) {
      if (mapping.entries().isEmpty()) {
        if (!flow(text, mapping.span())) {
          String line = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
          return text + line + block(missing, value, 0);
        }
        return replace(text, mapping.span(), "{ " + inline(missing, value) + " }");
      }
      Span first = mapping.entries().getFirst().key().span();
      int keyAt = text.offsetByCodePoints(start(text), first.start());
      if (flow(text, mapping.span())) {
        return text.substring(0, keyAt) + inline(missing, value) + ", " + text.substring(keyAt);
      }
      int lineAt = text.lastIndexOf('\n', keyAt - 1) + 1;
      int indent = first.place().column() - 1;
      if (text.substring(lineAt, keyAt).isBlank()) {
        // Behind the first line when that holds a whole value, so that `version: 1` stays first.
        int lineEnd = lineEnd(text, lineAt);
        boolean whole =
            mapping.entries().getFirst().value() instanceof Scalar scalar
                && !scalar.written().isEmpty()
                && text.offsetByCodePoints(start(text), scalar.span().end()) <= lineEnd
                && lineEnd < text.length();
        int at = whole ? lineEnd + 1 : lineAt;
        return text.substring(0, at) + block(missing, value, indent) + text.substring(at);
      }
      int lineEnd = lineEnd(text, lineAt);
      boolean whole =
          mapping.entries().getFirst().value() instanceof Scalar scalar
              && text.offsetByCodePoints(start(text), scalar.span().end()) <= lineEnd;
      if (!whole) throw new Refused("no place for a new line was found");
      String before = text.substring(0, lineEnd);
      String after = lineEnd < text.length() ? text.substring(lineEnd + 1) : "";
      return before + "\n" + block(missing, value, indent) + after;
    }
    throw new Refused("there is no " + KeyPath.pointer(missing) + " to set");
  }

  private static String block(List<String> keys, String value, int indent) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < keys.size(); i++) {
      lines.repeat(' ', indent + 2 * i).append(key(keys.get(i))).append(':');
      lines.append(i == keys.size() - 1 ? " " + value + "\n" : "\n");
    }
    return lines.toString();
  }

  private static String inline(List<String> keys, String value) {
    StringBuilder text = new StringBuilder(key(keys.getFirst())).append(": ");
    for (String below : keys.subList(1, keys.size())) {
      text.append("{ ").append(key(below)).append(": ");
    }
    return text.append(value).append(" }".repeat(keys.size() - 1)).toString();
  }

  private static String key(String key) {
    return key.matches("[a-zA-Z_][a-zA-Z0-9_-]*") ? key : JsonText.quoted(key);
  }

  private static boolean flow(String text, Span span) {
    int at = text.offsetByCodePoints(start(text), span.start());
    return span != Span.NOWHERE
        && at < text.length()
        && (text.charAt(at) == '{' || text.charAt(at) == '[');
  }

  private static String replace(String text, Span span, String with) {
    int from = text.offsetByCodePoints(start(text), span.start());
    int to = text.offsetByCodePoints(from, span.end() - span.start());
    return text.substring(0, from) + with + text.substring(to);
  }

  private static String cut(String text, Span span) {
    int from = text.offsetByCodePoints(start(text), span.start());
    return text.substring(from, text.offsetByCodePoints(from, span.end() - span.start()));
  }

  private static int lineEnd(String text, int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end;
  }

  /** Spans do not count a byte order mark. */
  private static int start(String text) {
    return text.startsWith("\uFEFF") ? 1 : 0;
  }

  private static Optional<Node> parse(String text) throws Refused {
    ProblemList problems = new ProblemList();
    Environment nothing = new Unsubstituted();
    Optional<Node> node =
        YamlText.parse(new ConfigSource("<text>", text, Path.of("")), nothing, problems);
    List<Problem> found =
        problems.sorted("<text>").stream()
            .filter(problem -> !SUBSTITUTIONS.contains(problem.code()))
            .toList();
    if (!found.isEmpty()) throw new Refused(found.getFirst().message());
    return node;
  }

  /** Substitutions are not resolved here, so their failing says nothing about the text. */
  private static final List<String> SUBSTITUTIONS =
      List.of(
          Codes.SUBSTITUTION.id(),
          Codes.NO_VARIABLE.id(),
          Codes.NO_FILE.id(),
          Codes.OPEN_FILE.id());

  private static Object fragment(String value) throws Refused {
    Optional<Node> node = parse("v: " + value);
    Object tree = node.map(found -> Tree.of(literal(found))).orElse(Map.of());
    if (!(tree instanceof Map<?, ?> map) || map.size() != 1 || map.get("v") == null) {
      throw new Refused("the value is not one YAML value: " + Literals.shorten(value));
    }
    return map.get("v");
  }

  /** The same node with every scalar as it is written, before substitution. */
  private static Node literal(Node node) {
    return switch (node) {
      case Scalar scalar ->
          new Scalar(
              scalar.written(), scalar.written(), scalar.plain(), false, false, scalar.span());
      case Mapping mapping ->
          new Mapping(
              mapping.entries().stream()
                  .map(entry -> new Entry(entry.key(), literal(entry.value())))
                  .toList(),
              mapping.span());
      case Sequence sequence ->
          new Sequence(
              sequence.items().stream().map(ConfigSplice::literal).toList(), sequence.span());
    };
  }

  /** The tree with the value at the path; names of list items are looked up in {@code node}. */
  private static Object with(
      @Nullable Object tree, @Nullable Node node, List<String> path, Object value) throws Refused {
    if (path.isEmpty()) return value;
    String segment = path.getFirst();
    List<String> rest = path.subList(1, path.size());
    Node below = node == null ? null : NodeWalk.find(node, List.of(segment)).orElse(null);
    if (tree instanceof List<?> list && node instanceof Sequence sequence && below != null) {
      List<@Nullable Object> copy = new ArrayList<>(list);
      int index = sequence.items().indexOf(below);
      copy.set(index, with(copy.get(index), below, rest, value));
      return copy;
    }
    if (tree != null && !(tree instanceof Map<?, ?>)) {
      throw new Refused(segment + ": nothing can be set below a single value");
    }
    Map<String, Object> copy = new LinkedHashMap<>();
    if (tree instanceof Map<?, ?> map) {
      map.forEach((key, child) -> copy.put((String) key, child));
    }
    copy.put(segment, with(copy.get(segment), below, rest, value));
    return Collections.unmodifiableMap(copy);
  }

  /** An environment that has nothing and reads nothing. */
  private static final class Unsubstituted implements Environment {
    @Override
    public Optional<String> variable(String name) {
      return Optional.empty();
    }

    @Override
    public Content read(Path file, int maxBytes) {
      return new Content("", false);
    }

    @Override
    public Optional<Path> credentialsDir() {
      return Optional.empty();
    }

    @Override
    public List<Path> matching(Path baseDir, String pattern) {
      return List.of();
    }
  }
}
