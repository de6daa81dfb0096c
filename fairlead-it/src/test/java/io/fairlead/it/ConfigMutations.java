package io.fairlead.it;

import io.fairlead.app.GatewayConfig;
import io.fairlead.app.GatewayProcess;
import io.fairlead.core.config.ConfigDocument;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Explain;
import io.fairlead.core.config.Node;
import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Reading;
import io.fairlead.testkit.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Breaks a good configuration in one place, in every way people do, and says what a reader should
 * answer. Works on the positions of the parsed text, so that every key and value may be hit, in
 * block style as in flow style.
 */
final class ConfigMutations {
  /** Ways to break a configuration. */
  enum Kind {
    TYPO,
    OTHER_CASE,
    WRONG_TYPE,
    WRONG_NESTING,
    TAB,
    DUPLICATE,
    DANGLING,
    BAD_LITERAL,
    MISSING
  }

  /**
   * One break.
   *
   * @param text of the broken file
   * @param line that must be named
   * @param codes any of which fits
   * @param meant word the hint must hold; empty where none can be known
   */
  record Mutation(
      Kind kind, String what, String text, int line, Set<String> codes, Optional<String> meant) {
    @Override
    public String toString() {
      return kind + " " + what + " on line " + line + ": " + text.lines().toList().get(line - 1);
    }
  }

  /** A key of the file, where it stands, and whether the definition names it. */
  private record Key(String path, String above, Entry entry, Optional<Entry> owner) {
    String name() {
      return entry.key().text();
    }

    int line() {
      return entry.key().span().place().line();
    }
  }

  /** A place where a value of one form stands, and what is no such value. */
  private record Literal(Predicate<String> path, String code, List<String> bad) {}

  private static final List<Literal> LITERALS =
      List.of(
          new Literal(
              path -> path.matches(".*/(drain/(stop|announce|http|stream)|timeouts/\\w+)"),
              "F1202",
              List.of("10", "10 s", "1h30m", "-5s", "fast", "10sec")),
          new Literal(
              path -> path.matches("/http/\\w+/limits/(body|request_line|head|field)"),
              "F1203",
              List.of("4MB", "4 MiB", "-1", "lots", "1.5MiB")),
          new Literal(
              path -> path.endsWith("/new_connections_per_ip"),
              "F1204",
              List.of("100", "100/x", "a/s")),
          new Literal(
              path -> path.matches(".*/(client|client_ip|trusted_proxies|remote_ip)(/0)?"),
              "F1205",
              List.of("10.1.2.3/8", "10.0.0.0/33", "localnet", "300.0.0.0/8")),
          new Literal(
              path -> path.matches("/(listeners/\\w+/bind|control/listen)|.*/address"),
              "F1201",
              List.of("8080", "127.0.0.1", "\"host:port\"", "127.0.0.1:70000")),
          new Literal(
              path -> path.endsWith("/url"),
              "F1206",
              List.of("10.0.0.1:3000", "ftp://10.0.0.1", "\"http://\"", "\"http://a b\"")),
          new Literal(
              path -> path.endsWith("/regex"), "F1220", List.of("\"(a\"", "\"[\"", "\"a{2\\\\\"")),
          new Literal(
              path -> path.matches("/http/\\w+/hosts/\\d"),
              "F1221",
              List.of("\"*\"", "\"a..b\"", "\"a/b\"")),
          new Literal(
              path -> path.matches(".*/match/path"), "F1222", List.of("api/*", "\"\\\\x\"")),
          new Literal(path -> path.endsWith("/X-Client"), "F1223", List.of("\"{ip}\"")),
          new Literal(
              path ->
                  path.matches(
                      ".*/(proto|level|format|transport|balance|acl_default|symlinks|private)"),
              "F1105",
              List.of("other", "HTTPS2", "none")),
          new Literal(
              path ->
                  path.matches(
                      ".*/(enabled|compat_get|allow_empty|websocket|default|anonymous|hide_egress)"),
              "F1107",
              List.of("yes", "\"true\"", "on")),
          new Literal(
              path -> path.matches(".*/(weight|spread|fields|requests_per_connection)"),
              "F1106",
              List.of("-1", "100000000000")));

