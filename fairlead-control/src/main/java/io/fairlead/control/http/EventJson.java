package io.fairlead.control.http;

import io.fairlead.core.event.GatewayEvent;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** An event as JSON: when, which kind, and its fields; durations are seconds. */
public final class EventJson {
  private EventJson() {}

  /**
   * The whole document.
   *
   * @param gateway the name of the gateway it happened in
   */
  public static byte[] of(GatewayEvent event, String gateway) {
    return Json.bytes(tree(event).put("gateway", gateway));
  }

  static ObjectNode tree(GatewayEvent event) {
    ObjectNode data = Json.object();
    data.put("at", event.at().toString()).put("kind", event.kind());
    event.fields().forEach((name, value) -> data.set(name, Json.tree(plain(value))));
    return data;
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case Duration duration -> Json.seconds(duration);
      case Map<?, ?> map -> {
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, child) -> copy.put(key, plain(child)));
        yield copy;
      }
      case Collection<?> list -> list.stream().map(EventJson::plain).toList();
      case null, default -> value;
    };
  }
}
