package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Text to {@link Node}s: YAML 1.2 core schema with the restrictions of the product specification
 * (§3.1). Built from parser events rather than from the library's composed nodes, because those no
 * longer tell an explicit tag from a resolved one and are composed without a bound on depth.
 */
final class YamlText {
  static final int DEPTH_MAX = 64;
  static final int ALIASES_MAX = 50;
  // Aliases of aliases multiply: what they may add in all, counted in nodes.
  private static final int ALIASED_NODES_MAX = 100_000;
  private static final int CODE_POINTS_MAX = 4 * 1024 * 1024;

  private final String file;
  private final int[] codePoints;
  private final String text;
  private final int[] lineStarts;
  private final ProblemList problems;
  private final Substitution substitution;
  private final Map<String, Built> anchors = new HashMap<>();
  private int aliases;
  private int aliasedNodes;

  private YamlText(ConfigSource source, Environment environment, ProblemList problems) {
    this.file = source.fileName();
    // A byte order mark at the start is no content (YAML 1.2.2 §5.2).
    this.text = source.text().startsWith("\uFEFF") ? source.text().substring(1) : source.text();
    this.codePoints = text.codePoints().toArray();
    this.lineStarts = lineStarts(codePoints);
    this.problems = problems;
    this.substitution = new Substitution(environment, source.baseDir(), problems);
  }

  /** A node, how many nodes it is made of with aliases followed, and how deep it goes. */
  private record Built(Node node, int size, int height) {}

