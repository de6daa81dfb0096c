package io.fairlead.registry.rewrite;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * One YAML document as a tree with places. Aliases stay aliases, so nothing multiplies, and keys
 * may repeat: who walks it decides what that means.
 */
final class YamlOutline {
  private static final int DEPTH_MAX = 64;
  private static final int CODE_POINTS_MAX = 4 * 1024 * 1024;

  private final String text;
  private final int[] charAt;
  private final int shift;

  private YamlOutline(String text) {
    this.text = text;
    // A byte order mark is no content (YAML 1.2.2 §5.2).
    this.shift = text.startsWith("\uFEFF") ? 1 : 0;
    this.charAt = charAt(text.substring(shift));
  }

  /** A value. Offsets are in chars; {@code end} of a block collection means nothing. */
  sealed interface Tree {
    int start();

    int end();

    /** Anchor and tag as written; empty for neither. */
    String marked();

    record Scalar(String value, ScalarStyle style, int start, int end, String marked)
        implements Tree {}

    record Sequence(List<Tree> items, boolean flow, int start, int end, String marked)
        implements Tree {}

    record Mapping(List<Pair> pairs, boolean flow, int start, int end, String marked)
        implements Tree {}

    record Alias(String name, int start, int end) implements Tree {
      @Override
      public String marked() {
        return "*" + name;
      }
    }
  }

  record Pair(Tree key, Tree value) {}

  /**
   * @throws UneditableException not YAML, nothing in it, or a second document
   */
  static Tree read(String text) throws UneditableException {
    if (text.length() > CODE_POINTS_MAX) {
      throw new UneditableException("longer than " + CODE_POINTS_MAX + " characters", 0, 0);
    }
    return new YamlOutline(text).read();
  }

  private Tree read() throws UneditableException {
    LoadSettings settings =
        LoadSettings.builder()
            .setCodePointLimit(CODE_POINTS_MAX + 1)
            .setMaxAliasesForCollections(0)
            .build();
    try {
      Iterator<Event> events = new Parse(settings).parseString(text.substring(shift)).iterator();
      Tree root = null;
      while (events.hasNext()) {
        Event event = events.next();
        switch (event.getEventId()) {
          case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
          case DocumentStart -> {
            if (root != null) {
              throw UneditableException.at(
                  text, start(event), "a second document follows; only a single one is edited");
            }
          }
          default -> root = build(event, events, 0);
        }
      }
      if (root == null) throw new UneditableException("nothing in it", 0, 0);
      return root;
    } catch (MarkedYamlEngineException syntax) {
      int at = syntax.getProblemMark().map(mark -> offset(mark)).orElse(0);
      throw UneditableException.at(text, at, "not valid YAML: " + firstLine(syntax.getProblem()));
    } catch (YamlEngineException other) {
      throw new UneditableException("not valid YAML: " + firstLine(other.getMessage()), 0, 0);
    }
  }

  private Tree build(Event event, Iterator<Event> events, int depth) throws UneditableException {
    if (depth > DEPTH_MAX) {
      throw UneditableException.at(
          text, start(event), "values nest deeper than " + DEPTH_MAX + " levels");
    }
    return switch (event) {
      case AliasEvent alias ->
          new Tree.Alias(alias.getAlias().getValue(), start(event), end(event));
      case ScalarEvent scalar ->
          new Tree.Scalar(
              scalar.getValue(),
              scalar.getScalarStyle(),
              start(event),
              end(event),
              marked(scalar, scalar.getTag()));
      case CollectionStartEvent opening when event.getEventId() == Event.ID.SequenceStart -> {
        List<Tree> items = new ArrayList<>();
        Event next = events.next();
        while (next.getEventId() != Event.ID.SequenceEnd) {
          items.add(build(next, events, depth + 1));
          next = events.next();
        }
        yield new Tree.Sequence(
            List.copyOf(items),
            opening.getFlowStyle() == FlowStyle.FLOW,
            start(event),
            end(next),
            marked(opening, opening.getTag()));
      }
      case CollectionStartEvent opening -> {
        List<Pair> pairs = new ArrayList<>();
        Event next = events.next();
        while (next.getEventId() != Event.ID.MappingEnd) {
          Tree key = build(next, events, depth + 1);
          pairs.add(new Pair(key, build(events.next(), events, depth + 1)));
          next = events.next();
        }
        yield new Tree.Mapping(
            List.copyOf(pairs),
            opening.getFlowStyle() == FlowStyle.FLOW,
            start(event),
            end(next),
            marked(opening, opening.getTag()));
      }
      default -> throw new IllegalStateException("event: " + event.getEventId());
    };
  }

  private static String marked(NodeEvent event, Optional<String> tag) {
    Optional<Anchor> anchor = event.getAnchor();
    return anchor.map(name -> "&" + name.getValue()).orElse("")
        + tag.map(name -> "!" + name).orElse("");
  }

  private int start(Event event) {
    return event.getStartMark().map(mark -> offset(mark)).orElse(0);
  }

  private int end(Event event) {
    return event.getEndMark().map(mark -> offset(mark)).orElse(0);
  }

  private int offset(Mark mark) {
    return shift + charAt[Math.clamp(mark.getIndex(), 0, charAt.length - 1)];
  }

  /** The parser counts code points; a text is cut by chars. */
  private static int[] charAt(String text) {
    int[] chars = new int[text.codePointCount(0, text.length()) + 1];
    for (int point = 0, at = 0; point < chars.length; point++) {
      chars[point] = at;
      if (at < text.length()) at += Character.charCount(text.codePointAt(at));
    }
    return chars;
  }

  private static String firstLine(@Nullable String message) {
    if (message == null) return "no reason given";
    return message.lines().findFirst().orElse("");
  }
}
