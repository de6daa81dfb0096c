package io.fairlead.core.config;

import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds secrets by the names of their keys, for text that could not be read as the definition
 * wants: what is in the wrong place is a secret all the same.
 */
final class SecretKeys {
  private static final Pattern LINE =
      Pattern.compile(
          // No greedy prefix: on a long line without a key each start would cost the whole line.
          "(?i)(?:secret|token|passw|credential|pwd)[\\w-]{0,64}[\"']?[ \\t]{0,64}[: ][ \\t]{0,64}");

  private final Set<String> names = new HashSet<>();
  private final Optional<Pattern> named;

  SecretKeys(RecordType<?> root) {
    DefinitionWalk.each(
        root,
        (_, field) -> {
          if (secret(field.type())) names.add(field.key());
        });
    named =
        names.isEmpty()
            ? Optional.empty()
            : Optional.of(
                Pattern.compile(
                    names.stream()
                        .map(name -> Pattern.quote(name).replace("_", "\\E[_-]?\\Q"))
                        .collect(
                            Collectors.joining(
                                "|", "(?i)(?<![\\w-])(?:", ")[\"']?[ \\t]{0,64}:[ \\t]{0,64}"))));
  }

  /** Whether values of the type are secrets, or hold some at once below. */
  static boolean secret(ConfigType<?> type) {
    return switch (type.shape()) {
      case Shape.Scalar scalar -> scalar.secret();
      case Shape.Items items -> secret(items.element());
      case Shape.Named named -> secret(named.element());
      case Shape.Alternatives alternatives ->
          alternatives.types().stream().anyMatch(SecretKeys::secret);
      case Shape.Keys _ -> false;
      case Shape.Variants _ -> false;
    };
  }

  /** Hides everything in {@code node} that stands under the name of a secret, or is marked. */
  void hide(Node node, ReadContext context) {
    switch (node) {
      case Scalar scalar when scalar.tainted() -> context.hide(scalar);
      case Scalar _ -> {}
      case Sequence sequence -> sequence.items().forEach(item -> hide(item, context));
      case Mapping mapping -> {
        for (Node.Entry entry : mapping.entries()) {
          boolean named =
              names.contains(entry.key().text())
                  || names.contains(Spelling.snakeCase(entry.key().text()));
          if (named) context.hide(entry.value());
          else hide(entry.value(), context);
        }
      }
    }
  }

  /**
   * What looks like a secret in a text that is not YAML: the rest of a line after a key with a
   * telling name or the name of a secret, and what is indented below it.
   */
  List<Span> guess(String file, String text) {
    List<Span> spans = new ArrayList<>(guess(file, text, LINE));
    spans.addAll(named(file, text));
    return spans;
  }

  /** The same after names of secrets alone: for a text of which some part was not understood. */
  List<Span> named(String file, String text) {
    return named.map(pattern -> guess(file, text, pattern)).orElse(List.of());
  }

  private static List<Span> guess(String file, String text, Pattern pattern) {
    List<Span> spans = new ArrayList<>();
    int offset = text.startsWith("\uFEFF") ? -1 : 0;
    int hiddenIndent = -1;
    for (String line : text.split("(?<=\n)", -1)) {
      int length = line.codePointCount(0, line.length());
      int indent = line.length() - line.stripLeading().length();
      // How deep a tab goes is for nobody to say: taken for deeper.
      boolean tab = line.substring(0, indent).contains("\t");
      boolean below = hiddenIndent >= 0 && (indent > hiddenIndent || tab || line.isBlank());
      if (below) {
        spans.add(span(file, offset, offset + length));
      } else {
        hiddenIndent = -1;
        Matcher key = pattern.matcher(line);
        if (key.find()) {
          spans.add(span(file, offset + line.codePointCount(0, key.end()), offset + length));
          hiddenIndent = indent;
        }
      }
      offset += length;
    }
    return spans;
  }

  private static Span span(String file, int start, int end) {
    return new Span(new Place(file, 0, 0, 0), start, end);
  }
}
