package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type against literals it takes and literals it refuses. */
class TypesTest {
  enum Level {
    LOW,
    VERY_HIGH
  }

  /** One literal, as it stands after {@code key: }. */
  private static <T> Reading<T> read(ConfigType<T> type, String literal) {
    RecordType<T> root =
        RecordType.define(
            "Root",
            "A test.",
            fields -> {
              Field<T> key = fields.key("key", type, "A key.").required();
              return values -> values.get(key);
            });
    return ConfigReader.read(
        root,
        new ConfigSource("t.yaml", "key: " + literal + "\n", Path.of("/base")),
        Environment.withVariables(Map.of("NUMBER", "12", "WORD", "low")));
  }

  static List<Arguments> good() {
    return List.of(
        Arguments.of(Types.bool(), "true", "true"),
        Arguments.of(Types.bool(), "False", "false"),
        Arguments.of(Types.string(), "a b", "a b"),
        Arguments.of(Types.string(), "yes", "yes"),
        Arguments.of(Types.string(), "'12'", "12"),
        Arguments.of(Types.string(), "${env:NUMBER}", "12"),
        Arguments.of(Types.string().orEmpty(), "''", ""),
        Arguments.of(Types.integer(), "-5", "-5"),
        Arguments.of(Types.integer(), "\"${env:NUMBER}\"", "12"),
        Arguments.of(Types.integer().between(1, 2), "2", "2"),
        Arguments.of(Types.longInteger(), "9223372036854775807", "9223372036854775807"),
        Arguments.of(Types.number().between(0, 1), "0.25", "0.25"),
        Arguments.of(Types.number().between(0, 1), "1", "1.0"),
        Arguments.of(Types.percent(), "50%", "0.5"),
        Arguments.of(Types.duration(), "500us", "PT0.0005S"),
        Arguments.of(Types.duration(), "250ms", "PT0.25S"),
        Arguments.of(Types.duration(), "10s", "PT10S"),
        Arguments.of(Types.duration(), "5m", "PT5M"),
        Arguments.of(Types.duration(), "1h", "PT1H"),
        Arguments.of(Types.duration(), "7d", "PT168H"),
        Arguments.of(Types.duration(), "0s", "PT0S"),
        Arguments.of(Types.size(), "4k", "4KiB"),
        Arguments.of(Types.size(), "10m", "10MiB"),
        Arguments.of(Types.size(), "1g", "1GiB"),
        Arguments.of(Types.size(), "3TiB", "3TiB"),
        Arguments.of(Types.size(), "1500", "1500"),
        Arguments.of(Types.rate(), "1000/s", "1000/s"),
        Arguments.of(Types.byteRate(), "4MiB/s", "4MiB"),
        Arguments.of(Types.byteRate(), "100/s", "100"),
        Arguments.of(Types.limit(), "7", "7"),
        Arguments.of(Types.limit(), "off", "off"),
        Arguments.of(Types.orOff(Types.duration()), "off", "Optional.empty"),
        Arguments.of(Types.orWord("auto", Types.integer()), "3", "Optional[3]"),
        Arguments.of(Types.choice(Level.class), "very_high", "VERY_HIGH"),
        Arguments.of(Types.choice(Level.class), "${env:WORD}", "LOW"),
        Arguments.of(Types.listOf(Types.integer()), "[1, 2]", "[1, 2]"),
        Arguments.of(Types.listOf(Types.integer()).orSingle(), "1", "[1]"),
        Arguments.of(Types.mapOf(Types.integer()), "{ b-1: 1, a_2: 2 }", "{b-1=1, a_2=2}"),
        Arguments.of(Types.stringMap(), "{ X-Y: 'z', 'a b': '' }", "{X-Y=z, a b=}"),
        Arguments.of(Types.secret(), "!secret abc", "***"),
        Arguments.of(Types.listenAddress(), "':80'", ":80"),
        Arguments.of(Types.listenAddress(), "unix:./a.sock", "unix:/base/a.sock"),
        Arguments.of(Types.hostPort(), "Example.org:443", "example.org:443"),
        Arguments.of(Types.destination(), "unix:/run/a", "unix:/run/a"),
        Arguments.of(Types.httpUrl(), "https://h:1/p?q", "https://h:1/p?q"),
        Arguments.of(Types.url("ws", "wss"), "wss://h", "wss://h"),
        Arguments.of(Types.cidr(), "10.0.0.0/8", "10.0.0.0/8"),
        Arguments.of(Types.portRange(), "1-2", "1-2"),
        Arguments.of(Types.path(), "a/../b", "/base/b"),
        Arguments.of(Types.path(), "/x", "/x"));
  }

