package io.fairlead.core.config;

import java.util.List;
import java.util.Optional;

/** The diagnostics the configuration engine itself emits. */
public final class Codes {
  // F10xx: file, encoding, YAML syntax, includes
  public static final Code TOO_LARGE =
      new Code(
          "F1001",
          "a configuration file has at most 4 MiB",
          "one file of 5 MiB",
          "include: [conf.d/*.yaml]");
  public static final Code NOT_UTF8 =
      new Code(
          "F1002",
          "the file is not valid UTF-8",
          "a file saved as ISO 8859-1",
          "the same file saved as UTF-8");
  public static final Code SYNTAX =
      new Code("F1003", "the text is not valid YAML", "name: [a, b", "name: [a, b]");
  public static final Code TAB =
      new Code(
          "F1004",
          "a tab stands where YAML wants spaces",
          "upstreams:\n\tapp: {}",
          "upstreams:\n  app: {}");
  public static final Code VERSION =
      new Code("F1005", "the format version is missing or unknown", "version: 2", "version: 1");
  public static final Code KEY_NOT_TEXT =
      new Code("F1006", "a key must be one word of text", "? [a, b]\n: c", "a: c\nb: c");
  public static final Code TAG =
      new Code("F1007", "only the tag !secret is understood", "name: !!str gw", "name: \"gw\"");
  public static final Code ALIAS =
      new Code(
          "F1008",
          "an alias is unknown, contains itself, or there are too many",
          "a: &x [*x]",
          "a: &x [1]\nb: *x");
  public static final Code TOO_DEEP =
      new Code("F1009", "values nest deeper than 64 levels", "a: [[[[…]]]]", "a: [1]");
  public static final Code MANY_DOCUMENTS =
      new Code(
          "F1010",
          "a configuration file is one YAML document",
          "version: 1\n---\nname: gw",
          "version: 1\nname: gw");
  public static final Code INCLUDE =
      new Code(
          "F1011",
          "an include cannot be read, nests too deep, or includes itself",
          "include: [fairlead.yaml]      # in fairlead.yaml",
          "include: [conf.d/*.yaml]");
  public static final Code INCLUDE_CONFLICT =
      new Code(
          "F1012",
          "two files give the same setting or the same id",
          "# a.yaml\nname: a\n# b.yaml\nname: b",
          "# a.yaml\nname: a");
  public static final Code LAYER =
      new Code(
          "F1014",
          "a value set at run time does not fit the configuration it lies over",
          "PUT /v1/config/effective/name/below",
          "PUT /v1/config/effective/name");
  public static final Code SUBSTITUTION =
      new Code(
          "F1020",
          "a ${…} is not one of ${env:…}, ${file:…}, ${cred:…}",
          "name: ${HOSTNAME}",
          "name: ${env:HOSTNAME}      # a literal ${ is written $${");
  public static final Code NO_VARIABLE =
      new Code(
          "F1021",
          "an environment variable is not set",
          "name: ${env:NOT_SET}",
          "name: ${env:NOT_SET:-gw}");
  public static final Code NO_FILE =
      new Code(
          "F1022",
          "a file or credential that supplies a value cannot be read",
          "token: ${file:missing.token}",
          "token: ${file:secrets/ci.token}");

  // F11xx: keys, types, ranges
  public static final Code REQUIRED =
      new Code(
          "F1101", "a required key is missing", "db: { proto: tcp }", "db: { bind: \":5432\" }");
  public static final Code DUPLICATE =
      new Code("F1102", "a key is written twice", "name: a\nname: b", "name: b");
  public static final Code WRONG_TYPE =
      new Code("F1103", "the value has another type", "hosts: localhost", "hosts: [localhost]");
  public static final Code UNKNOWN_KEY =
      new Code(
          "F1104",
          "the key is not known here",
          "app: { heath: { path: / } }",
          "app: { health: { path: / } }      # x-… keys are ignored");
  public static final Code NOT_A_CHOICE =
      new Code("F1105", "the value is none of the choices", "level: loud", "level: debug");
  public static final Code OUT_OF_RANGE =
      new Code("F1106", "the value is out of range", "weight: 0", "weight: 1");
  public static final Code NOT_A_BOOLEAN =
      new Code("F1107", "the only booleans are true and false", "enabled: yes", "enabled: true");
  public static final Code BAD_ID =
      new Code(
          "F1108",
          "an id has 1 to 64 characters from a-z, 0-9, _ and -",
          "upstreams: { My App: {} }",
          "upstreams: { my_app: {} }");
  public static final Code EXCLUSIVE =
      new Code(
          "F1109",
          "exactly one, or at most one, of these keys may be given",
          "{ upstream: app, files: { root: . } }",
          "{ upstream: app }");
  public static final Code UNFIT =
      new Code(
          "F1110", "values do not fit together", "{ min: 10s, max: 5s }", "{ min: 5s, max: 10s }");
  public static final Code BAD_TEXT =
      new Code("F1111", "the text does not have the wanted form", "name: \"\"", "name: gw-1");

