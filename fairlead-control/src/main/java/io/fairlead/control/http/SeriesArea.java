package io.fairlead.control.http;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.control.series.MetricSeries;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/metrics/series?names=&window=15m}: the recent past of a few meters. Without {@code
 * names} all of them. Immutable; any thread.
 */
public final class SeriesArea implements ResourceArea {
  private static final Duration USUAL = Duration.ofMinutes(15);
  private static final Duration LONGEST = Duration.ofHours(24);

  private final MetricSeries series;

  public SeriesArea(MetricSeries series) {
    this.series = series;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.of("GET", "/v1/metrics/series", Role.VIEWER, Effect.READS, this::series));
  }

  private CompletionStage<Reply> series(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("names", "window"));
    List<String> known = series.names();
    Optional<String> asked = request.query().text("names");
    List<String> names = asked.isEmpty() ? known : List.of(asked.get().split(",", -1));
    for (String name : names) {
      if (!known.contains(name)) {
        throw new BadRequestException(
            400, "bad_query", "names: " + name + " has no series (known: " + known + ")");
      }
    }
    Duration window = request.query().duration("window").orElse(USUAL);
    if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(LONGEST) > 0) {
      throw new BadRequestException(400, "bad_query", "window: 1s to 24h is expected");
    }
    MetricSeries.Window found = series.last(names, window);
    ObjectNode json = Json.document("series");
    json.put("step", found.step().toSeconds()).put("end", found.end().toString());
    ObjectNode lists = json.putObject("series");
    for (String name : names) {
      ArrayNode list = lists.putArray(name);
      for (double value : found.values().getOrDefault(name, new double[0])) {
        if (Double.isFinite(value)) list.add(value);
        else list.addNull();
      }
    }
    return CompletableFuture.completedStage(Reply.json(200, json));
  }
}
