package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The command tree as completion scripts see it: what may follow which words. */
final class CompletionModel {
  /** What a place holds besides known words. */
  enum Kind {
    WORDS,
    FILES,
    FOLDERS,
    /** Paths of the configuration, asked of the running gateway. */
    CONFIG_PATHS
  }

  /**
   * One place in the tree.
   *
   * @param path the commands before it, e.g. {@code [config, show]}
   * @param words what may follow
   */
  record Place(List<String> path, List<Word> words, List<Option> options, Kind kind) {
    Place {
      path = List.copyOf(path);
      words = List.copyOf(words);
      options = List.copyOf(options);
    }

    /** The options of the place and those of every command. */
    List<Option> allOptions() {
      return Stream.concat(options.stream(), CommandTree.GLOBAL.stream()).toList();
    }
  }

  /** A word, and what it means, possibly empty. */
  record Word(String text, String meaning) {}

  /** Options whose values are a few words. */
  private static final Map<String, List<String>> VALUES =
      Map.of(
          "--color", List.of("auto", "always", "never"),
          "--log-format", List.of("text", "json"),
          "--format", List.of("text", "json", "sarif"));

  private CompletionModel() {}

  /** Every place, parents before children. */
  static List<Place> places(Command root) {
    List<Place> places = new ArrayList<>();
    collect(root, List.of(), places);
    return places;
  }

  /** Every option that takes a value, by all its names. */
  static List<String> takingValues(Command root) {
    List<String> names = new ArrayList<>();
    for (Place place : places(root)) {
      for (Option option : place.allOptions()) {
        if (option.value().isEmpty()) continue;
        option.names().stream().filter(name -> !names.contains(name)).forEach(names::add);
      }
    }
    return names;
  }

  /** Values that can be told, empty when any text may stand there. */
  static List<String> valuesOf(Option option) {
    return VALUES.getOrDefault(option.longName(), List.of());
  }

  /** Whether the value is a file. */
  static boolean takesFile(Option option) {
    return option
        .value()
        .filter(label -> label.equals("FILE") || label.equals("CERT:KEY"))
        .isPresent();
  }

  private static void collect(Command command, List<String> path, List<Place> places) {
    List<Word> words = new ArrayList<>();
    command.children().forEach(child -> words.add(new Word(child.name(), child.summary())));
    Kind kind = Kind.WORDS;
    for (Command.Positional each : command.positional()) {
      each.choices().forEach(choice -> words.add(new Word(choice, "")));
      kind =
          switch (each.label()) {
            case "DIR" -> Kind.FOLDERS;
            case "FILE" -> Kind.FILES;
            case "PATH" -> Kind.CONFIG_PATHS;
            default -> kind;
          };
    }
    places.add(new Place(path, words, command.options(), kind));
    for (Command child : command.children()) {
      List<String> below = new ArrayList<>(path);
      below.add(child.name());
      collect(child, below, places);
    }
  }
}
