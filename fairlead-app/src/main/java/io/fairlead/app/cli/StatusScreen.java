package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answer of {@code /v1/status} for people. */
final class StatusScreen {
  private StatusScreen() {}

  static List<String> lines(Map<String, @Nullable Object> status) {
    List<String> lines = new ArrayList<>();
    lines.add(
        Json.text(status, "name").orElse("fairlead")
            + ": "
            + Json.text(status, "sentence").orElse("running"));
    add(lines, "version", Json.text(status, "version").orElse(""));
    add(lines, "pid", Json.text(status, "pid").orElse(""));
    Json.number(status, "uptime_seconds")
        .or(() -> Json.number(status, "uptime"))
        .ifPresent(seconds -> add(lines, "up for", Durations.print(seconds)));
    add(lines, "generation", Json.text(status, "generation").orElse(""));
    add(lines, "connections", Json.text(status, "connections").orElse(""));
    Map<String, @Nullable Object> modules = Json.child(status, "modules");
    modules.forEach((name, state) -> add(lines, name, String.valueOf(state)));
    if (status.get("degraded") instanceof List<?> reasons) {
      reasons.forEach(reason -> lines.add("  degraded: " + reason));
    }
    return lines;
  }

  /** The two lines above the tables of {@code top}. */
  static List<String> headline(Map<String, @Nullable Object> status) {
    List<String> lines = new ArrayList<>();
    lines.add(
        Json.text(status, "name").orElse("fairlead")
            + ": "
            + Json.text(status, "sentence").orElse("running"));
    StringBuilder facts = new StringBuilder();
    Json.number(status, "uptime")
        .ifPresent(seconds -> facts.append("up ").append(Durations.print(seconds)));
    facts.append("  generation ").append(Json.text(status, "generation").orElse("-"));
    facts.append("  connections ").append(Json.text(status, "connections").orElse("-"));
    if (status.get("degraded") instanceof List<?> reasons) {
      reasons.forEach(reason -> facts.append("  degraded: ").append(reason));
    }
    lines.add(facts.toString().strip());
    return lines;
  }

  private static void add(List<String> lines, String name, String value) {
    if (!value.isEmpty()) lines.add("  %-14s %s".formatted(name, value));
  }
}
