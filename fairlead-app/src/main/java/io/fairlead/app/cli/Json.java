package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as plain trees of maps, lists, strings, numbers and booleans. Uses the streaming layer only:
 * data binding would cost a short command more than all the rest of it.
 */
final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** A tree, or empty when {@code text} is not one JSON object. */
  static Optional<Map<String, @Nullable Object>> object(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) return Optional.empty();
      Map<String, @Nullable Object> object = readObject(parser);
      return parser.nextToken() == null ? Optional.of(object) : Optional.empty();
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  /** The text below {@code key}, or empty when it is missing or not a scalar. */
  static Optional<String> text(Map<String, @Nullable Object> object, String key) {
    return switch (object.get(key)) {
      case String text -> Optional.of(text);
      case Number number -> Optional.of(number.toString());
      case Boolean bool -> Optional.of(bool.toString());
      case null, default -> Optional.empty();
    };
  }

  static Optional<Long> number(Map<String, @Nullable Object> object, String key) {
    return object.get(key) instanceof Number number
        ? Optional.of(number.longValue())
        : Optional.empty();
  }

  @SuppressWarnings("unchecked") // maps come from readObject only: their keys are text
  static Map<String, @Nullable Object> child(Map<String, @Nullable Object> object, String key) {
    return object.get(key) instanceof Map<?, ?> map
        ? (Map<String, @Nullable Object>) map
        : Map.of();
  }

  /** The objects of a list; other elements are passed over. */
  @SuppressWarnings("unchecked") // as above
  static List<Map<String, @Nullable Object>> children(
      Map<String, @Nullable Object> object, String key) {
    List<Map<String, @Nullable Object>> children = new ArrayList<>();
    if (object.get(key) instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> map) children.add((Map<String, @Nullable Object>) map);
      }
    }
    return children;
  }

  /** On one line, keys in their order. */
  static String line(@Nullable Object tree) {
    StringBuilder text = new StringBuilder(128);
    print(tree, "", text);
    return text.toString();
  }

  /** Two spaces of indentation, keys in their order. */
  static String print(@Nullable Object tree) {
    StringBuilder text = new StringBuilder(512);
    print(tree, "\n", text);
    return text.toString();
  }

  private static Map<String, @Nullable Object> readObject(JsonParser parser) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      object.put(key, readValue(parser));
    }
    return object;
  }

  private static @Nullable Object readValue(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> readObject(parser);
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) list.add(readValue(parser));
        yield list;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> parser.getString();
    };
  }

  private static void print(@Nullable Object tree, String newLine, StringBuilder text) {
    String deeper = newLine.isEmpty() ? "" : newLine + "  ";
    switch (tree) {
      case null -> text.append("null");
      case Map<?, ?> map when map.isEmpty() -> text.append("{}");
      case Map<?, ?> map -> {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          text.append(separator).append(deeper);
          quote(String.valueOf(entry.getKey()), text);
          text.append(": ");
          print(entry.getValue(), deeper, text);
          separator = newLine.isEmpty() ? ", " : ",";
        }
        text.append(newLine).append('}');
      }
      case List<?> list when list.isEmpty() -> text.append("[]");
      case List<?> list -> {
        String separator = "[";
        for (Object each : list) {
          text.append(separator).append(deeper);
          print(each, deeper, text);
          separator = newLine.isEmpty() ? ", " : ",";
        }
        text.append(newLine).append(']');
      }
      case Number number -> text.append(number);
      case Boolean bool -> text.append(bool);
      default -> quote(tree.toString(), text);
    }
  }

  /** A JSON string, which is also a YAML double-quoted scalar. */
  static String quoted(String value) {
    StringBuilder text = new StringBuilder(value.length() + 2);
    quote(value, text);
    return text.toString();
  }

  private static void quote(String value, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7F) text.append("\\u%04x".formatted((int) c));
          else text.append(c);
        }
      }
    }
    text.append('"');
  }
}
