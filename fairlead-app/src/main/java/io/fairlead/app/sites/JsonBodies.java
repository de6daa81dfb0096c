package io.fairlead.app.sites;

import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.Reply;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON of these areas, as trees. */
final class JsonBodies {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonBodies() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode document(String name) {
    return object().put("schema", "fairlead." + name + "/1");
  }

  static Reply reply(int status, ObjectNode json) {
    return new Reply(
        status,
        "application/json",
        MAPPER.writeValueAsBytes(json),
        List.of(),
        () -> {},
        Optional.empty());
  }

  /** An object of these keys and no others. */
  static ObjectNode read(byte[] body, Set<String> keys) throws BadRequestException {
    ObjectNode object;
    try {
      if (!(MAPPER.readTree(body) instanceof ObjectNode read)) {
        throw new BadRequestException(400, "bad_body", "a JSON object is expected");
      }
      object = read;
    } catch (JacksonException broken) {
      throw new BadRequestException(400, "bad_body", "not JSON: " + broken.getOriginalMessage());
    }
    for (String key : object.propertyNames()) {
      if (!keys.contains(key)) {
        throw new BadRequestException(
            400,
            "bad_body",
            "unknown key: "
                + key
                + " (known: "
                + String.join(", ", keys.stream().sorted().toList())
                + ")");
      }
    }
    return object;
  }
}
