package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Problem.Place;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/**
 * Follows {@code include} and merges what it finds: mappings deeply, lists one after the other. The
 * same setting or the same id in two files is an error that names both. One reading, one thread.
 */
final class Includes {
  static final String KEY = "include";
  private static final int DEPTH_MAX = 8;
  private static final int FILES_MAX = 64;

  private final RecordType<?> root;
  private final ConfigSource main;
  private final Environment environment;
  private final ProblemList problems;
  private final SourceFiles sources;
  private int files;

  Includes(
      RecordType<?> root,
      ConfigSource main,
      Environment environment,
      ProblemList problems,
      SourceFiles sources) {
    this.root = root;
    this.main = main;
    this.environment = environment;
    this.problems = problems;
    this.sources = sources;
  }

  /** The document with everything it includes, and what that includes. */
  Mapping resolve(Mapping document) {
    if (root.field(KEY).isEmpty()) return document;
    Path itself = main.baseDir().resolve(Path.of(main.fileName()).getFileName()).normalize();
    return resolve(document, main.baseDir(), List.of(itself));
  }

  private Mapping resolve(Mapping document, Path baseDir, List<Path> around) {
    Optional<Entry> include = document.entry(KEY);
    if (include.isEmpty() || !(include.get().value() instanceof Sequence patterns)) {
      return document;
    }
    Mapping merged = document;
    for (Node item : patterns.items()) {
      if (!(item instanceof Scalar pattern)) continue;
      for (Path file : matching(pattern, baseDir)) {
        Optional<Mapping> included = read(file, pattern, around);
        if (included.isPresent()) merged = merge(merged, included.get(), List.of());
      }
    }
    return merged;
  }

  private List<Path> matching(Scalar pattern, Path baseDir) {
    try {
      sources.includeFolder(FilePattern.of(baseDir, pattern.text()).folder());
      return environment.matching(baseDir, pattern.text());
    } catch (IOException unreadable) {
      refuse(pattern, pattern.shown() + ": " + Substitution.reason(unreadable), "");
    } catch (InvalidPathException | PatternSyntaxException malformed) {
      refuse(pattern, pattern.shown() + " is not a file name or pattern", "");
    }
    return List.of();
  }

  private Optional<Mapping> read(Path file, Scalar pattern, List<Path> around) {
    if (around.contains(file)) {
      refuse(pattern, file + " includes itself", "remove it from `include`");
      return Optional.empty();
    }
    if (around.size() > DEPTH_MAX || ++files > FILES_MAX) {
      refuse(pattern, "more than " + FILES_MAX + " included files or " + DEPTH_MAX + " levels", "");
      return Optional.empty();
    }
    String name = shownName(file);
    Path folder = Optional.ofNullable(file.getParent()).orElse(main.baseDir());
    try {
      String text = environment.read(file, ConfigReader.BYTES_MAX).text();
      sources.text(name, text);
      sources.folder(name, folder);
      sources.file(name, file);
      Optional<Node> node =
          YamlText.parse(new ConfigSource(name, text, folder), environment, problems);
      if (node.isEmpty()) return Optional.empty();
      if (node.get() instanceof Mapping mapping) {
        List<Path> below = new ArrayList<>(around);
        below.add(file);
        return Optional.of(resolve(mapping, folder, below));
      }
      problems.error(
          Codes.WRONG_TYPE,
          "",
          node.get().span().place(),
          "a configuration is a mapping of keys to values, found " + node.get().kind(),
          "");
    } catch (CharacterCodingException notUtf8) {
      refuse(pattern, file + " is not UTF-8", "save it as UTF-8");
    } catch (IOException unreadable) {
      refuse(pattern, "cannot read " + file + ": " + Substitution.reason(unreadable), "");
    }
    return Optional.empty();
  }

  /** As the operator would name it, in the manner the main file was named. */
  private String shownName(Path file) {
    Path base = main.baseDir().normalize();
    return file.startsWith(base)
        ? Path.of(main.fileName()).resolveSibling(base.relativize(file)).toString()
        : file.toString();
  }

  private Mapping merge(Mapping first, Mapping second, List<String> path) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Entry entry : first.entries()) entries.put(entry.key().text(), entry);
    boolean named =
        DefinitionWalk.find(root, path).stream()
            .anyMatch(type -> type.shape() instanceof Shape.Named);
    for (Entry entry : second.entries()) {
      String key = entry.key().text();
      // Of an included file these two speak about that file.
      if (path.isEmpty() && (key.equals("version") || key.equals(KEY))) continue;
      Entry present = entries.putIfAbsent(key, entry);
      if (present == null || key.startsWith("x-")) continue;
      boolean together = !named && joinable(present.value(), entry.value());
      if (together) {
        Node joined = join(present.value(), entry.value(), DefinitionWalk.plus(path, key));
        entries.put(key, new Entry(present.key(), joined));
      } else {
        conflict(entry.key(), present.key().span().place(), named ? "id" : "setting");
      }
    }
    return new Mapping(List.copyOf(entries.values()), first.span());
  }

  private static boolean joinable(Node first, Node second) {
    return empty(first)
        || empty(second)
        || (first instanceof Mapping && second instanceof Mapping)
        || (first instanceof Sequence && second instanceof Sequence);
  }

  private static boolean empty(Node node) {
    return node instanceof Scalar scalar && scalar.isNull();
  }

  private Node join(Node first, Node second, List<String> path) {
    if (empty(second)) return first;
    if (first instanceof Mapping one && second instanceof Mapping other) {
      return merge(one, other, path);
    }
    if (first instanceof Sequence one && second instanceof Sequence other) {
      Map<String, Scalar> names = new LinkedHashMap<>();
      one.items().forEach(item -> name(item).ifPresent(name -> names.put(name.text(), name)));
      for (Node item : other.items()) {
        Optional<Scalar> name = name(item);
        if (name.isEmpty()) continue;
        Scalar present = names.get(name.get().text());
        if (present != null) conflict(name.get(), present.span().place(), "name");
      }
      List<Node> items = new ArrayList<>(one.items());
      items.addAll(other.items());
      return new Sequence(items, one.span());
    }
    return second;
  }

  private static Optional<Scalar> name(Node item) {
    return item instanceof Mapping mapping
        ? mapping
            .entry("name")
            .or(() -> mapping.entry("id"))
            .flatMap(
                entry ->
                    entry.value() instanceof Scalar name ? Optional.of(name) : Optional.empty())
        : Optional.empty();
  }

  private void conflict(Scalar second, Place first, String what) {
    problems.error(
        Codes.INCLUDE_CONFLICT,
        "",
        second.span().place(),
        "the " + what + " " + second.shown() + " is in two files",
        "remove one of the two",
        "the other is at " + first.file() + ":" + first.line() + ":" + first.column());
  }

  private void refuse(Scalar pattern, String message, String hint) {
    problems.error(Codes.INCLUDE, "/" + KEY, pattern.span().place(), message, hint);
  }
}
