package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.http.route.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** How the paths of a route that tries several are read. */
final class TryTypes {
  private static final int STATUS_MIN = 200;
  private static final int STATUS_MAX = 599;

  static final ConfigType<ActionConfig.TryPaths> PATHS =
      Types.listOf(Types.string()).mapped(Codes.UNFIT, TryTypes::parse, TryTypes::print);

  private TryTypes() {}

  private static ActionConfig.TryPaths parse(List<String> texts) {
    List<Template> paths = new ArrayList<>();
    OptionalInt status = OptionalInt.empty();
    for (String text : texts) {
      if (status.isPresent()) throw new IllegalArgumentException(text + " stands after a status");
      if (text.startsWith("=")) status = OptionalInt.of(status(text));
      else paths.add(path(text));
    }
    if (paths.isEmpty()) throw new IllegalArgumentException("no path (expected: at least one)");
    return new ActionConfig.TryPaths(paths, status);
  }

  private static Template path(String text) {
    if (!text.startsWith("/") && !text.startsWith("{path}")) {
      throw new IllegalArgumentException(text + " (expected: a path, {path}…, or =status)");
    }
    return Template.parse(text);
  }

  private static int status(String text) {
    try {
      int status = Integer.parseInt(text.substring(1));
      if (status >= STATUS_MIN && status <= STATUS_MAX) return status;
    } catch (NumberFormatException _) {
      // told below
    }
    throw new IllegalArgumentException(text + " (expected: = and a status, such as =404)");
  }

  private static List<String> print(ActionConfig.TryPaths tries) {
    List<String> texts = new ArrayList<>(tries.paths().stream().map(Template::toString).toList());
    tries.status().ifPresent(status -> texts.add("=" + status));
    return texts;
  }
}
