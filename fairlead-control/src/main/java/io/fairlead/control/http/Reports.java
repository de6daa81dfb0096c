package io.fairlead.control.http;

import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.Change;
import io.fairlead.control.api.HealthReport;
import io.fairlead.control.api.ListenerReport;
import io.fairlead.control.api.ReloadReport;
import io.fairlead.control.api.StatusReport;
import io.fairlead.core.config.Problem;
import io.fairlead.net.live.LiveConnection;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How reports look as JSON: fields are only ever added, times are RFC 3339 UTC, durations seconds
 * except {@code took_ms}, sizes bytes.
 */
final class Reports {
  private Reports() {}

  static ObjectNode reload(ReloadReport report) {
    ObjectNode json = Json.document("reload");
    json.put("generation", report.generation());
    json.put("previous", report.previous());
    json.put("hash", report.hash());
    json.set("who", ConfigReports.who(report.who()));
    json.put("unchanged", report.unchanged());
    json.put("disruptive", report.disruptive());
    json.put("dry_run", report.dryRun());
    json.put("took_ms", report.took().toMillis());
    json.set("changed", changes(report.changed()));
    json.putObject("kept")
        .put("listeners", report.kept().listeners())
        .put("connections", report.kept().connections())
        .put("streams", report.kept().streams());
    ObjectNode draining = json.putObject("draining");
    draining.put("connections", report.draining().connections());
    draining.put("streams", report.draining().streams());
    report.draining().deadline().ifPresent(at -> draining.put("deadline", at.toString()));
    report.confirmBy().ifPresent(at -> json.put("confirm_by", at.toString()));
    json.set("warnings", problems(report.warnings(), Problem.Severity.WARNING));
    return json;
  }

  static ObjectNode adapt(AdaptReport report) {
    ObjectNode json = Json.document("adapt");
    json.put("valid", report.valid());
    json.put("generation", report.generation());
    if (report.valid()) {
      json.put("hash", report.hash());
      json.set("diff", changes(report.diff()));
      json.put("disruptive", report.disruptive());
      ObjectNode affected = json.putObject("affected");
      report.affected().forEach(affected::put);
    } else {
      json.set("errors", problems(report.problems(), Problem.Severity.ERROR));
    }
    json.set("warnings", problems(report.problems(), Problem.Severity.WARNING));
    return json;
  }

  static ObjectNode error(
      String code,
      String message,
      String hint,
      List<Problem> problems,
      long generation,
      boolean rolledBack) {
    ObjectNode json = Json.document("error");
    json.put("code", code);
    json.put("message", message);
    if (!hint.isEmpty()) json.put("hint", hint);
    if (rolledBack) json.put("rolled_back", true);
    json.set("errors", problems(problems, Problem.Severity.ERROR));
    ArrayNode warnings = problems(problems, Problem.Severity.WARNING);
    if (!warnings.isEmpty()) json.set("warnings", warnings);
    json.put("generation", generation);
    return json;
  }

  static ObjectNode status(StatusReport report) {
    ObjectNode json = Json.document("status");
    json.put("name", report.name());
    json.put("version", report.version());
    json.put("pid", report.pid());
    json.put("healthy", report.degraded().isEmpty());
    json.put("sentence", report.sentence());
    json.put("generation", report.generation());
    json.put("hash", report.hash());
    json.put("started_at", report.startedAt().toString());
    json.put("uptime", Json.seconds(report.uptime()));
    ObjectNode modules = json.putObject("modules");
    report.modules().forEach((name, state) -> modules.put(name, lower(state)));
    json.put("connections", report.connections());
    ArrayNode degraded = json.putArray("degraded");
    report.degraded().forEach(degraded::add);
    return json;
  }

  static ObjectNode listeners(List<ListenerReport> reports) {
    ObjectNode json = Json.document("listeners");
    ArrayNode list = json.putArray("listeners");
    for (ListenerReport report : reports) {
      ObjectNode one = list.addObject();
      one.put("id", report.id());
      one.put("service", report.service());
      ArrayNode addresses = one.putArray("addresses");
      report.addresses().forEach(addresses::add);
      one.put("open_connections", report.openConnections());
      one.put("accepted_total", report.acceptedTotal());
    }
    return json;
  }

  static ObjectNode health(HealthReport report) {
    ObjectNode json = Json.document("health");
    json.put("ok", report.ok());
    ArrayNode degraded = json.putArray("degraded");
    report.degraded().forEach(degraded::add);
    ArrayNode list = json.putArray("checks");
    for (HealthReport.Check check : report.checks()) {
      ObjectNode one = list.addObject().put("name", check.name()).put("ok", check.ok());
      if (!check.detail().isEmpty()) one.put("detail", check.detail());
    }
    return json;
  }

  static ObjectNode connections(List<LiveConnection> page, Optional<Long> next, long nowNanos) {
    ObjectNode json = Json.document("connections");
    ArrayNode list = json.putArray("connections");
    for (LiveConnection connection : page) {
      ObjectNode one = list.addObject();
      one.put("id", connection.id());
      one.put("listener", connection.listener());
      one.put("kind", connection.kind());
      one.put("remote", text(connection.remote()));
      one.put("local", text(connection.local()));
      one.put("user", connection.principal().id());
      connection
          .principal()
          .entry()
          .ifPresent(entry -> one.put("entry", entry.source() + "/" + entry.id()));
      one.put("destination", connection.destination());
      one.put("received_bytes", connection.receivedBytes());
      one.put("sent_bytes", connection.sentBytes());
      one.put("age", Json.seconds(age(connection, nowNanos)));
    }
    next.ifPresent(id -> json.put("next_cursor", Long.toString(id)));
    return json;
  }

  static Duration age(LiveConnection connection, long nowNanos) {
    return Duration.ofNanos(Math.max(0, nowNanos - connection.acceptedAtNanos()));
  }

  static ArrayNode changes(List<Change> changes) {
    ArrayNode list = Json.array();
    for (Change change : changes) {
      list.addObject()
          .put("path", change.path())
          .put("op", lower(change.op()))
          .put("effect", change.effect());
    }
    return list;
  }

  private static ArrayNode problems(List<Problem> problems, Problem.Severity severity) {
    ArrayNode list = Json.array();
    for (Problem problem : problems) {
      if (problem.severity() != severity) continue;
      ObjectNode one = list.addObject();
      one.put("code", problem.code());
      one.put("path", problem.path());
      Problem.Place place = problem.place();
      if (!place.file().isEmpty()) one.put("file", place.file());
      if (place.line() > 0) one.put("line", place.line()).put("column", place.column());
      one.put("message", problem.message());
      if (!problem.hint().isEmpty()) one.put("hint", problem.hint());
      if (!problem.notes().isEmpty()) {
        ArrayNode notes = one.putArray("notes");
        problem.notes().forEach(notes::add);
      }
    }
    return list;
  }

  private static String text(SocketAddress address) {
    if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
      String host = inet.getAddress().getHostAddress();
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
    }
    return address.toString();
  }

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
