package io.fairlead.control.http;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Builds, prints and reads JSON as trees; no object of ours is ever mapped by reflection. */
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /** An object that begins with its schema: {@code fairlead.<name>/1}. */
  static ObjectNode document(String name) {
    return object().put("schema", "fairlead." + name + "/1");
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /**
   * Reads what a caller sent.
   *
   * @throws BadRequestException it is no JSON object, or beyond the bounds
   */
  static ObjectNode read(ControlRequest request) throws BadRequestException {
    ControlLimits limits = request.limits();
    try {
      if (reader(limits).readTree(request.body()) instanceof ObjectNode object) return object;
    } catch (StreamConstraintsException beyond) {
      throw new BadRequestException(
          413,
          "body_too_large",
          "JSON beyond %s levels, %s bytes of one text or %s in all (control.limits)"
              .formatted(limits.depth(), limits.text(), limits.document()));
    } catch (JacksonException broken) {
      throw new BadRequestException(400, "bad_body", "not JSON: " + broken.getOriginalMessage());
    }
    throw new BadRequestException(400, "bad_body", "a JSON object is expected");
  }

  private static JsonMapper reader(ControlLimits limits) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(
                    StreamReadConstraints.builder()
                        .maxNestingDepth(ControlLimits.number(limits.depth()))
                        .maxStringLength(ControlLimits.number(limits.text()))
                        .maxDocumentLength(ControlLimits.number(limits.document()))
                        .build())
                .build())
        .build();
  }

  /** A plain tree of maps, collections and scalars. */
  static JsonNode tree(@Nullable Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value) {
      case null -> nodes.nullNode();
      case Map<?, ?> map -> {
        ObjectNode object = nodes.objectNode();
        map.forEach((key, child) -> object.set(String.valueOf(key), tree(child)));
        yield object;
      }
      case Collection<?> list -> {
        ArrayNode array = nodes.arrayNode();
        list.forEach(child -> array.add(tree(child)));
        yield array;
      }
      case Boolean flag -> nodes.booleanNode(flag);
      case Integer number -> nodes.numberNode(number);
      case Long number -> nodes.numberNode(number);
      case Double number -> nodes.numberNode(number);
      case java.math.BigInteger number -> nodes.numberNode(number);
      case java.math.BigDecimal number -> nodes.numberNode(number);
      default -> nodes.stringNode(value.toString());
    };
  }

  /** Seconds with as many digits as they need. */
  static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
