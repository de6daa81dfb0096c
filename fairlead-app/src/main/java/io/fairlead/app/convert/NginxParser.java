package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads nginx's configuration language: words, quotes, comments, blocks and includes.
 *
 * <p>Bounded: blocks nest {@value #DEPTH_MAX} deep, includes {@value #INCLUDE_DEPTH_MAX}; {@value
 * #FILES_MAX} files, {@value #DIRECTIVES_MAX} directives, words of {@value #WORD_MAX} characters.
 * An instance reads one configuration.
 */
final class NginxParser {
  private static final int DEPTH_MAX = 32;
  private static final int INCLUDE_DEPTH_MAX = 8;
  private static final int FILES_MAX = 256;
  private static final int DIRECTIVES_MAX = 100_000;
  private static final int WORD_MAX = 64 * 1024;
  private static final int WORDS_MAX = 4096;

  private final Path baseDir;
  private final Includes includes;
  private final Draft draft;
  private int files;
  private int directives;

  private NginxParser(Path baseDir, Includes includes, Draft draft) {
    this.baseDir = baseDir;
    this.includes = includes;
    this.draft = draft;
  }

  /**
   * Reads a file with all it includes. Names of included files are relative to the folder of the
   * first file, as nginx has it.
   *
   * @param draft takes remarks on files that were not read
   */
  static List<Directive> parse(ConfigSource source, Includes includes, Draft draft)
      throws ConversionException {
    return new NginxParser(source.baseDir(), includes, draft).file(source, 0, 0);
  }

  private List<Directive> file(ConfigSource source, int depth, int includeDepth)
      throws ConversionException {
    files++;
    return block(new Words(source), depth, includeDepth, false);
  }

  private List<Directive> block(Words words, int depth, int includeDepth, boolean inner)
      throws ConversionException {
    if (depth > DEPTH_MAX) throw words.refuse("blocks nest deeper than " + DEPTH_MAX, "");
    List<Directive> found = new ArrayList<>();
    while (true) {
      Optional<Word> first = words.next();
      if (first.isEmpty()) {
        if (inner) throw words.refuse("the file ends within a block", "close it with `}`");
        return found;
      }
      Word name = first.get();
      switch (name.kind()) {
        case CLOSE -> {
          if (!inner) throw words.refuse(name.at(), "a `}` without its `{`", "remove it");
          return found;
        }
        case OPEN, END ->
            throw words.refuse(name.at(), "a directive without a name", "write `name value;`");
        case TEXT -> {
          Directive directive = directive(name, words, depth, includeDepth);
          if (directive.name().equals("include") && directive.block().isEmpty()) {
            found.addAll(included(directive, depth, includeDepth));
          } else {
            found.add(directive);
          }
        }
      }
    }
  }

  private Directive directive(Word name, Words words, int depth, int includeDepth)
      throws ConversionException {
    if (++directives > DIRECTIVES_MAX) {
      throw words.refuse(name.at(), "more than " + DIRECTIVES_MAX + " directives", "");
    }
    List<String> args = new ArrayList<>();
    while (true) {
      Word word =
          words
              .next()
              .orElseThrow(
                  () ->
                      words.refuse(
                          name.at(), "`" + name.text() + "` has no end", "end it with `;`"));
      switch (word.kind()) {
        case TEXT -> {
          if (args.size() >= WORDS_MAX) throw words.refuse(word.at(), "too many words", "");
          args.add(word.text());
        }
        case END -> {
          return new Directive(name.text(), args, Optional.empty(), name.at());
        }
        case OPEN -> {
          List<Directive> inner = block(words, depth + 1, includeDepth, true);
          return new Directive(name.text(), args, Optional.of(inner), name.at());
        }
        case CLOSE -> throw words.refuse(word.at(), "a `}` before the `;`", "end it with `;`");
      }
    }
  }

  private List<Directive> included(Directive include, int depth, int includeDepth)
      throws ConversionException {
    if (includes instanceof Includes.Never) {
      draft.leftOut(include.at(), "`" + include + "`: files are not read here");
      return List.of();
    }
    List<ConfigSource> sources;
    try {
      sources = Includes.read(include.arg(0), baseDir);
    } catch (IOException | IllegalArgumentException missing) {
      draft.leftOut(include.at(), "`" + include + "`: cannot be read");
      return List.of();
    }
    List<Directive> found = new ArrayList<>();
    for (ConfigSource source : sources) {
      if (files >= FILES_MAX || includeDepth >= INCLUDE_DEPTH_MAX) {
        throw new ConversionException(
            include.at(), "too many includes", "does a file include itself?");
      }
      found.addAll(file(source, depth, includeDepth + 1));
    }
    return found;
  }

  private enum Kind {
    TEXT,
    OPEN,
    CLOSE,
    END
  }

  private record Word(Kind kind, String text, Place at) {}

  /** The words of one file. */
  private static final class Words {
    private final String file;
    private final String text;
    private int index;
    private int line = 1;
    private int lineStart;

    Words(ConfigSource source) {
      this.file = source.fileName();
      this.text = source.text();
    }

    Optional<Word> next() throws ConversionException {
      skip();
      if (index >= text.length()) return Optional.empty();
      Place at = here();
      char c = text.charAt(index);
      Kind mark =
          switch (c) {
            case ';' -> Kind.END;
            case '{' -> Kind.OPEN;
            case '}' -> Kind.CLOSE;
            default -> Kind.TEXT;
          };
      if (mark != Kind.TEXT) {
        index++;
        return Optional.of(new Word(mark, "", at));
      }
      return Optional.of(
          new Word(Kind.TEXT, c == '"' || c == '\'' ? quoted(c, at) : plain(at), at));
    }

    private void skip() {
      while (index < text.length()) {
        char c = text.charAt(index);
        if (c == '#') {
          while (index < text.length() && text.charAt(index) != '\n') index++;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\uFEFF') {
          step(c);
        } else {
          return;
        }
      }
    }

    private String quoted(char quote, Place at) throws ConversionException {
      StringBuilder word = new StringBuilder();
      index++;
      while (index < text.length()) {
        char c = text.charAt(index);
        if (c == quote) {
          index++;
          return word.toString();
        }
        take(c, word, at);
      }
      throw refuse(at, "a quote without its end", "close it with " + quote);
    }

    private String plain(Place at) throws ConversionException {
      StringBuilder word = new StringBuilder();
      while (index < text.length()) {
        char c = text.charAt(index);
        if (c == '$' && index + 1 < text.length() && text.charAt(index + 1) == '{') {
          word.append("${");
          index += 2;
          continue;
        }
        boolean variable = c == '}' && word.lastIndexOf("${") > word.lastIndexOf("}");
        if (!variable && (c == ';' || c == '{' || c == '}' || c <= ' ')) break;
        take(c, word, at);
      }
      return word.toString();
    }

    /** One character or escape. A backslash before anything it does not mean stays. */
    private void take(char c, StringBuilder word, Place at) throws ConversionException {
      if (word.length() >= WORD_MAX) throw refuse(at, "a word of more than 64 Ki characters", "");
      if (c == '\\' && index + 1 < text.length()) {
        char next = text.charAt(index + 1);
        switch (next) {
          case '"', '\'', '\\' -> word.append(next);
          case 't' -> word.append('\t');
          case 'r' -> word.append('\r');
          case 'n' -> word.append('\n');
          default -> word.append(c).append(next);
        }
        index++;
        step(next);
        return;
      }
      word.append(c);
      step(c);
    }

    private void step(char c) {
      index++;
      if (c == '\n') {
        line++;
        lineStart = index;
      }
    }

    private Place here() {
      return new Place(file, line, index - lineStart + 1);
    }

    ConversionException refuse(String message, String hint) {
      return refuse(here(), message, hint);
    }

    ConversionException refuse(Place at, String message, String hint) {
      return new ConversionException(at, message, hint);
    }
  }
}
