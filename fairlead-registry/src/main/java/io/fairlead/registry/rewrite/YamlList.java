package io.fairlead.registry.rewrite;

import io.fairlead.registry.rewrite.Item.Quote;
import io.fairlead.registry.rewrite.YamlOutline.Pair;
import io.fairlead.registry.rewrite.YamlOutline.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;

/** Finds a list of strings in a YAML text. @see <a href="https://yaml.org/spec/1.2.2/">YAML</a> */
final class YamlList {
  /** What the core schema (YAML 1.2.2 §10.3.2) takes for something else than text. */
  private static final Pattern NOT_TEXT =
      Pattern.compile(
          "~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
              + "|[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
              + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)|");

  private final String text;
  private final Lines lines;
  private final Pointer pointer;

  private YamlList(String text, Pointer pointer) {
    this.text = text;
    this.lines = new Lines(text);
    this.pointer = pointer;
  }

  static Located locate(String text, Pointer pointer) throws UneditableException {
    return new YamlList(text, pointer).locate();
  }

  private Located locate() throws UneditableException {
    Tree root = YamlOutline.read(text);
    Tree at = root;
    int anchor = 0;
    boolean emptiable = true;
    for (String step : pointer.steps()) {
      if (!at.marked().isEmpty()) throw refuse(at, "an anchor, alias or tag is on the way to it");
      switch (at) {
        case Tree.Mapping mapping -> {
          Pair pair = pair(mapping, step);
          at = pair.value();
          anchor = behindColon(pair);
          emptiable = true;
        }
        case Tree.Sequence sequence -> {
          at = item(sequence, step);
          anchor = at.start();
          emptiable = false;
        }
        default -> throw refuse(at, "no value at " + pointer);
      }
    }
    if (!at.marked().isEmpty()) throw refuse(at, "it has an anchor, an alias or a tag");
    if (!(at instanceof Tree.Sequence list)) {
      throw refuse(at, "no list at " + pointer);
    }
    List<Item> items = items(list);
    Layout layout = list.flow() ? flow(list, items, anchor) : block(list, items, anchor, emptiable);
    return new Located(layout, withoutPlaces(root, list));
  }

  private Pair pair(Tree.Mapping mapping, String step) throws UneditableException {
    Pair found = null;
    boolean merge = false;
    for (Pair pair : mapping.pairs()) {
      if (!(pair.key() instanceof Tree.Scalar key)) continue;
      merge |= key.value().equals("<<") && key.style() == ScalarStyle.PLAIN;
      if (!key.value().equals(step)) continue;
      if (found != null) throw refuse(pair.key(), "`" + step + "` is written twice");
      found = pair;
    }
    if (found == null) {
      throw refuse(
          mapping, "no list at " + pointer + (merge ? ": it may come from a merge (<<)" : ""));
    }
    return found;
  }

  private Tree item(Tree.Sequence sequence, String step) throws UneditableException {
    boolean index = step.matches("0|[1-9][0-9]{0,8}");
    int at = index ? Integer.parseInt(step) : -1;
    if (at < 0 || at >= sequence.items().size()) throw refuse(sequence, "no value at " + pointer);
    return sequence.items().get(at);
  }

  private int behindColon(Pair pair) throws UneditableException {
    int at = pair.key().end();
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) at++;
    if (at >= text.length() || text.charAt(at) != ':' || !pair.key().marked().isEmpty()) {
      throw refuse(pair.key(), "the key of the list is not followed by its colon");
    }
    return at + 1;
  }

  private List<Item> items(Tree.Sequence list) throws UneditableException {
    List<Item> items = new ArrayList<>();
    for (Tree each : list.items()) {
      if (!each.marked().isEmpty()) throw refuse(each, "an item has an anchor, alias or tag");
      if (!(each instanceof Tree.Scalar scalar)) throw refuse(each, "an item is not a text");
      Quote quote =
          switch (scalar.style()) {
            case PLAIN -> Quote.PLAIN;
            case SINGLE_QUOTED -> Quote.SINGLE;
            case DOUBLE_QUOTED -> Quote.DOUBLE;
            default -> throw refuse(each, "an item is a block text (| or >)");
          };
      if (quote == Quote.PLAIN && NOT_TEXT.matcher(scalar.value()).matches()) {
        throw refuse(each, "an item is not a text");
      }
      items.add(new Item(scalar.value(), scalar.start(), scalar.end(), quote));
    }
    return items;
  }

  private Layout flow(Tree.Sequence list, List<Item> items, int anchor) throws UneditableException {
    int close = list.end() - 1;
    return FlowScan.layout(text, items, anchor, list.start(), close);
  }

  private Layout block(Tree.Sequence list, List<Item> items, int anchor, boolean emptiable)
      throws UneditableException {
    int column = list.start() - lines.start(lines.lineOf(list.start()));
    List<Integer> dashes = new ArrayList<>();
    int above = -1;
    for (Item item : items) {
      int line = lines.lineOf(item.start());
      while (line > above && !dashed(line, column)) line--;
      if (line <= above) {
        throw UneditableException.at(text, item.start(), "no dash of its own before an item");
      }
      dashes.add(lines.start(line) + column);
      above = lines.lineOf(item.end());
      if (!lines.nothingBehind(item.end())) {
        throw UneditableException.at(text, item.end(), "something follows an item on its line");
      }
    }
    return new Layout.Block(items, anchor, dashes, emptiable);
  }

  private boolean dashed(int line, int column) {
    int at = lines.start(line) + column;
    return at < lines.end(line) && text.charAt(at) == '-' && lines.blankBefore(at);
  }

  private UneditableException refuse(Tree at, String reason) {
    return UneditableException.at(text, at.start(), reason);
  }

  /** Two texts with equal results mean the same, the list left aside; styles count as well. */
  @SuppressWarnings("ReferenceEquality") // that list, not one like it
  private static Object withoutPlaces(Tree tree, Tree list) {
    if (tree == list) return "the list";
    return switch (tree) {
      case Tree.Alias alias -> List.of("*", alias.name());
      case Tree.Scalar scalar ->
          List.of("=", scalar.marked(), scalar.style().toString(), scalar.value());
      case Tree.Sequence sequence -> {
        List<Object> items = new ArrayList<>(List.of("-", sequence.marked(), sequence.flow()));
        sequence.items().forEach(item -> items.add(withoutPlaces(item, list)));
        yield items;
      }
      case Tree.Mapping mapping -> {
        List<Object> pairs = new ArrayList<>(List.of(":", mapping.marked(), mapping.flow()));
        for (Pair pair : mapping.pairs()) {
          pairs.add(withoutPlaces(pair.key(), list));
          pairs.add(withoutPlaces(pair.value(), list));
        }
        yield pairs;
      }
    };
  }
}