  @ParameterizedTest
  @MethodSource("good")
  void takes(ConfigType<?> type, String literal, String value) {
    Reading<?> reading = read(type, literal);
    assertThat(reading.problems()).isEmpty();
    assertThat(reading.value().orElseThrow().toString()).isEqualTo(value);
  }

  @ParameterizedTest
  @MethodSource("good")
  void printsWhatReadsBack(ConfigType<?> type, String literal, String value) {
    Reading<?> reading = read(type, literal);
    if (value.equals("***")) return; // secrets do not print: asserted in SecretsTest
    String yaml = reading.effective().toYaml();
    Reading<?> again = read(type, yaml.startsWith("key: ") ? yaml.substring(5) : yaml.substring(4));
    assertThat(again.problems()).isEmpty();
    assertThat(again.value()).isEqualTo(reading.value());
  }

  static List<Arguments> bad() {
    return List.of(
        Arguments.of(Types.bool(), "yes", "F1107"),
        Arguments.of(Types.bool(), "'true'", "F1107"),
        Arguments.of(Types.bool(), "[true]", "F1103"),
        Arguments.of(Types.string(), "true", "F1103"),
        Arguments.of(Types.string(), "1.5", "F1103"),
        Arguments.of(Types.string(), "''", "F1111"),
        Arguments.of(Types.string(), "~", "F1103"),
        Arguments.of(Types.string().matching("[a-z]+", "letters"), "a1", "F1111"),
        Arguments.of(Types.integer(), "1.0", "F1103"),
        Arguments.of(Types.integer(), "0x10", "F1103"),
        Arguments.of(Types.integer(), "2147483648", "F1106"),
        Arguments.of(Types.integer(), "99999999999999999999", "F1103"),
        Arguments.of(Types.longInteger(), "9223372036854775808", "F1106"),
        Arguments.of(Types.number().between(0, 1), "1.5", "F1106"),
        Arguments.of(Types.number(), ".inf", "F1103"),
        Arguments.of(Types.percent(), "101%", "F1106"),
        Arguments.of(Types.duration(), "10", "F1202"),
        Arguments.of(Types.duration(), "1.5s", "F1202"),
        Arguments.of(Types.duration(), "-1s", "F1202"),
        Arguments.of(Types.duration(), "1h30m", "F1202"),
        Arguments.of(Types.duration(), "999999999999d", "F1106"),
        Arguments.of(Types.duration().atLeast(Duration.ofSeconds(1)), "999ms", "F1106"),
        Arguments.of(Types.size(), "4MB", "F1203"),
        Arguments.of(Types.size(), "4 k", "F1203"),
        Arguments.of(Types.size(), "-1", "F1203"),
        Arguments.of(Types.size(), "999999999999t", "F1106"),
        Arguments.of(Types.size().atMost(new ByteSize(10)), "11", "F1106"),
        Arguments.of(Types.rate(), "1000", "F1204"),
        Arguments.of(Types.rate(), "0/s", "F1204"),
        Arguments.of(Types.byteRate(), "4MiB", "F1204"),
        Arguments.of(Types.byteRate(), "0/s", "F1106"),
        Arguments.of(Types.limit(), "0", "F1106"),
        Arguments.of(Types.limit(), "none", "F1103"),
        Arguments.of(Types.choice(Level.class), "VERY_HIGH", "F1105"),
        Arguments.of(Types.listOf(Types.integer()), "1", "F1103"),
        Arguments.of(Types.listOf(Types.integer()).notEmpty(), "[]", "F1106"),
        Arguments.of(Types.mapOf(Types.integer()), "[1]", "F1103"),
        Arguments.of(Types.mapOf(Types.integer()), "{ 'a b': 1 }", "F1108"),
        Arguments.of(Types.stringMap(), "{ a: [] }", "F1103"),
        Arguments.of(Types.secret(), "[a]", "F1103"),
        Arguments.of(Types.listenAddress(), "80", "F1201"),
        Arguments.of(Types.hostPort(), "h:0", "F1201"),
        Arguments.of(Types.hostPort(), "h", "F1201"),
        Arguments.of(Types.httpUrl(), "ftp://h", "F1206"),
        Arguments.of(Types.httpUrl(), "http:///x", "F1206"),
        Arguments.of(Types.httpUrl(), "http://a b", "F1206"),
        Arguments.of(Types.cidr(), "10.1.0.0/8", "F1205"),
        Arguments.of(Types.portRange(), "2-1", "F1201"),
        Arguments.of(Types.path(), "\"a\\0b\"", "F1207"),
        Arguments.of(Types.path(), "''", "F1207"),
        Arguments.of(Types.reference("nowhere"), "a", "F1301"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refuses(ConfigType<?> type, String literal, String code) {
    Reading<?> reading = read(type, literal);
    assertThat(reading.value()).isEmpty();
    assertThat(reading.problems()).extracting(Problem::code).containsExactly(code);
    assertThat(reading.problems().getFirst().place().line()).isEqualTo(1);
  }

  @Test
  void mapsToOtherValuesAndReportsTheirRefusal() {
    ConfigType<Integer> even =
        Types.integer()
            .mapped(
                Codes.OUT_OF_RANGE,
                value -> {
                  if (value % 2 != 0) throw new IllegalArgumentException("expected an even number");
                  return value / 2;
                },
                half -> half * 2);
    assertThat(read(even, "4").value()).contains(2);
    Problem problem = read(even, "3").problems().getFirst();
    assertThat(problem.hint()).isEqualTo("expected an even number");
  }

  @Test
  void namesExclusiveKeys() {
    RecordType<Optional<String>> record =
        RecordType.define(
            "Either",
            "One of two.",
            fields -> {
              var a = fields.key("a", Types.string(), "A.").optional();
              var b = fields.key("b", Types.string(), "B.").optional();
              fields.exactlyOneOf(a, b);
              return values -> values.get(a);
            });
    assertThat(read(record, "{ a: x }").value()).contains(Optional.of("x"));
    assertThat(read(record, "{ a: x, b: y }").problems())
        .extracting(Problem::message)
        .containsExactly("`b` excludes `a`");
    assertThat(read(record, "{}").problems())
        .extracting(Problem::message)
        .containsExactly("one of `a`, `b` is needed");
  }

  @Test
  void flattensAPartIntoTheRecordAroundIt() {
    record Timing(Duration idle) {}
    RecordType<Timing> part =
        RecordType.define(
            "Timing",
            "Times.",
            fields -> {
              var idle =
                  fields.key("idle", Types.duration(), "Idle.").orElse(Duration.ofSeconds(9));
              return values -> new Timing(values.get(idle));
            });
    RecordType<String> whole =
        RecordType.define(
            "Whole",
            "A record.",
            fields -> {
              var name = fields.key("name", Types.string(), "Name.").required();
              var timing = fields.flattened(part);
              return values -> values.get(name) + " " + values.get(timing).idle();
            });
    assertThat(read(whole, "{ name: a, idle: 3s }").value()).contains("a PT3S");
    assertThat(read(whole, "{ name: a }").value()).contains("a PT9S");
    assertThat(read(whole, "{ name: a, idl: 3s }").problems().getFirst().hint())
        .isEqualTo("did you mean `idle`?");
  }

  @Test
  void secretsCompareButDoNotPrint() {
    Reading<Secret> reading = read(Types.secret(), "!secret abc");
    assertThat(reading.value()).contains(Secret.of("abc"));
    assertThat(reading.effective().toYaml()).isEqualTo("key: \"***\"\n");
  }
}