  // F12xx: literals with a grammar
  public static final Code BAD_ADDRESS =
      new Code("F1201", "not an address", "bind: 8080", "bind: \":8080\"");
  public static final Code BAD_DURATION =
      new Code("F1202", "not a duration", "interval: 5", "interval: 5s");
  public static final Code BAD_SIZE = new Code("F1203", "not a size", "max: 4MB", "max: 4MiB");
  public static final Code BAD_RATE = new Code("F1204", "not a rate", "rate: 1000", "rate: 1000/s");
  public static final Code BAD_CIDR =
      new Code("F1205", "not an address block", "allow: [10.1.2.3/8]", "allow: [10.0.0.0/8]");
  public static final Code BAD_URL =
      new Code(
          "F1206", "not a URL of a wanted scheme", "url: example.org", "url: https://example.org");
  public static final Code BAD_PATH =
      new Code("F1207", "not a file path", "file: \"a\\0b\"", "file: state/audit.log");

  // F13xx: references
  public static final Code DANGLING =
      new Code(
          "F1301",
          "a reference names nothing",
          "upstream: ap      # upstreams: { app: … }",
          "upstream: app");
  public static final Code WRONG_KIND =
      new Code(
          "F1302",
          "a reference names an object of another kind",
          "service: app      # an upstream",
          "service: site      # under http or forward");

  // W3xxx: advice
  public static final Code RENAMED =
      new Code("W3001", "the key has a new name", "limit_req: a", "zone: a");
  public static final Code LITERAL_SECRET =
      new Code(
          "W3301",
          "a secret stands in the file itself",
          "token: abc",
          "token: ${file:secrets/ci.token}      # or, on purpose: token: !secret abc");
  public static final Code OPEN_FILE =
      new Code(
          "W3302",
          "others may read a file that holds a secret",
          "-rw-r--r-- ci.token",
          "chmod 600 ci.token");

  private static final List<Code> ENGINE =
      List.of(
          TOO_LARGE,
          NOT_UTF8,
          SYNTAX,
          TAB,
          VERSION,
          KEY_NOT_TEXT,
          TAG,
          ALIAS,
          TOO_DEEP,
          MANY_DOCUMENTS,
          INCLUDE,
          INCLUDE_CONFLICT,
          LAYER,
          SUBSTITUTION,
          NO_VARIABLE,
          NO_FILE,
          REQUIRED,
          DUPLICATE,
          WRONG_TYPE,
          UNKNOWN_KEY,
          NOT_A_CHOICE,
          OUT_OF_RANGE,
          NOT_A_BOOLEAN,
          BAD_ID,
          EXCLUSIVE,
          UNFIT,
          BAD_TEXT,
          BAD_ADDRESS,
          BAD_DURATION,
          BAD_SIZE,
          BAD_RATE,
          BAD_CIDR,
          BAD_URL,
          BAD_PATH,
          DANGLING,
          WRONG_KIND,
          RENAMED,
          LITERAL_SECRET,
          OPEN_FILE);

  private Codes() {}

  /** All codes of the engine, in order. */
  public static List<Code> engine() {
    return ENGINE;
  }

  /** The engine's code of that id. */
  public static Optional<Code> find(String id) {
    return ENGINE.stream().filter(code -> code.id().equalsIgnoreCase(id)).findFirst();
  }
}
