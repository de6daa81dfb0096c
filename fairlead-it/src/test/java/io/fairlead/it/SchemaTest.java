package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fairlead.app.GatewayConfig;
import io.fairlead.core.config.Explain;
import io.fairlead.core.config.JsonSchema;
import io.fairlead.it.ConfigMutations.Kind;
import io.fairlead.it.ConfigMutations.Mutation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What editors get, {@code fairlead config schema}, says the same as the reader. */
class SchemaTest {
  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
  private static final int UNKNOWN_KEYS = 60;
  private static final long SEED = Long.getLong("fairlead.seed", 20_261_122L);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String text = JsonSchema.of(GatewayConfig.TYPE);
  private final JsonNode tree = JSON.readTree(text);
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private final Schema schema = registry.getSchema(text);

  @Test
  void isASchemaOfItsDialect() {
    assertThat(tree.get("$schema").asString()).isEqualTo(DIALECT);
    Schema dialect = registry.getSchema(SchemaLocation.of(DIALECT));
    assertThat(dialect.validate(tree)).isEmpty();
    assertThat(dialect.validate(JSON.readTree("{\"type\": 7}"))).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart.yaml", "full.yaml"})
  void goodConfigurationsFit(String name) {
    assertThat(schema.validate(asJson(GoodConfigs.texts().get(name)))).isEmpty();
  }

  @Test
  void everyPropertySaysWhatItIs() {
    Map<String, String> descriptions = new TreeMap<>();
    describe("#", tree, descriptions);
    assertThat(descriptions).hasSizeGreaterThan(100).doesNotContainValue("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart.yaml", "full.yaml"})
  void misspeltKeysAreRefusedAsTheReaderRefusesThem(String name) {
    ConfigMutations source = new ConfigMutations(name, GoodConfigs.texts().get(name));
    RandomGenerator random = ConfigMutations.chance(SEED);
    for (int done = 0; done < UNKNOWN_KEYS; ) {
      Optional<Mutation> mutation =
          source.mutate(random.nextBoolean() ? Kind.TYPO : Kind.OTHER_CASE, random);
      if (mutation.isEmpty()) continue;
      done++;
      assertThat(schema.validate(asJson(mutation.get().text())))
          .as("seed %d, %s", SEED, mutation.get())
          .isNotEmpty();
    }
  }

  @Test
  void everyPathOfTheSchemaIsExplained() {
    List<String> paths = new ArrayList<>();
    paths("", tree, paths);
    assertThat(paths)
        .hasSizeGreaterThan(100)
        .contains("http.*.routes.0.match.path.regex", "forward.*.acl.0.allow.client")
        .allSatisfy(
            path ->
                assertThat(Explain.at(GatewayConfig.TYPE, path))
                    .as(path)
                    .hasValueSatisfying(
                        told -> assertThat(told).startsWith(path + "\n").contains("  type")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart.yaml", "full.yaml"})
  void everyPathWrittenIsExplained(String name) {
    List<String> written = new ConfigMutations(name, GoodConfigs.texts().get(name)).paths();
    assertThat(written)
        .allSatisfy(path -> assertThat(Explain.at(GatewayConfig.TYPE, path)).as(path).isPresent());
  }

  private static void describe(String at, JsonNode node, Map<String, String> descriptions) {
    if (node.has("properties") && node.get("properties").isObject()) {
      node.get("properties")
          .properties()
          .forEach(
              each ->
                  descriptions.put(
                      at + "/" + each.getKey(), each.getValue().path("description").asString("")));
    }
    if (node.isObject()) {
      node.properties().forEach(e -> describe(at + "/" + e.getKey(), e.getValue(), descriptions));
    }
  }

  /** Every path a value may stand at, with {@code *} for an id and {@code 0} for an item. */
  private void paths(String at, JsonNode node, List<String> paths) {
    JsonNode reference = node.path("$ref");
    if (reference.isString()) {
      paths(at, tree.at(reference.asString().substring(1)), paths);
    }
    node.path("properties")
        .properties()
        .forEach(
            each -> {
              String below = at.isEmpty() ? each.getKey() : at + "." + each.getKey();
              paths.add(below);
              paths(below, each.getValue(), paths);
            });
    node.path("patternProperties")
        .properties()
        .forEach(
            each -> {
              if (!each.getKey().equals("^x-")) paths(at + ".*", each.getValue(), paths);
            });
    if (node.path("additionalProperties").isObject()) {
      paths(at + ".*", node.get("additionalProperties"), paths);
    }
    if (node.path("items").isObject()) paths(at + ".0", node.get("items"), paths);
    for (String forms : List.of("anyOf", "oneOf")) {
      node.path(forms).forEach(form -> paths(at, form, paths));
    }
  }

  private static JsonNode asJson(String yaml) {
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    return JSON.valueToTree(new Load(settings).loadFromString(yaml));
  }
}
