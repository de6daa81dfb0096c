package io.fairlead.control.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every file of the dashboard, by its path below {@code /ui/}. A path is looked up in this list and
 * nowhere else, so {@code ..} is a name like any other that is not in it. A file is read and
 * compressed when it is first asked for: who never opens the dashboard pays nothing. Thread-safe.
 */
final class UiFiles {
  /** The page that all of it belongs to. */
  static final String INDEX = "";

  private static final String WEBJARS = "/META-INF/resources/webjars/";
  private static final String JS = "text/javascript; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SVG = "image/svg+xml";
  private static final String HTML = "text/html; charset=utf-8";

  /** Our own modules; each has its line here, or it is not served. */
  private static final List<String> MODULES =
      List.of(
          "app.js",
          "theme.js",
          "lib.js",
          "hub.js",
          "view.js",
          "table.js",
          "chart.js",
          "pages/login.js",
          "pages/overview.js",
          "pages/listeners.js",
          "pages/upstreams.js",
          "pages/connections.js",
          "pages/config.js",
          "pages/events.js",
          "pages/tunnels.js",
          "pages/mqtt.js",
          "pages/registry.js",
          "pages/relay.js",
          "pages/metrics.js");

  private static final List<String> DRAWINGS =
      List.of("icon.svg", "chevron.svg", "check.svg", "busy.svg");

  /** Where a file comes from. */
  private record Origin(String resource, String type, boolean versioned) {}

  private static final Map<String, Origin> TABLE = table();

  private final Map<String, UiFile> read = new ConcurrentHashMap<>(); // at most one for each origin

  private static Map<String, Origin> table() {
    Map<String, Origin> table = new LinkedHashMap<>();
    table.put(INDEX, new Origin("index.html", HTML, false));
    table.put("app.css", new Origin("app.css", CSS, false));
    for (String name : MODULES) table.put(name, new Origin(name, JS, false));
    for (String name : DRAWINGS) table.put(name, new Origin(name, SVG, false));
    library(table, "preact", "10.28.0", "dist/preact.module.js", JS);
    library(table, "chart.js", "4.5.1", "dist/chart.umd.min.js", JS);
    library(table, "picocss__pico", "2.1.1", "css/pico.min.css", CSS);
    return Map.copyOf(table);
  }

  private static void library(
      Map<String, Origin> table, String name, String version, String file, String type) {
    String path = name + "/" + version + "/" + file;
    table.put("lib/" + path, new Origin(WEBJARS + path, type, true));
  }

  /** Every path there is. */
  Set<String> paths() {
    return TABLE.keySet();
  }

  /**
   * Looks up; the path as the table has it, decoded.
   *
   * @throws UncheckedIOException a file of the table is not in the jars
   */
  Optional<UiFile> find(String path) {
    Origin origin = TABLE.get(path);
    if (origin == null) return Optional.empty();
    return Optional.of(read.computeIfAbsent(path, _ -> load(origin)));
  }

  private static UiFile load(Origin origin) {
    try (InputStream in = UiFiles.class.getResourceAsStream(origin.resource())) {
      if (in == null) throw new IOException(origin.resource() + ": not in the jars");
      return UiFile.of(origin.type(), origin.versioned(), in.readAllBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