  private final String text;
  private final int[] points;
  private final ConfigDocument document;
  private final List<Key> keys = new ArrayList<>();
  private final Map<String, Scalar> scalars = new LinkedHashMap<>();

  /** The configuration must be a good one. */
  ConfigMutations(String name, String text) {
    this.text = text;
    this.points = text.codePoints().toArray();
    Reading<GatewayConfig> reading = read(name, text);
    if (reading.value().isEmpty()) throw new AssertionError(name + ": " + reading.problems());
    this.document = reading.document();
    collect("", document.node("").orElseThrow(), Optional.empty());
  }

  /** Reads a text with the program's own definition. */
  static Reading<GatewayConfig> read(String name, String text) {
    return GatewayProcess.read(new ConfigSource(name, text, Path.of("").toAbsolutePath()));
  }

  /** Every path written in the file. */
  List<String> paths() {
    return document.paths();
  }

  /** One break of a kind; empty when the place that chance chose does not offer it. */
  Optional<Mutation> mutate(Kind kind, RandomGenerator random) {
    return switch (kind) {
      case TYPO -> typo(random);
      case OTHER_CASE -> otherCase(random);
      case WRONG_TYPE -> wrongType(random);
      case WRONG_NESTING -> wrongNesting(random);
      case TAB -> tab(random);
      case DUPLICATE -> duplicate(random);
      case DANGLING -> dangling(random);
      case BAD_LITERAL -> badLiteral(random);
      case MISSING -> missing(random);
    };
  }

  private void collect(String path, Node node, Optional<Entry> owner) {
    switch (node) {
      case Scalar scalar -> scalars.put(path, scalar);
      case Sequence sequence -> {
        for (int i = 0; i < sequence.items().size(); i++) {
          collect(path + "/" + i, sequence.items().get(i), owner);
        }
      }
      case Mapping mapping -> {
        for (Entry entry : mapping.entries()) {
          String below = path + "/" + entry.key().text();
          keys.add(new Key(below, path, entry, owner));
          collect(below, entry.value(), Optional.of(entry));
        }
      }
    }
  }

  private static Set<String> known(String path) {
    Set<String> names = new TreeSet<>();
    Explain.keysAt(GatewayConfig.TYPE, path).forEach(key -> names.add(key.key()));
    return names;
  }

  private Optional<Key> declared(RandomGenerator random, Predicate<Key> wanted) {
    List<Key> fitting =
        keys.stream()
            .filter(key -> known(key.above()).contains(key.name()))
            .filter(wanted)
            .toList();
    return fitting.isEmpty()
        ? Optional.empty()
        : Optional.of(fitting.get(random.nextInt(fitting.size())));
  }

  private String replaced(Node.Span span, String by) {
    return new String(points, 0, span.start())
        + by
        + new String(points, span.end(), points.length - span.end());
  }

  private Optional<Mutation> typo(RandomGenerator random) {
    return declared(random, key -> key.name().length() >= 4)
        .flatMap(
            key -> {
              StringBuilder word = new StringBuilder(key.name());
              int at = 1 + random.nextInt(word.length() - 2);
              switch (random.nextInt(4)) {
                case 0 -> word.deleteCharAt(at);
                case 1 -> word.insert(at, (char) ('a' + random.nextInt(26)));
                case 2 -> word.setCharAt(at, (char) ('a' + random.nextInt(26)));
                default -> {
                  char swapped = word.charAt(at);
                  word.setCharAt(at, word.charAt(at + 1));
                  word.setCharAt(at + 1, swapped);
                }
              }
              return renamed(Kind.TYPO, key, word.toString());
            });
  }

