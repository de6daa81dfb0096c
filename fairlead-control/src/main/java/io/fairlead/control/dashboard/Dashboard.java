package io.fairlead.control.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.EntityTags;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.watch.Watch;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * {@code /ui/}: the files of the dashboard. They show nothing by themselves: what a page shows it
 * asks of the API, as whoever logged in. Immutable; any thread.
 *
 * <p>A path that names a version is kept by a browser for a year; everything else is asked about
 * each time and answered with 304 while it is the same (RFC 9110 §13.1.2).
 */
public final class Dashboard implements ResourceArea {
  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  private final Watch<DashboardConfig> config;
  private final UiFiles files = new UiFiles();

  /**
   * @param config in force; each request asks the newest
   */
  public Dashboard(Watch<DashboardConfig> config) {
    this.config = config;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/ui", Role.PUBLIC, Effect.READS, this::slash),
        Route.of("GET", "/ui/{file...}", Role.PUBLIC, Effect.READS, this::file));
  }

  /** Relative, so that it holds below any base path. */
  private CompletionStage<Reply> slash(ControlRequest request, Map<String, String> captured) {
    if (!config.current().enabled()) return off();
    return done(Reply.empty(308).with("Location", "ui/"));
  }

  private CompletionStage<Reply> file(ControlRequest request, Map<String, String> captured) {
    if (!config.current().enabled()) return off();
    String path = captured.getOrDefault("file", "/").substring(1);
    Optional<UiFile> found = files.find(path).map(file -> themed(path, file));
    return done(
        found
            .map(file -> answer(request, file))
            .orElseGet(
                () -> Reply.error(404, "not_found", "no such file of the dashboard", "", 0)));
  }

  private UiFile themed(String path, UiFile file) {
    if (!path.equals(UiFiles.INDEX)) return file;
    String theme = config.current().theme().name().toLowerCase(Locale.ROOT);
    String page = new String(file.plain(), UTF_8).replace("@theme@", theme);
    return UiFile.of(file.type(), file.versioned(), page.getBytes(UTF_8));
  }

  private static Reply answer(ControlRequest request, UiFile file) {
    boolean gzip = file.shrinks() && takesGzip(request.acceptEncoding());
    String tag = gzip ? file.tag() + "-gz" : file.tag();
    boolean known = EntityTags.match(request.ifNoneMatch(), tag);
    Reply reply =
        known ? Reply.empty(304) : Reply.of(200, file.type(), gzip ? file.gzip() : file.plain());
    if (gzip && !known) reply = reply.with("Content-Encoding", "gzip");
    return reply
        .with("ETag", "\"" + tag + "\"")
        .with("Vary", "Accept-Encoding")
        .with("Cache-Control", file.versioned() ? FOR_EVER : "no-cache")
        .with("Cross-Origin-Resource-Policy", "same-origin");
  }

  /** Whether a coding named {@code gzip} is welcome (RFC 9110 §12.5.3). */
  private static boolean takesGzip(String acceptEncoding) {
    for (String coding : acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = coding.split(";", 2);
      if (!parts[0].strip().equals("gzip")) continue;
      String weight = parts.length == 1 ? "" : parts[1].replace(" ", "");
      return !weight.matches("q=0(\\.0*)?");
    }
    return false;
  }

  private static CompletionStage<Reply> off() {
    return done(
        Reply.error(
            404, "not_found", "the dashboard is turned off", "set control.dashboard.enabled", 0));
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedStage(reply);
  }
}
