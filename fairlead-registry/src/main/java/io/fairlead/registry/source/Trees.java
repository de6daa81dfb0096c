package io.fairlead.registry.source;

import io.fairlead.registry.source.SourceException.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON and YAML as plain trees of maps, lists, text and numbers; bounded, no object of ours. */
public final class Trees {
  private static final int DEPTH_MAX = 64;
  private static final int TEXT_MAX = 64 * 1024;
  private static final int ALIASES_MAX = 50;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(TEXT_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  private Trees() {}

  /**
   * Reads JSON (RFC 8259); a repeated member is refused.
   *
   * @throws SourceException it is none
   */
  public static @Nullable Object json(byte[] bytes) throws SourceException {
    try {
      return plain(JSON.readTree(bytes));
    } catch (JacksonException broken) {
      throw new SourceException(
          Reason.MALFORMED, "not JSON: " + broken.getOriginalMessage(), broken);
    }
  }

  /**
   * Reads YAML 1.2 with the core schema.
   *
   * @throws SourceException it is none
   */
  static @Nullable Object yaml(String text) throws SourceException {
    LoadSettings settings =
        LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(ALIASES_MAX)
            .setCodePointLimit(io.fairlead.registry.model.Snapshot.BYTES_MAX)
            .build();
    try {
      return new Load(settings).loadFromString(text);
    } catch (YamlEngineException | StackOverflowError broken) {
      throw new SourceException(Reason.MALFORMED, "not YAML: " + firstLine(broken), broken);
    }
  }

  private static String firstLine(Throwable failure) {
    String message = failure.getMessage();
    if (message == null) return failure.getClass().getSimpleName();
    return message.lines().findFirst().orElse("");
  }

  private static @Nullable Object plain(@Nullable JsonNode node) {
    if (node == null || node.isNull() || node.isMissingNode()) return null;
    if (node.isArray()) {
      List<@Nullable Object> list = new ArrayList<>(node.size());
      for (JsonNode child : node) list.add(plain(child));
      return list;
    }
    if (node.isObject()) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> child : node.properties()) {
        map.put(child.getKey(), plain(child.getValue()));
      }
      return map;
    }
    if (node.isString()) return node.asString();
    if (node.isBoolean()) return node.asBoolean();
    if (node.isIntegralNumber() && node.canConvertToLong()) return node.asLong();
    return node.isNumber() ? (Object) node.asDouble() : node.asString("");
  }

  /**
   * What a JSON Pointer (RFC 6901) leads to; empty when it leads nowhere.
   *
   * @param pointer empty for the whole tree
   */
  public static Optional<Object> at(@Nullable Object tree, String pointer) {
    Object here = tree;
    if (!pointer.isEmpty()) {
      for (String token : pointer.substring(1).split("/", -1)) {
        String name = token.replace("~1", "/").replace("~0", "~");
        if (here instanceof Map<?, ?> map) {
          here = map.get(name);
        } else if (here instanceof List<?> list && name.matches("0|[1-9][0-9]{0,8}")) {
          int index = Integer.parseInt(name);
          here = index < list.size() ? list.get(index) : null;
        } else {
          return Optional.empty();
        }
      }
    }
    return Optional.ofNullable(here);
  }
}