  private Optional<Mutation> otherCase(RandomGenerator random) {
    return declared(random, key -> key.name().contains("_"))
        .flatMap(
            key -> {
              String word =
                  switch (random.nextInt(3)) {
                    case 0 -> key.name().replace('_', '-');
                    case 1 -> camel(key.name());
                    default -> key.name().toUpperCase(java.util.Locale.ROOT);
                  };
              return renamed(Kind.OTHER_CASE, key, word);
            });
  }

  private static String camel(String snake) {
    StringBuilder camel = new StringBuilder();
    for (String part : snake.split("_")) {
      camel.append(
          camel.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
    }
    return camel.toString();
  }

  private Optional<Mutation> renamed(Kind kind, Key key, String word) {
    if (known(key.above()).contains(word)) return Optional.empty();
    return Optional.of(
        new Mutation(
            kind,
            key.path(),
            replaced(key.entry().key().span(), word),
            key.line(),
            // The word that says what a record is counts as missing when it is misspelt.
            key.name().equals("type") ? Set.of("F1104", "F1101") : Set.of("F1104"),
            Optional.of("`" + key.name() + "`")));
  }

  private Optional<Mutation> wrongType(RandomGenerator random) {
    List<Map.Entry<String, Scalar>> all = List.copyOf(scalars.entrySet());
    Map.Entry<String, Scalar> hit = all.get(random.nextInt(all.size()));
    if (hit.getKey().equals("/version")) return Optional.empty();
    return Optional.of(
        new Mutation(
            Kind.WRONG_TYPE,
            hit.getKey(),
            replaced(hit.getValue().span(), "[[1]]"),
            hit.getValue().span().place().line(),
            Set.of("F1103"),
            Optional.empty()));
  }

  /** A key of one record in another, on a line of its own. */
  private Optional<Mutation> wrongNesting(RandomGenerator random) {
    List<String> lines = text.lines().toList();
    Optional<Key> host = declared(random, key -> blockLine(lines, key));
    Optional<Key> guest = declared(random, key -> true);
    if (host.isEmpty() || guest.isEmpty()) return Optional.empty();
    String word = guest.get().name();
    if (known(host.get().above()).contains(word) || word.equals("version")) return Optional.empty();
    int line = host.get().line();
    String indent = " ".repeat(host.get().entry().key().span().place().column() - 1);
    List<String> broken = new ArrayList<>(lines);
    broken.add(line - 1, indent + word + ": 1");
    return Optional.of(
        new Mutation(
            Kind.WRONG_NESTING,
            word + " before " + host.get().path(),
            String.join("\n", broken) + "\n",
            line,
            Set.of("F1104"),
            Optional.of("`" + word + "`")));
  }

  /** Whether a line holds nothing before the key, and so may have a line put before it. */
  private static boolean blockLine(List<String> lines, Key key) {
    String line = lines.get(key.line() - 1);
    return line.substring(0, key.entry().key().span().place().column() - 1).isBlank();
  }

  private Optional<Mutation> tab(RandomGenerator random) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    int index = random.nextInt(lines.size());
    String line = lines.get(index);
    if (!line.startsWith("  ") || line.strip().startsWith("#")) return Optional.empty();
    lines.set(index, "\t" + line.stripLeading());
    return Optional.of(
        new Mutation(
            Kind.TAB,
            "",
            String.join("\n", lines) + "\n",
            index + 1,
            Set.of("F1004"),
            Optional.of("spaces")));
  }

