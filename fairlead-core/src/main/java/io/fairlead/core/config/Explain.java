package io.fairlead.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What one key is about: {@code fairlead config explain PATH}, and what an editor may offer. */
public final class Explain {
  /**
   * A key that may stand somewhere.
   *
   * @param type a noun with its form
   */
  public record Key(String key, String doc, String type, boolean required) {}

  private Explain() {}

  /**
   * An account of the key at a path, dotted or a JSON pointer; ids and list indexes may be real or
   * {@code *}. Ends with a newline. Empty when there is no such key: then {@link #nearest} may know
   * what was meant.
   */
  public static Optional<String> at(RecordType<?> root, String path) {
    List<String> segments = KeyPath.parse(path);
    List<ConfigType<?>> types = DefinitionWalk.find(root, segments);
    if (types.isEmpty()) return Optional.empty();
    StringBuilder text = new StringBuilder();
    text.append(segments.isEmpty() ? root.name() : String.join(".", segments)).append('\n');
    Optional<Field<?>> field = fieldAt(root, segments);
    line(text, "", field.map(Field::doc).orElse(segments.isEmpty() ? root.doc() : ""));
    line(
        text,
        "type",
        field
            .map(key -> key.type().describe())
            .orElse(types.stream().map(ConfigType::describe).collect(Collectors.joining(", or "))));
    field.ifPresent(key -> line(text, "default", defaultOf(key)));
    line(text, "reload", ReloadWords.of(Optional.of(ReloadWords.at(root, segments))));
    field.ifPresent(key -> line(text, "since", key.since()));
    field.flatMap(Field::example).ifPresent(example -> line(text, "example", example));
    List<Key> keys = keysAt(root, path);
    if (!keys.isEmpty()) {
      text.append("  keys\n");
      int width = keys.stream().mapToInt(key -> key.key().length()).max().orElse(0);
      for (Key key : keys) {
        text.append("    ")
            .append(key.key())
            .repeat(' ', width - key.key().length() + 2)
            .append(key.doc())
            .append(key.required() ? " Required." : "")
            .append('\n');
      }
    }
    return Optional.of(text.toString());
  }

  /** The known path most like one that {@link #at} does not know. */
  public static Optional<String> nearest(RecordType<?> root, String path) {
    List<String> known = new ArrayList<>();
    DefinitionWalk.each(
        root, (at, field) -> known.add(String.join(".", DefinitionWalk.plus(at, field.key()))));
    String dotted = String.join(".", KeyPath.parse(path));
    String last = dotted.substring(dotted.lastIndexOf('.') + 1);
    return known.stream()
        .filter(candidate -> candidate.equals(last) || candidate.endsWith("." + last))
        .findFirst()
        .or(() -> Spelling.nearest(dotted, known));
  }

  /** The keys that may stand in the mapping at a path; none when it is no mapping of known keys. */
  public static List<Key> keysAt(RecordType<?> root, String path) {
    List<Key> keys = new ArrayList<>();
    for (ConfigType<?> type : DefinitionWalk.find(root, KeyPath.parse(path))) {
      if (type.shape() instanceof Shape.Keys(RecordType<?> record)) {
        for (Field<?> field : record.fields()) {
          keys.add(
              new Key(
                  field.key(),
                  field.doc(),
                  field.type().describe(),
                  field.presence() == Field.Presence.REQUIRED));
        }
      }
    }
    return keys.stream().distinct().toList();
  }

  /** The words that may stand at a path, when it takes words: choices, booleans, {@code off} … */
  public static List<String> wordsAt(RecordType<?> root, String path) {
    List<String> words = new ArrayList<>();
    for (ConfigType<?> type : DefinitionWalk.find(root, KeyPath.parse(path))) {
      if (!(type.shape() instanceof Shape.Scalar scalar)) continue;
      if (scalar.schema().get("enum") instanceof List<?> choices) {
        choices.forEach(choice -> words.add(choice.toString()));
      }
      if (scalar.schema().get("const") instanceof Object word) words.add(word.toString());
      if ("boolean".equals(scalar.schema().get("type"))) words.addAll(List.of("true", "false"));
    }
    return words.stream().distinct().toList();
  }

  private static Optional<Field<?>> fieldAt(RecordType<?> root, List<String> segments) {
    if (segments.isEmpty()) return Optional.empty();
    List<String> above = segments.subList(0, segments.size() - 1);
    for (ConfigType<?> type : DefinitionWalk.find(root, above)) {
      if (type.shape() instanceof Shape.Keys(RecordType<?> record)) {
        Optional<Field<?>> field = record.field(segments.getLast());
        if (field.isPresent()) return field;
      }
    }
    return Optional.empty();
  }

  static String defaultOf(Field<?> field) {
    return switch (field.presence()) {
      case REQUIRED -> "none: it must be written";
      case OPTIONAL -> "none";
      case DEFAULTED ->
          field.type().shape() instanceof Shape.Keys
              ? "as its keys say"
              : field
                  .defaultTree()
                  .map(tree -> YamlWriter.flow(Tree.redacted(tree)))
                  .orElse("none");
    };
  }

  private static void line(StringBuilder text, String label, String value) {
    if (value.isEmpty()) return;
    text.append("  ");
    if (!label.isEmpty()) text.append(label).repeat(' ', 10 - label.length());
    text.append(value).append('\n');
  }
}
