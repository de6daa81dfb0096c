package io.fairlead.app.cli;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code events}: follows the gateway's event stream until one of the two ends. */
final class EventCommands {
  private final Product product;

  EventCommands(Product product) {
    this.product = product;
  }

  int follow(Call call) throws CommandFailure, IOException {
    List<String> query = new ArrayList<>();
    call.value("--type").ifPresent(kind -> query.add("type=" + encoded(kind)));
    if (call.duration("--since").isPresent()) {
      query.add("since=" + encoded(call.value("--since").orElse("")));
    }
    String target = query.isEmpty() ? "/v1/events" : "/v1/events?" + String.join("&", query);
    return new EventFeed(product).follow(call, target, () -> {}, data -> event(call, data));
  }

  private static void event(Call call, String data) throws CommandFailure {
    if (call.json()) {
      call.terminal().data(data);
      return;
    }
    Map<String, @Nullable Object> event = Json.object(data).orElse(Map.of());
    StringBuilder text = new StringBuilder(Json.text(event, "at").orElse(""));
    text.append("  ").append(Json.text(event, "kind").orElse("missed"));
    event.forEach(
        (key, value) -> {
          if (!key.equals("at") && !key.equals("kind")) {
            text.append("  ").append(key).append('=').append(value);
          }
        });
    call.terminal().data(text.toString());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