  private Optional<Mutation> duplicate(RandomGenerator random) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    Key key = keys.get(random.nextInt(keys.size()));
    boolean oneLine =
        blockLine(lines, key)
            && !(key.entry().value() instanceof Mapping below
                && below.entries().stream()
                    .anyMatch(e -> e.key().span().place().line() != key.line()))
            && !(key.entry().value() instanceof Sequence list
                && list.items().stream().anyMatch(i -> i.span().place().line() != key.line()));
    if (!oneLine) return Optional.empty();
    lines.add(key.line(), lines.get(key.line() - 1));
    return Optional.of(
        new Mutation(
            Kind.DUPLICATE,
            key.path(),
            String.join("\n", lines) + "\n",
            key.line() + 1,
            Set.of("F1102"),
            Optional.of("remove")));
  }

  private Optional<Mutation> dangling(RandomGenerator random) {
    List<Map.Entry<String, Scalar>> references =
        scalars.entrySet().stream()
            // A bridge's certificate is a file, not one of the section of certificates; a service
            // of a tunnel agent is whatever the agent calls so.
            .filter(
                each ->
                    each.getKey()
                        .matches(
                            "(?!/mqtt/bridges|/tunnels/agent|/forward/.*/tunnels/)"
                                + ".*/(tls/cert|service|upstream|fallback_http)"))
            .toList();
    Map.Entry<String, Scalar> hit = references.get(random.nextInt(references.size()));
    Scalar name = hit.getValue();
    return Optional.of(
        new Mutation(
            Kind.DANGLING,
            hit.getKey(),
            replaced(name.span(), name.text() + "x"),
            name.span().place().line(),
            Set.of("F1301"),
            Optional.of("`" + name.text() + "`")));
  }

  private Optional<Mutation> badLiteral(RandomGenerator random) {
    Literal literal = LITERALS.get(random.nextInt(LITERALS.size()));
    List<Map.Entry<String, Scalar>> fitting =
        scalars.entrySet().stream().filter(each -> literal.path().test(each.getKey())).toList();
    if (fitting.isEmpty()) return Optional.empty();
    Map.Entry<String, Scalar> hit = fitting.get(random.nextInt(fitting.size()));
    String bad = literal.bad().get(random.nextInt(literal.bad().size()));
    return Optional.of(
        new Mutation(
            Kind.BAD_LITERAL,
            hit.getKey() + " = " + bad,
            replaced(hit.getValue().span(), bad),
            hit.getValue().span().place().line(),
            // A number where text is due, or the reverse, may be told as the wrong type.
            Set.copyOf(List.of(literal.code(), "F1103", "F1106")),
            Optional.empty()));
  }

  /** Without a required key; the line is the one of the record that lacks it. */
  private Optional<Mutation> missing(RandomGenerator random) {
    List<String> lines = text.lines().toList();
    Optional<Key> found =
        declared(
            random,
            key ->
                key.owner().isPresent()
                    && requiredInEveryForm(key)
                    && key.entry().value() instanceof Scalar
                    && blockLine(lines, key));
    return found.map(
        key -> {
          List<String> broken = new ArrayList<>(lines);
          broken.remove(key.line() - 1);
          return new Mutation(
              Kind.MISSING,
              key.path(),
              String.join("\n", broken) + "\n",
              placeOf(key),
              Set.of("F1101", "F1103", "F1109"),
              // What is left of a record without its only key is no record: any hint may be right.
              sole(key) ? Optional.empty() : Optional.of("`" + key.name()));
        });
  }

  /** A list may have records of several forms, and only some of them need the key. */
  private static boolean requiredInEveryForm(Key key) {
    var forms =
        Explain.keysAt(GatewayConfig.TYPE, key.above()).stream()
            .filter(each -> each.key().equals(key.name()))
            .toList();
    return !forms.isEmpty() && forms.stream().allMatch(each -> each.required());
  }

  /** Where a record stands that lacks a key: at its name, or at its first line in a list. */
  private int placeOf(Key key) {
    if (key.above().matches(".*/[0-9]+")) {
      for (Key other : keys) {
        if (other != key && other.above().equals(key.above())) return other.line();
      }
    }
    return key.owner().orElseThrow().key().span().place().line();
  }

  private boolean sole(Key key) {
    return keys.stream().filter(other -> other.above().equals(key.above())).count() == 1;
  }

  /** One of the kinds, for a round-robin over all of them. */
  static Kind kind(int index) {
    return Kind.values()[index % Kind.values().length];
  }

  /** Chance that repeats. */
  static RandomGenerator chance(long seed) {
    return Seeds.generator(seed);
  }
}
