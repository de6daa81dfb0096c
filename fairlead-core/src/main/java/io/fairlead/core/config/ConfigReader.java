package io.fairlead.core.config;

import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a configuration. Finds all problems in one pass, and never throws for what a text holds.
 * Stateless; any thread.
 */
public final class ConfigReader {
  /** Of one file, in UTF-8. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  private ConfigReader() {}

  /** Reads a text as {@code root} defines it. */
  public static <T> Reading<T> read(
      RecordType<T> root, ConfigSource source, Environment environment) {
    return read(root, source, environment, List.of());
  }

  /** Reads a text with layers over it, the last one uppermost. */
  public static <T> Reading<T> read(
      RecordType<T> root, ConfigSource source, Environment environment, List<ConfigLayer> layers) {
    ProblemList problems = new ProblemList();
    SourceFiles sources = new SourceFiles();
    sources.text(source.fileName(), source.text());
    sources.file(source.fileName(), pathOf(source));
    if (tooLarge(source.text())) {
      problems.error(
          Codes.TOO_LARGE,
          "",
          new Place(source.fileName(), 1, 1, 1),
          "the file is larger than 4 MiB",
          "spread it over several files with `include`");
      return failed(root, source, sources, problems);
    }
    Optional<Node> node = YamlText.parse(source, environment, problems);
    Span start = new Span(new Place(source.fileName(), 1, 1, 1), 0, 0);
    if (node.isEmpty() && problems.hasErrors()) return failed(root, source, sources, problems);
    if (node.isPresent() && !(node.get() instanceof Mapping)) {
      problems.error(
          Codes.WRONG_TYPE,
          "",
          node.get().span().place(),
          "a configuration is a mapping of keys to values, found " + node.get().kind(),
          "start with `version: 1`");
      return failed(root, source, sources, problems);
    }
    List<Node.Entry> entries =
        node.isPresent() && node.get() instanceof Mapping mapping ? mapping.entries() : List.of();
    sources.folder(source.fileName(), source.baseDir());
    Mapping included =
        new Includes(root, source, environment, problems, sources)
            .resolve(new Mapping(entries, start));
    Mapping document = new Layering(environment, problems, sources, source).apply(included, layers);
    List<Span> secrets = new ArrayList<>();
    ReadContext context =
        ReadContext.root(
            new ReadContext.Shared(
                document,
                Optional.of(root),
                sources.baseDirs(),
                source.baseDir(),
                new HashMap<>(),
                secrets,
                problems));
    SecretKeys secretKeys = new SecretKeys(root);
    secretKeys.hide(document, context);
    Optional<Parsed<T>> read = root.read(document, context);
    boolean usable = !problems.hasErrors();
    if (!usable) {
      sources
          .texts()
          .forEach((file, text) -> secrets.addAll(guessed(secretKeys, file, text, problems)));
    }
    return new Reading<>(
        usable ? read.map(Parsed::value) : Optional.empty(),
        new ConfigDocument(document, sources, secrets),
        problems.sorted(source.fileName()),
        usable ? read.map(ConfigReader::effective).orElse(Effective.NONE) : Effective.NONE);
  }

  /**
   * Reads the bytes of a file, which may turn out not to be UTF-8.
   *
   * @param fileName as the operator named it
   * @param baseDir the folder of the file
   */
  public static <T> Reading<T> read(
      RecordType<T> root, String fileName, byte[] bytes, Path baseDir, Environment environment) {
    return read(root, fileName, bytes, baseDir, environment, List.of());
  }

  /** The same with layers over it, the last one uppermost. */
  public static <T> Reading<T> read(
      RecordType<T> root,
      String fileName,
      byte[] bytes,
      Path baseDir,
      Environment environment,
      List<ConfigLayer> layers) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer chars = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), chars, true);
    String text = chars.flip().toString();
    ConfigSource source = new ConfigSource(fileName, text, baseDir);
    if (!result.isError()) return read(root, source, environment, layers);
    int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
    String lastLine = text.substring(text.lastIndexOf('\n') + 1);
    int column = lastLine.codePointCount(0, lastLine.length()) + 1;
    ProblemList problems = new ProblemList();
    problems.error(
        Codes.NOT_UTF8,
        "",
        new Place(fileName, line, column, 1),
        "the file is not valid UTF-8 here",
        "save it as UTF-8");
    SourceFiles sources = new SourceFiles();
    sources.text(fileName, text);
    sources.file(fileName, pathOf(source));
    return failed(root, source, sources, problems);
  }

  /**
   * Not all of a text need be in the document: a key written twice, or a whole included file that
   * is not YAML.
   */
  private static List<Span> guessed(
      SecretKeys secretKeys, String file, String text, ProblemList problems) {
    boolean parsed =
        problems.sorted(file).stream()
            .noneMatch(
                problem ->
                    problem.place().file().equals(file) && problem.code().startsWith("F100"));
    return parsed ? secretKeys.named(file, text) : secretKeys.guess(file, text);
  }

  private static Path pathOf(ConfigSource source) {
    return source.baseDir().resolve(Path.of(source.fileName()).getFileName()).normalize();
  }

  private static boolean tooLarge(String text) {
    // A char is one to three bytes of UTF-8: count only when the length leaves a doubt.
    if (text.length() > BYTES_MAX) return true;
    return text.length() > BYTES_MAX / 3
        && text.getBytes(StandardCharsets.UTF_8).length > BYTES_MAX;
  }

  @SuppressWarnings("unchecked") // a record prints as a map of its keys
  private static Effective effective(Parsed<?> read) {
    return read.tree() instanceof Map<?, ?> tree
        ? new Effective((Map<String, Object>) tree)
        : Effective.NONE;
  }

  private static <T> Reading<T> failed(
      RecordType<T> root, ConfigSource source, SourceFiles sources, ProblemList problems) {
    Span start = new Span(new Place(source.fileName(), 1, 1, 1), 0, 0);
    return new Reading<>(
        Optional.empty(),
        new ConfigDocument(
            new Mapping(List.of(), start),
            sources,
            new SecretKeys(root).guess(source.fileName(), source.text())),
        problems.sorted(source.fileName()),
        Effective.NONE);
  }
}
