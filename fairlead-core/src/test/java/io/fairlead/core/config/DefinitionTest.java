package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What derives from a definition besides the reader. */
class DefinitionTest {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(JsonSchema.of(Gateway.TYPE));

  /** The text as an editor hands it to a schema: nothing substituted. */
  private static String asJson(String yaml) {
    Node node =
        YamlText.parse(
                new ConfigSource("t", yaml, Path.of("")),
                Environment.withVariables(Gateway.VARIABLES),
                new ProblemList())
            .orElseThrow();
    return JsonText.write(plain(node));
  }

  private static Object plain(Node node) {
    return switch (node) {
      case Node.Scalar scalar ->
          scalar.plain() && !scalar.substituted()
              ? Literals.resolve(scalar.written())
              : scalar.written();
      case Node.Mapping mapping -> {
        Map<String, Object> map = new LinkedHashMap<>();
        mapping.entries().forEach(entry -> map.put(entry.key().text(), plain(entry.value())));
        yield map;
      }
      case Node.Sequence sequence -> sequence.items().stream().map(DefinitionTest::plain).toList();
    };
  }

  private static List<Error> validate(String yaml) {
    return SCHEMA.validate(asJson(yaml), InputFormat.JSON);
  }

  @Test
  void schemaAcceptsWhatTheReaderAccepts() {
    assertThat(validate(Gateway.SAMPLE)).isEmpty();
    assertThat(validate("version: 1\nx-note: 1\nlimits: { connections: \"off\" }\n")).isEmpty();
    assertThat(
            validate(
                "version: 1\nlimits: { connections: \"${env:N}\" }\n"
                    .replace("${env:N}", "${env:N:-5}")))
        .isEmpty();
    String effective = Gateway.read(Gateway.SAMPLE).effective().toJson();
    assertThat(SCHEMA.validate(effective, InputFormat.JSON)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name: gw
          version: 2
          version: 1, nmae: gw
          version: 1, name: 5
          version: 1, name: ''
          version: 1, limits: { connections: 0 }
          version: 1, runtime: { drain: { stop: 30 } }
          version: 1, runtime: { transport: epol }
          version: 1, listeners: { web: {} }
          version: 1, listeners: { 'a b': { bind: ':1' } }
          version: 1, upstreams: { a: { health: { type: ping } } }
          version: 1, upstreams: { a: { health: { type: tcp, path: / } } }
          version: 1, upstreams: { a: { endpoints: [{ weight: 5 }] } }
          version: 1, tokens: { a: b }
          """)
  void schemaRefusesWhatTheReaderRefuses(String inner) {
    String yaml = "{ " + inner + " }";
    assertThat(Gateway.read(yaml).value()).isEmpty();
    assertThat(validate(yaml)).isNotEmpty();
  }

  @Test
  void schemaDescribesEveryKeyWithDefaultAndReload() {
    Map<?, ?> schema = (Map<?, ?>) Tree.ofYaml(JsonSchema.of(Gateway.TYPE));
    List<Map<?, ?>> properties = new ArrayList<>();
    collect(schema, properties);
    assertThat(properties).hasSizeGreaterThan(30);
    assertThat(properties).allSatisfy(p -> assertThat(p.get("description")).isNotNull());
    Map<?, ?> definitions = (Map<?, ?>) schema.get("$defs");
    assertThat(Tree.at(definitions, List.of("Drain-live", "properties", "stop", "default")))
        .contains("30s");
    assertThat(Tree.at(definitions, List.of("Runtime", "properties", "drain", "x-reload")))
        .contains("live");
    assertThat(Tree.at(definitions, List.of("Runtime", "properties", "transport", "x-reload")))
        .contains("restart");
    assertThat(Tree.at(definitions, List.of("Listener", "properties", "bind", "examples", "0")))
        .contains(":8080");
    assertThat(Tree.at(definitions, List.of("Limits", "properties", "bandwidth", "x-since")))
        .contains("0.2");
    assertThat(JsonSchema.of(Gateway.TYPE)).contains("\"x-secret\": true");
  }

  private static void collect(Object at, List<Map<?, ?>> properties) {
    if (at instanceof Map<?, ?> map) {
      if (map.get("properties") instanceof Map<?, ?> found) {
        found.values().forEach(value -> properties.add((Map<?, ?>) value));
      }
      map.values().forEach(value -> collect(value, properties));
    } else if (at instanceof List<?> list) {
      list.forEach(value -> collect(value, properties));
    }
  }

  @Test
  void referencePageHasEveryKey() {
    String page = ReferencePage.of(Gateway.TYPE);
    DefinitionWalk.each(
        Gateway.TYPE, (_, field) -> assertThat(page).contains("| `" + field.key() + "` |"));
    assertThat(page).contains("## Listener").contains("At `listeners.*`").contains("| `30s` |");
  }

  @Test
  void explainsAKey() {
    assertThat(Explain.at(Gateway.TYPE, "runtime.drain.stop"))
        .contains(
            """
            runtime.drain.stop
              Bound of a whole stop.
              type      a duration such as 250ms, 10s or 1h, at least 1s
              default   30s
              reload    live
            """);
    assertThat(Explain.at(Gateway.TYPE, "/listeners/web"))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .contains("reload    listener")
                    .contains("bind")
                    .contains("Required."));
    assertThat(Explain.at(Gateway.TYPE, "upstreams.*.health.interval")).isPresent();
    assertThat(Explain.at(Gateway.TYPE, "upstreams.app.endpoints[0].weight")).isPresent();
    assertThat(Explain.at(Gateway.TYPE, ""))
        .hasValueSatisfying(t -> assertThat(t).contains("upstreams"));
    assertThat(Explain.at(Gateway.TYPE, "runtime.dain")).isEmpty();
    assertThat(Explain.nearest(Gateway.TYPE, "runtime.dain")).contains("runtime.drain");
    assertThat(Explain.nearest(Gateway.TYPE, "transport")).contains("runtime.transport");
  }

  @Test
  void offersKeysAndWords() {
    assertThat(Explain.keysAt(Gateway.TYPE, "runtime"))
        .extracting(Explain.Key::key)
        .containsExactly("state_dir", "drain", "event_loops", "transport");
    assertThat(Explain.wordsAt(Gateway.TYPE, "runtime.transport"))
        .containsExactly("auto", "epoll", "nio");
    assertThat(Explain.wordsAt(Gateway.TYPE, "limits.connections")).containsExactly("off");
    assertThat(Explain.wordsAt(Gateway.TYPE, "listeners.a.accept_proxy_protocol"))
        .containsExactly("true", "false");
    assertThat(Explain.keysAt(Gateway.TYPE, "name")).isEmpty();
  }

  @Test
  void effectiveSettingsIncludeDefaultsAndReadBack() {
    Reading<Gateway> reading = Gateway.read("version: 1\nname: ${env:CI_TOKEN}\n");
    assertThat(reading.effective().at("runtime.drain.stop")).contains("30s");
    assertThat(reading.effective().at("/runtime/state_dir")).contains("/etc/fairlead/state");
    assertThat(reading.effective().at("name")).contains("***");
    Reading<Gateway> sample = Gateway.read(Gateway.SAMPLE);
    Reading<Gateway> again =
        Gateway.read(sample.effective().toYaml().replace("\"***\"", "${env:CI_TOKEN}"));
    assertThat(again.problems()).isEmpty();
    assertThat(again.value()).isEqualTo(sample.value());
    assertThat(again.effective().redacted()).isEqualTo(sample.effective().redacted());
  }

  @Test
  void diffNamesPathOperationAndReloadClass() {
    Effective before = Gateway.read(Gateway.SAMPLE).effective();
    String text =
        Gateway.SAMPLE
            .replace("stop: 30s", "stop: 40s")
            .replace("transport: epoll", "transport: nio")
            .replace("bind: \":8080\"", "bind: \":8081\"")
            .replace("weight: 50", "weight: 51")
            .replace("secret: ${env:CI_TOKEN}", "secret: !secret other")
            .replace("  other:\n", "  third:\n");
    List<ConfigDiff.Change> changes =
        ConfigDiff.between(before, Gateway.read(text).effective(), Gateway.TYPE);
    assertThat(changes)
        .extracting(c -> c.path() + " " + c.operation() + " " + c.reload())
        .containsExactly(
            "/runtime/drain/stop UPDATE LIVE",
            "/runtime/transport UPDATE RESTART",
            "/listeners/web/bind UPDATE LISTENER",
            "/listeners/other REMOVE LISTENER",
            "/listeners/third ADD LISTENER",
            "/upstreams/app/endpoints/0/weight UPDATE LIVE",
            "/tokens/0/secret UPDATE LIVE");
    assertThat(changes.getFirst().before()).contains("30s");
    assertThat(changes.getLast().secret()).isTrue();
    assertThat(changes.getLast().after()).contains("***");
    assertThat(ConfigDiff.between(before, before, Gateway.TYPE)).isEmpty();
  }

  @Test
  void refusesDefinitionsThatContradictThemselves() {
    assertThatThrownBy(
            () ->
                RecordType.define(
                    "Twice",
                    "A record.",
                    fields -> {
                      fields.key("a", Types.bool(), "A.").orElse(true);
                      fields.key("a", Types.bool(), "A.").orElse(true);
                      return _ -> "";
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("declared twice");
    assertThatThrownBy(
            () ->
                RecordType.define(
                    "Open",
                    "A record.",
                    fields -> {
                      fields.key("a", Types.bool(), "A.");
                      return _ -> "";
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Gateway.Listener.TYPE.defaults())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void everyCodeIsDeclaredOnceAndExplained() {
    assertThat(Codes.engine()).extracting(Code::id).doesNotHaveDuplicates();
    assertThat(Codes.find("f1104")).map(Code::title).contains("the key is not known here");
    assertThat(Codes.find("F9999")).isEqualTo(Optional.empty());
  }
}
