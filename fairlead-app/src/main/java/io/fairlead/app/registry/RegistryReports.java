package io.fairlead.app.registry;

import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.RegistryService;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Role;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.reconcile.TargetStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What there is to say about the registry, as plain trees. */
final class RegistryReports {
  private RegistryReports() {}

  static Map<String, Object> status(RegistryService registry, Instant now) {
    Map<String, Object> report = document("registry");
    List<Object> sources = new ArrayList<>();
    registry
        .sources()
        .forEach(
            (name, view) -> {
              Map<String, Object> source = source(name, view, now);
              registry.details(name).forEach(source::putIfAbsent);
              sources.add(source);
            });
    report.put("sources", sources);
    report.put("targets", registry.targets().stream().map(RegistryReports::target).toList());
    return report;
  }

  static Map<String, Object> document(String name) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("schema", "fairlead." + name + "/1");
    return report;
  }

  private static Map<String, Object> source(String name, SourceFollower.View view, Instant now) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("name", name);
    report.put("state", view.healthy() ? "ok" : view.failure().isPresent() ? "stale" : "init");
    view.lastGood()
        .ifPresent(
            list -> {
              report.put("position", list.position().text());
              report.put("entries", list.entries().size());
              report.put("invalid", list.invalid());
              report.put("read_at", list.observedAt().toString());
              report.put("age_s", Duration.between(list.observedAt(), now).toSeconds());
              report.put("warnings", list.warnings());
            });
    view.failure().ifPresent(why -> report.put("why", why));
    view.failingSince().ifPresent(since -> report.put("failing_since", since.toString()));
    return report;
  }

  static Map<String, Object> target(TargetStatus status) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("name", status.name());
    report.put("kind", status.kind());
    report.put("policy", status.policy());
    report.put("state", status.state().word());
    report.put("since", status.since().toString());
    report.put("why", status.why());
    report.put("source", status.source());
    report.put("position", status.position());
    report.put("lines", status.lines());
    status.rail().ifPresent(rail -> report.put("rail", rail.word()));
    status.open().ifPresent(plan -> report.put("plan", plan(plan)));
    report.put("reload_pending", status.reloadPending());
    status.lastSuccess().ifPresent(at -> report.put("in_sync_at", at.toString()));
    report.put("unknown", status.unknown());
    report.put("warnings", status.warnings());
    report.put("exit", status.exit());
    return report;
  }

  private static Map<String, Object> plan(Plan plan) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("id", plan.id());
    report.put("position", plan.position());
    report.put("before", plan.beforeDigest());
    report.put("after", plan.afterDigest());
    List<Object> changes = new ArrayList<>();
    for (Change change : plan.changes()) {
      Map<String, Object> step = new LinkedHashMap<>();
      step.put("op", change.op().word());
      step.put("reason", change.reason().word());
      step.put("text", change.text());
      change.entry().ifPresent(entry -> step.put("entry", entry.toString()));
      changes.add(step);
    }
    report.put("changes", changes);
    return report;
  }

  static Map<String, Object> entries(String name, Snapshot list) {
    Map<String, Object> report = document("registry.entries");
    report.put("source", name);
    report.put("position", list.position().text());
    report.put("entries", list.entries().stream().map(RegistryReports::entry).toList());
    return report;
  }

  static Map<String, Object> entry(Entry entry) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("id", entry.id());
    report.put("status", entry.status().word());
    report.put(
        "roles",
        Arrays.stream(Role.values())
            .filter(role -> entry.hasRole(role.bit()))
            .map(Role::word)
            .toList());
    report.put("endpoints", entry.endpoints().stream().map(CanonicalAddress::text).toList());
    entry.publicKey().map(NodeKey::peerId).ifPresent(id -> report.put("public_key", id));
    entry.user().ifPresent(user -> report.put("user", user));
    entry.operator().ifPresent(operator -> report.put("operator", operator));
    report.put("group", entry.group());
    report.put("weight", entry.weight());
    report.put("valid_until", entry.validUntil());
    return report;
  }
}
