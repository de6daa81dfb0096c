package io.fairlead.pubsub;

import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.NullNode;

/** JSON as values and trees, strict and with bounds. Thread-safe. */
public final class Json {
  /** Deepest nesting taken. */
  public static final int DEPTH_MAX = 512;

  /** Stands for {@code null} where a collection cannot hold it. */
  public static final Object NULL = NullNode.getInstance();

  private static final int TEXT_MAX = 64 * 1024 * 1024;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(TEXT_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
          .build();

  private Json() {}

  /**
   * A value as compact JSON: members of objects in the order of their names, so that equal values
   * give equal text.
   *
   * @param value text, numbers, booleans, {@link #NULL}, lists, maps, trees, slices are not taken
   * @throws PubSubException.SerializeError it has no JSON form
   */
  public static JsonSlice write(Object value) {
    try {
      byte[] bytes = MAPPER.writeValueAsBytes(value);
      return JsonSlice.wrap(bytes, 0, bytes.length);
    } catch (JacksonException failure) {
      throw new PubSubException.SerializeError(failure);
    }
  }

  /** An array of values, as {@link #write} would. */
  public static JsonSlice array(Object... values) {
    return write(List.of(values));
  }

  /**
   * A tree.
   *
   * @throws PubSubException.DecodeError it is not JSON, too deep, or names a member twice
   */
  public static JsonNode tree(JsonSlice json) {
    try {
      return MAPPER.readTree(json.array(), json.offset(), json.length());
    } catch (JacksonException failure) {
      throw new PubSubException.DecodeError(json, "", failure);
    }
  }

  /** The same value in the one form that {@link #write} gives. */
  public static JsonSlice canonical(JsonSlice json) {
    return write(tree(json));
  }
}
