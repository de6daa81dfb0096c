package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import io.fairlead.registry.rewrite.TomlText;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Reads TOML or YAML as a {@link Foreign} tree. At most {@value #DEPTH_MAX} levels and {@value
 * #NODES_MAX} values, aliases counted each time they are used. An instance reads one file.
 */
final class ForeignFile {
  private static final int DEPTH_MAX = 32;
  private static final int NODES_MAX = 100_000;
  private static final Pattern TOML_LINE =
      Pattern.compile("(?m)^\\s*(?:\\[\\[?[\\w.\" -]+]]?|[\\w.\"-]+\\s*=.*)$");
  private static final Pattern YAML_LINE = Pattern.compile("(?m)^\\s*(?:- )?[\\w\"-]+:(?:\\s.*)?$");

  private final String file;
  private int nodes;

  private ForeignFile(String file) {
    this.file = file;
  }

  static Foreign.Table read(ConfigSource source) throws ConversionException {
    ForeignFile reader = new ForeignFile(source.fileName());
    Foreign root = toml(source) ? reader.fromToml(source.text()) : reader.fromYaml(source.text());
    if (root instanceof Foreign.Table table) return table;
    throw new ConversionException(root.at(), "no mapping at the top", "is it the right file?");
  }

  private static boolean toml(ConfigSource source) {
    String name = source.fileName();
    if (name.endsWith(".toml")) return true;
    if (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json")) return false;
    return TOML_LINE.matcher(source.text()).find() && !YAML_LINE.matcher(source.text()).find();
  }

  private Foreign fromToml(String text) throws ConversionException {
    Place whole = new Place(file, 1, 1);
    if (!TomlText.fits(text)) throw tooMuch(whole);
    TomlParseResult parsed = TomlText.parse(text).orElse(null);
    if (parsed == null) throw new ConversionException(whole, "not valid TOML", "correct it");
    if (parsed.hasErrors()) {
      TomlParseError error = parsed.errors().getFirst();
      throw new ConversionException(
          place(error.position()), String.valueOf(error.getMessage()), "correct it there");
    }
    return table(parsed, whole, 0);
  }

  private Foreign.Table table(TomlTable table, Place at, int depth) throws ConversionException {
    Map<String, Foreign> entries = new LinkedHashMap<>();
    for (String key : table.keySet()) {
      TomlPosition position = table.inputPositionOf(List.of(key));
      Place place = position == null ? at : place(position);
      entries.put(key, value(table.get(List.of(key)), place, depth));
    }
    return new Foreign.Table(entries, at);
  }

  private Foreign value(@Nullable Object value, Place at, int depth) throws ConversionException {
    if (++nodes > NODES_MAX || depth > DEPTH_MAX) throw tooMuch(at);
    if (value instanceof TomlTable table) return table(table, at, depth + 1);
    if (value instanceof TomlArray array) {
      List<Foreign> items = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        TomlPosition position = array.inputPositionOf(i);
        items.add(value(array.get(i), position == null ? at : place(position), depth + 1));
      }
      return new Foreign.Items(items, at);
    }
    return new Foreign.Scalar(String.valueOf(value), at);
  }

  private Place place(TomlPosition position) {
    return new Place(file, position.line(), position.column());
  }

  private Foreign fromYaml(String text) throws ConversionException {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(file).build();
      shallow(new Parse(settings).parseString(text));
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isEmpty()) return new Foreign.Table(Map.of(), new Place(file, 1, 1));
      return node(root.get(), 0, new IdentityHashMap<>());
    } catch (MarkedYamlEngineException wrong) {
      throw new ConversionException(
          place(wrong.getProblemMark()), String.valueOf(wrong.getProblem()), "correct it there");
    } catch (YamlEngineException wrong) {
      throw new ConversionException(
          new Place(file, 1, 1), String.valueOf(wrong.getMessage()), "correct it");
    }
  }

  /** The composer descends once a level; the events before it come one by one. */
  private void shallow(Iterable<Event> events) throws ConversionException {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent && ++depth > DEPTH_MAX) {
        throw tooMuch(place(event.getStartMark()));
      }
      if (event instanceof CollectionEndEvent) depth--;
    }
  }

  private Foreign node(Node node, int depth, Map<Node, Boolean> above) throws ConversionException {
    Place at = place(node.getStartMark());
    // An alias may name what encloses it.
    if (++nodes > NODES_MAX || depth > DEPTH_MAX || above.put(node, true) != null) {
      throw tooMuch(at);
    }
    try {
      return switch (node) {
        case MappingNode mapping -> {
          Map<String, Foreign> entries = new LinkedHashMap<>();
          for (NodeTuple pair : mapping.getValue()) {
            if (!(pair.getKeyNode() instanceof ScalarNode key)) {
              throw new ConversionException(at, "a key that is not a word", "write it as a word");
            }
            entries.put(key.getValue(), node(pair.getValueNode(), depth + 1, above));
          }
          yield new Foreign.Table(entries, at);
        }
        case SequenceNode sequence -> {
          List<Foreign> items = new ArrayList<>();
          for (Node item : sequence.getValue()) items.add(node(item, depth + 1, above));
          yield new Foreign.Items(items, at);
        }
        case ScalarNode scalar -> new Foreign.Scalar(scalar.getValue(), at);
        default -> throw tooMuch(at);
      };
    } finally {
      above.remove(node);
    }
  }

  private Place place(Optional<Mark> mark) {
    return mark.map(m -> new Place(file, m.getLine() + 1, m.getColumn() + 1))
        .orElse(new Place(file, 1, 1));
  }

  private static ConversionException tooMuch(Place at) {
    return new ConversionException(at, "larger or deeper than a configuration is", "");
  }
}
