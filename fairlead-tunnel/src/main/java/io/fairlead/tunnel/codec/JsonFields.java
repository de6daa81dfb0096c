package io.fairlead.tunnel.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Typed access to one JSON object; what has another type is malformed, what is unknown ignored. */
final class JsonFields {
  private final Map<?, ?> object;

  JsonFields(Map<?, ?> object) {
    this.object = object;
  }

  String text(String name) throws BadControlException {
    Optional<String> text = optional(name);
    if (text.isEmpty()) throw new BadControlException(name + ": missing");
    return text.get();
  }

  Optional<String> optional(String name) throws BadControlException {
    Object value = object.get(name);
    if (value == null) return Optional.empty();
    if (value instanceof String text) return Optional.of(text);
    throw new BadControlException(name + ": a text is expected");
  }

  long number(String name, long otherwise) throws BadControlException {
    Object value = object.get(name);
    if (value == null) return otherwise;
    if (value instanceof Long number) return number;
    throw new BadControlException(name + ": a number is expected");
  }

  boolean has(String name) {
    return object.get(name) != null;
  }

  boolean flag(String name) throws BadControlException {
    Object value = object.get(name);
    if (value == null) return false;
    if (value instanceof Boolean flag) return flag;
    throw new BadControlException(name + ": true or false is expected");
  }

  List<String> texts(String name) throws BadControlException {
    List<String> texts = new ArrayList<>();
    for (Object item : items(name)) {
      if (!(item instanceof String text)) throw new BadControlException(name + ": texts are due");
      texts.add(text);
    }
    return texts;
  }

  List<JsonFields> objects(String name) throws BadControlException {
    List<JsonFields> objects = new ArrayList<>();
    for (Object item : items(name)) {
      if (!(item instanceof Map<?, ?> map)) throw new BadControlException(name + ": objects due");
      objects.add(new JsonFields(map));
    }
    return objects;
  }

  private List<?> items(String name) throws BadControlException {
    Object value = object.get(name);
    if (value == null) return List.of();
    if (value instanceof List<?> list) return list;
    throw new BadControlException(name + ": a list is expected");
  }
}