  /** Ends the parse: what follows cannot be understood. The problem is already noted. */
  private static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable() {
      super("unreadable", null, false, false);
    }
  }

  /**
   * The document's node; empty when the text is unreadable (a problem then says why) or holds
   * nothing.
   */
  static Optional<Node> parse(ConfigSource source, Environment environment, ProblemList problems) {
    return new YamlText(source, environment, problems).parse();
  }

  /**
   * A fragment written by us.
   *
   * @throws IllegalArgumentException it is not valid
   */
  static Optional<Node> fragment(String yaml) {
    ProblemList problems = new ProblemList();
    ConfigSource source = new ConfigSource("<fragment>", yaml, Path.of(""));
    Optional<Node> node = parse(source, Environment.withVariables(Map.of()), problems);
    if (problems.hasErrors()) {
      throw new IllegalArgumentException(problems.sorted("").getFirst().message() + ": " + yaml);
    }
    return node;
  }

  private Optional<Node> parse() {
    LoadSettings settings =
        LoadSettings.builder().setLabel(file).setCodePointLimit(CODE_POINTS_MAX + 1).build();
    try {
      Iterator<Event> events = new Parse(settings).parseString(text).iterator();
      Optional<Node> root = Optional.empty();
      while (events.hasNext()) {
        Event event = events.next();
        switch (event.getEventId()) {
          case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
          case DocumentStart -> {
            if (root.isPresent()) {
              refuse(
                  Codes.MANY_DOCUMENTS,
                  placeOf(event),
                  "a second document starts here",
                  "remove the `---`; spread over several files with `include`");
              return root;
            }
          }
          case Alias, Scalar, SequenceStart, MappingStart ->
              root = Optional.of(build(event, events, 0).node());
          case SequenceEnd, MappingEnd -> throw new IllegalStateException("unbalanced events");
        }
      }
      return root.filter(node -> !(node instanceof Scalar scalar && scalar.isNull()));
    } catch (Unreadable noted) {
      return Optional.empty();
    } catch (MarkedYamlEngineException syntax) {
      syntaxProblem(syntax);
    } catch (ReaderException unprintable) {
      int at = Math.clamp(unprintable.getPosition(), 0, codePoints.length);
      refuse(
          Codes.SYNTAX,
          placeAt(at, 1),
          String.format(
              Locale.ROOT, "the character U+%04X is not allowed", unprintable.getCodePoint()),
          "write it as an escape in a double-quoted text");
    } catch (YamlEngineException other) {
      refuse(Codes.SYNTAX, new Place(file, 1, 1, 1), "not valid YAML", "");
    }
    return Optional.empty();
  }

  private Built build(Event event, Iterator<Event> events, int depth) throws Unreadable {
    if (depth > DEPTH_MAX) {
      refuse(
          Codes.TOO_DEEP, placeOf(event), "values nest deeper than " + DEPTH_MAX + " levels", "");
      throw new Unreadable();
    }
    Built built =
        switch (event.getEventId()) {
          case Alias -> alias((AliasEvent) event, depth);
          case Scalar -> new Built(scalar((ScalarEvent) event), 1, 0);
          case SequenceStart -> sequence((CollectionStartEvent) event, events, depth);
          case MappingStart -> mapping((CollectionStartEvent) event, events, depth);
          default -> throw new IllegalStateException("event: " + event.getEventId());
        };
    if (!(event instanceof AliasEvent) && event instanceof NodeEvent node) {
      node.getAnchor().ifPresent(anchor -> anchors.put(anchor.getValue(), built));
    }
    return built;
  }

  private Built alias(AliasEvent event, int depth) throws Unreadable {
    String name = event.getAlias().getValue();
    Built target = anchors.get(name);
    String hint = "";
    String message;
    if (target == null) {
      message = "`*" + Literals.shorten(name) + "` names no anchor that is complete above";
    } else if (++aliases > ALIASES_MAX) {
      message = "more than " + ALIASES_MAX + " aliases";
      hint = "write the values out, or give them a default";
    } else if ((aliasedNodes += target.size()) > ALIASED_NODES_MAX) {
      message = "aliases stand for more than " + ALIASED_NODES_MAX + " values";
    } else if (depth + target.height() > DEPTH_MAX) {
      message = "followed, this alias nests deeper than " + DEPTH_MAX + " levels";
    } else {
      return target;
    }
    refuse(Codes.ALIAS, placeOf(event), message, hint);
    throw new Unreadable();
  }

  private Scalar scalar(ScalarEvent event) {
    boolean tagged = tag(event.getTag(), event, true);
    return substitution.apply(event.getValue(), event.isPlain(), tagged, spanOf(event));
  }

  private Built sequence(CollectionStartEvent start, Iterator<Event> events, int depth)
      throws Unreadable {
    tag(start.getTag(), start, false);
    List<Node> items = new ArrayList<>();
    int size = 1;
    int height = 0;
    Event event = events.next();
    while (event.getEventId() != Event.ID.SequenceEnd) {
      Built item = build(event, events, depth + 1);
      items.add(item.node());
      size += item.size();
      height = Math.max(height, item.height() + 1);
      event = events.next();
    }
    return new Built(new Sequence(items, spanOf(start, event, null)), size, height);
  }

  private Built mapping(CollectionStartEvent start, Iterator<Event> events, int depth)
      throws Unreadable {
    tag(start.getTag(), start, false);
    List<Entry> entries = new ArrayList<>();
    Map<String, Place> written = new HashMap<>();
    int size = 1;
    int height = 0;
    Event event = events.next();
    while (event.getEventId() != Event.ID.MappingEnd) {
      Optional<Scalar> key = key(event, build(event, events, depth + 1).node());
      Built value = build(events.next(), events, depth + 1);
      size += value.size() + 1;
      height = Math.max(height, value.height() + 1);
      if (key.isPresent()) {
        Scalar name = key.get();
        Place first = written.putIfAbsent(name.text(), name.span().place());
        if (first == null) {
          entries.add(new Entry(name, atKeyWhenEmpty(name, value.node())));
        } else {
          problems.error(
              Codes.DUPLICATE,
              "",
              name.span().place(),
              "`" + Literals.shorten(name.text()) + "` is written twice",
              "remove one of the two",
              "first written at " + first.file() + ":" + first.line() + ":" + first.column());
        }
      }
      event = events.next();
    }
    Span first = entries.isEmpty() ? null : entries.getFirst().key().span();
    return new Built(new Mapping(entries, spanOf(start, event, first)), size, height);
  }

  private Optional<Scalar> key(Event event, Node key) {
    if (key instanceof Scalar scalar && !(event instanceof AliasEvent)) {
      // A key is its text: no substitution may choose what a value means.
      return Optional.of(
          new Scalar(
              scalar.written(), scalar.written(), scalar.plain(), false, false, scalar.span()));
    }
    refuse(
        Codes.KEY_NOT_TEXT,
        placeOf(event),
        "a key must be one word of text",
        "write one `key: value` per key");
    return Optional.empty();
  }

  /** The mark of an absent value lies behind the colon, often on the next line: use the key's. */
  private static Node atKeyWhenEmpty(Scalar key, Node value) {
    return value instanceof Scalar scalar && scalar.written().isEmpty() && scalar.plain()
        ? new Scalar("", "", true, scalar.tagged(), scalar.tainted(), key.span())
        : value;
  }

  /** Whether the tag is {@code !secret}. */
  private boolean tag(Optional<String> tag, Event event, boolean scalar) {
    if (tag.isEmpty()) return false;
    if (tag.get().equals("!secret") && scalar) return true;
    refuse(
        Codes.TAG,
        placeOf(event),
        "the tag `" + Literals.shorten(tag.get()) + "` is not understood here",
        "remove it; the only tag is !secret, before a text");
    return false;
  }

  private void syntaxProblem(MarkedYamlEngineException syntax) {
    Optional<Mark> mark = syntax.getProblemMark().or(syntax::getContextMark);
    int at = mark.map(Mark::getIndex).orElse(0);
    int tab = tabNear(at);
    if (tab >= 0) {
      refuse(
          Codes.TAB, placeAt(tab, 1), "a tab stands where YAML wants spaces", "indent with spaces");
      return;
    }
    String what = syntax.getProblem();
    String context = syntax.getContext();
    String message = what == null ? "not valid YAML" : "not valid YAML: " + Literals.shorten(what);
    problems.error(
        Codes.SYNTAX,
        "",
        placeAt(at, 1),
        message,
        "",
        context == null ? new String[0] : new String[] {Literals.shorten(context)});
  }

  /** The offset of a tab at {@code at} or in the white space that starts its line, or -1. */
  private int tabNear(int at) {
    if (at < codePoints.length && codePoints[at] == '\t') return at;
    int lineStart = Math.min(at, codePoints.length);
    while (lineStart > 0 && codePoints[lineStart - 1] != '\n') lineStart--;
    // The parser often stops at the start of the line after the one that offends.
    for (int from : new int[] {lineStart, lineBefore(lineStart)}) {
      for (int i = from; i < codePoints.length; i++) {
        if (codePoints[i] == '\t') return i;
        if (codePoints[i] != ' ' && codePoints[i] != '-') break;
      }
    }
    return -1;
  }

  private int lineBefore(int lineStart) {
    int start = Math.max(0, lineStart - 1);
    while (start > 0 && codePoints[start - 1] != '\n') start--;
    return start;
  }

  private Span spanOf(ScalarEvent event) {
    int start = index(event.getStartMark());
    int end = index(event.getEndMark());
    return new Span(placeAt(start, end - start), start, end);
  }

  private Span spanOf(CollectionStartEvent start, Event end, @Nullable Span first) {
    int from = index(start.getStartMark());
    int length = start.isFlow() || first == null ? 1 : first.place().length();
    return new Span(placeAt(from, length), from, index(end.getEndMark()));
  }

  private Place placeOf(Event event) {
    int start = index(event.getStartMark());
    return placeAt(start, index(event.getEndMark()) - start);
  }

  private static int index(Optional<Mark> mark) {
    return mark.map(Mark::getIndex).orElse(0);
  }

  /** The place of an offset; the length ends with its line and is at least 1. */
  private Place placeAt(int offset, int length) {
    int at = Math.clamp(offset, 0, codePoints.length);
    int line = lineOf(at);
    int column = at - lineStarts[line] + 1;
    int end = at;
    while (end < codePoints.length && end - at < length && !lineBreak(codePoints[end])) end++;
    return new Place(file, line + 1, column, Math.max(1, end - at));
  }

  private static boolean lineBreak(int c) {
    return c == '\n' || c == '\r';
  }

  private static int[] lineStarts(int[] codePoints) {
    IntStream.Builder starts = IntStream.builder().add(0);
    for (int i = 0; i < codePoints.length; i++) {
      boolean ends =
          codePoints[i] == '\n'
              || (codePoints[i] == '\r'
                  && (i + 1 == codePoints.length || codePoints[i + 1] != '\n'));
      if (ends) starts.add(i + 1);
    }
    return starts.build().toArray();
  }

  private int lineOf(int offset) {
    int found = Arrays.binarySearch(lineStarts, offset);
    return found >= 0 ? found : -found - 2;
  }

  private void refuse(Code code, Place place, String message, String hint) {
    problems.error(code, "", place, message, hint);
  }
}
