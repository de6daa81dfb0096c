package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lays edits over a document, node by node, so that types, defaults and checks see one
 * configuration. Each edit is a text of its own, named {@code <layer path>}, by which a node tells
 * where it came from. One reading, one thread.
 */
final class Layering {
  private final Environment environment;
  private final ProblemList problems;
  private final SourceFiles sources;
  private final ConfigSource main;

  Layering(Environment environment, ProblemList problems, SourceFiles sources, ConfigSource main) {
    this.environment = environment;
    this.problems = problems;
    this.sources = sources;
    this.main = main;
  }

  /** An edit cannot be carried out; the problem is noted. */
  private static final class Unfit extends Exception {
    private static final long serialVersionUID = 1;

    Unfit(String message) {
      super(message, null, false, false);
    }
  }

  /** The name under which problems show the text of an edit. */
  static String nameOf(String layer, ConfigEdit edit) {
    return "<" + layer + " " + (edit.path().isEmpty() ? "/" : edit.path()) + ">";
  }

  /** The layer a node came from; empty when it stands in a file. */
  static Optional<String> layerOf(Node node) {
    String file = node.span().place().file();
    int blank = file.indexOf(' ');
    return file.startsWith("<") && blank > 0
        ? Optional.of(file.substring(1, blank))
        : Optional.empty();
  }

  Mapping apply(Mapping document, List<ConfigLayer> layers) {
    Mapping result = document;
    for (ConfigLayer layer : layers) {
      for (ConfigEdit edit : layer.edits()) {
        String name = nameOf(layer.name(), edit);
        // The operation is part of what a hash of the texts must tell apart.
        sources.text(name, edit.op() == ConfigEdit.Op.REMOVE ? "# removed" : edit.text());
        sources.folder(name, main.baseDir());
        try {
          result = apply(result, edit, name);
        } catch (Unfit unfit) {
          problems.error(
              Codes.LAYER,
              edit.path(),
              new Place(name, 1, 1, 1),
              String.valueOf(unfit.getMessage()),
              "withdraw it: DELETE /v1/config/effective" + edit.path() + "?revert=1");
        }
      }
    }
    return result;
  }

  private Mapping apply(Mapping document, ConfigEdit edit, String name) throws Unfit {
    List<String> path = KeyPath.parse(edit.path());
    if (!path.isEmpty()
        && (path.getFirst().equals(Includes.KEY) || path.getFirst().equals("version"))) {
      throw new Unfit("`" + path.getFirst() + "` can only be written in a file");
    }
    Optional<Node> value = Optional.empty();
    if (edit.op() != ConfigEdit.Op.REMOVE) {
      value =
          YamlText.parse(
              new ConfigSource(name, edit.text(), main.baseDir()), environment, problems);
      if (value.isEmpty() && edit.op() == ConfigEdit.Op.MERGE) return document;
    }
    Node changed = at(document, path, 0, edit.op(), value).orElse(document);
    if (changed instanceof Mapping mapping) return mapping;
    throw new Unfit("the whole configuration must be a mapping");
  }

  /** What stands at {@code depth} of the path afterwards; empty when it is gone. */
  private static Optional<Node> at(
      Node node, List<String> path, int depth, ConfigEdit.Op op, Optional<Node> value)
      throws Unfit {
    if (depth == path.size()) {
      return switch (op) {
        case REMOVE -> Optional.empty();
        case SET -> value;
        case MERGE -> Optional.of(merged(Optional.of(node), value.orElseThrow()));
      };
    }
    String segment = path.get(depth);
    return Optional.of(
        switch (node) {
          case Mapping mapping -> below(mapping, segment, path, depth, op, value);
          case Sequence sequence -> below(sequence, segment, path, depth, op, value);
          case Scalar scalar when scalar.isNull() ->
              below(new Mapping(List.of(), scalar.span()), segment, path, depth, op, value);
          case Scalar _ ->
              throw new Unfit(
                  KeyPath.pointer(path.subList(0, depth))
                      + " is a single value, nothing is below it");
        });
  }

  private static Node below(
      Mapping mapping,
      String segment,
      List<String> path,
      int depth,
      ConfigEdit.Op op,
      Optional<Node> value)
      throws Unfit {
    List<Entry> entries = new ArrayList<>(mapping.entries());
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (!entry.key().text().equals(segment)) continue;
      Optional<Node> changed = at(entry.value(), path, depth + 1, op, value);
      if (changed.isPresent()) entries.set(i, new Entry(entry.key(), changed.get()));
      else entries.remove(i);
      return new Mapping(entries, mapping.span());
    }
    if (op == ConfigEdit.Op.REMOVE || value.isEmpty()) return mapping;
    Span span = value.get().span();
    Node fresh = new Mapping(List.of(), span);
    Optional<Node> made = at(fresh, path, depth + 1, op, value);
    made.ifPresent(node -> entries.add(new Entry(key(segment, span), node)));
    return new Mapping(entries, mapping.span());
  }

  private static Node below(
      Sequence sequence,
      String segment,
      List<String> path,
      int depth,
      ConfigEdit.Op op,
      Optional<Node> value)
      throws Unfit {
    List<Node> items = new ArrayList<>(sequence.items());
    Optional<Node> found = NodeWalk.find(sequence, List.of(segment));
    boolean last = depth + 1 == path.size();
    if (found.isPresent()) {
      int index = indexOf(items, found.get());
      Optional<Node> changed = at(found.get(), path, depth + 1, op, value);
      if (changed.isPresent()) items.set(index, changed.get());
      else items.remove(index);
    } else if (op != ConfigEdit.Op.REMOVE && last && value.isPresent()) {
      if (segment.matches("[0-9]{1,6}") && Integer.parseInt(segment) > items.size()) {
        throw new Unfit(
            KeyPath.pointer(path.subList(0, depth)) + " has only " + items.size() + " items");
      }
      items.add(value.get());
    } else if (op != ConfigEdit.Op.REMOVE) {
      throw new Unfit(KeyPath.pointer(path.subList(0, depth)) + " has no item " + segment);
    }
    return new Sequence(items, sequence.span());
  }

  private static int indexOf(List<Node> items, Node wanted) {
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i) == wanted) return i;
    }
    throw new IllegalStateException("item: not in its own list");
  }

  /** RFC 7396 §2. */
  private static Node merged(Optional<Node> target, Node patch) {
    if (!(patch instanceof Mapping changes)) return patch;
    List<Entry> entries = new ArrayList<>();
    if (target.isPresent() && target.get() instanceof Mapping present) {
      entries.addAll(present.entries());
    }
    for (Entry change : changes.entries()) {
      String key = change.key().text();
      int at = -1;
      for (int i = 0; i < entries.size(); i++) {
        if (entries.get(i).key().text().equals(key)) at = i;
      }
      boolean removes = change.value() instanceof Scalar scalar && scalar.isNull();
      if (removes) {
        if (at >= 0) entries.remove(at);
        continue;
      }
      Optional<Node> before = at < 0 ? Optional.empty() : Optional.of(entries.get(at).value());
      Entry after = new Entry(change.key(), merged(before, change.value()));
      if (at < 0) entries.add(after);
      else entries.set(at, after);
    }
    Span span = target.map(Node::span).orElse(patch.span());
    return new Mapping(entries, span);
  }

  private static Scalar key(String text, Span span) {
    return new Scalar(text, text, true, false, false, span);
  }
}
