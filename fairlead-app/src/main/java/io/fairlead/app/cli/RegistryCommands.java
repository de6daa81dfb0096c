package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.app.cli.ControlCommands.Request;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.lifecycle.StartException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * {@code registry sync | status | diff | watch | approve | reject | history}: through the running
 * gateway, or with {@code --offline} by reading the sources and the last good lists.
 */
final class RegistryCommands {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** The worst of several targets' exit codes is the one that stands first here. */
  private static final List<Integer> WORST_FIRST = List.of(75, 73, 5, 4, 6, 3, 2);

  private final Product product;
  private final ControlCommands control;

  RegistryCommands(Product product, ControlCommands control) {
    this.product = product;
    this.control = control;
  }

  Command group() {
    Option target = value("NAME", "this target only", "--target");
    Option source = value("NAME", "this source only", "--source");
    Option offline = flag("without the gateway; changes nothing", "--offline");
    Positional plan = new Positional("PLAN", true, List.of(), "the id of a held plan");
    return Command.group(
        "registry",
        "local targets and the lists they follow",
        List.of(
            Command.leaf(
                "sync",
                "read the sources now and apply; 0 in sync, 3 held, 4 stale, 5 rolled back",
                List.of(
                    target,
                    flag("say what would be done, as diff does", "--dry-run"),
                    flag("approve a list that became empty", "--force-empty"),
                    offline),
                List.of(),
                this::sync),
            Command.leaf(
                "status",
                "how sources and targets stand; 0 in sync, 2 drift, 3 held, 4 stale",
                List.of(target, source, offline),
                List.of(),
                this::status),
            Command.leaf(
                "diff",
                "what differs and would change; 0 nothing, 2 something",
                List.of(
                    target,
                    offline,
                    value("N", "lists in contracts as of this block; offline", "--at-block")),
                List.of(),
                this::diff),
            Command.leaf(
                "watch",
                "how targets stand, then each change as it happens",
                List.of(target),
                List.of(),
                this::watch),
            Command.leaf(
                "approve",
                "let a held plan go on",
                List.of(),
                List.of(plan),
                call -> decide(call, "approve")),
            Command.leaf(
                "reject",
                "silence a held plan",
                List.of(),
                List.of(plan),
                call -> decide(call, "reject")),
            Command.leaf(
                "history", "what happened last", List.of(target), List.of(), this::history),
            IdentityCommands.token()));
  }

  private int sync(Call call) throws CommandFailure, IOException, InterruptedException {
    if (call.flag("--dry-run")) return diff(call);
    if (call.flag("--offline")) {
      throw new CommandFailure(
          Exit.UNAVAILABLE,
          "needs_gateway",
          "targets inside the gateway can only be changed by a running one",
          "start it, or use --dry-run --offline to see what it would do");
    }
    Map<String, @Nullable Object> report = syncOnce(call);
    if (call.flag("--force-empty")) {
      boolean approved = false;
      for (var target : targets(call, report)) {
        if (!Json.text(target, "rail").equals(Optional.of("empty"))) continue;
        String id = Json.text(Json.child(target, "plan"), "id").orElse("");
        answered(call, new Request("POST", "/v1/registry/plans/" + id + "/approve"));
        approved = true;
      }
      if (approved) report = syncOnce(call);
    }
    return show(call, report, false);
  }

  private Map<String, @Nullable Object> syncOnce(Call call) throws CommandFailure, IOException {
    List<String> query = new ArrayList<>();
    call.value("--target").ifPresent(name -> query.add("target=" + encoded(name)));
    query.add("timeout=" + call.duration("--timeout").orElse(TIMEOUT).toMillis() + "ms");
    return answered(call, new Request("POST", "/v1/registry/sync", query));
  }

  private int status(Call call) throws CommandFailure, IOException, InterruptedException {
    return show(call, report(call), false);
  }

  private int diff(Call call) throws CommandFailure, IOException, InterruptedException {
    return show(call, report(call), true);
  }

  private Map<String, @Nullable Object> report(Call call)
      throws CommandFailure, IOException, InterruptedException {
    OptionalLong block = block(call);
    if (!call.flag("--offline") && block.isEmpty())
      return answered(call, new Request("GET", "/v1/registry"));
    ConfigSource source = ConfigFiles.read(call).source();
    try {
      return new HashMap<>(
          product.registryOffline(
              source, call.value("--target"), call.duration("--timeout").orElse(TIMEOUT), block));
    } catch (ConfigException wrong) {
      throw CommandFailure.invalid(source.fileName(), wrong.problems());
    } catch (StartException failure) {
      throw new CommandFailure(Exit.IO, "state", String.valueOf(failure.getMessage()), "");
    }
  }

  private static OptionalLong block(Call call) throws CommandFailure {
    Optional<String> text = call.value("--at-block");
    if (text.isEmpty()) return OptionalLong.empty();
    if (!text.get().matches("[0-9]{1,18}")) {
      throw CommandFailure.usage(
          "--at-block: `" + text.get() + "` is no block number", "write it in decimal");
    }
    return OptionalLong.of(Long.parseLong(text.get()));
  }

  /** How every target stands, then each change of that as it happens. */
  private int watch(Call call) throws CommandFailure, IOException {
    return new EventFeed(product)
        .follow(call, "/v1/registry/events", () -> standing(call), data -> changed(call, data));
  }

  private void standing(Call call) throws CommandFailure, IOException {
    for (var target : targets(call, answered(call, new Request("GET", "/v1/registry")))) {
      call.terminal().data(call.json() ? Json.print(target) : line(target));
    }
  }

  private static void changed(Call call, String data) throws CommandFailure {
    Map<String, @Nullable Object> event = Json.object(data).orElse(Map.of());
    String kind = Json.text(event, "kind").orElse("");
    Optional<String> wanted = call.value("--target");
    if (!kind.equals("registry.state") && !kind.equals("registry.change")) return;
    if (wanted.isPresent() && !isOf(event, wanted.get())) return;
    call.terminal().data(call.json() ? data : told(kind, event));
  }

  private static String told(String kind, Map<String, @Nullable Object> event) {
    List<String> words = new ArrayList<>();
    words.add(Json.text(event, "at").orElse(""));
    words.add("target " + Json.text(event, "target").orElse(""));
    if (kind.equals("registry.state")) {
      words.add(Json.text(event, "state").orElse(""));
      Json.text(event, "plan_id").ifPresent(plan -> words.add("plan " + plan));
      Json.text(event, "why").filter(why -> !why.isEmpty()).ifPresent(words::add);
    } else {
      words.add(Json.text(event, "op").orElse(""));
      Json.text(event, "endpoint").or(() -> Json.text(event, "plan_id")).ifPresent(words::add);
      words.add("(" + Json.text(event, "reason").orElse("") + ")");
    }
    return String.join("  ", words);
  }

  private int decide(Call call, String decision) throws CommandFailure, IOException {
    String plan = call.word(0).orElse("");
    var report =
        answered(call, new Request("POST", "/v1/registry/plans/" + encoded(plan) + "/" + decision));
    call.terminal()
        .data(
            call.json()
                ? Json.print(report)
                : plan + " " + Json.text(report, "decision").orElse(decision));
    return Exit.OK;
  }

  private int history(Call call) throws CommandFailure, IOException {
    var report = answered(call, new Request("GET", "/v1/registry/audit"));
    Optional<String> wanted = call.value("--target");
    List<Map<String, @Nullable Object>> lines = new ArrayList<>();
    for (var line : Json.children(report, "lines")) {
      if (wanted.isEmpty() || isOf(line, wanted.get())) lines.add(line);
    }
    if (call.json()) {
      call.terminal().data(Json.print(Map.of("lines", lines)));
      return Exit.OK;
    }
    for (var line : lines) {
      String what = Json.text(line, "endpoint").or(() -> Json.text(line, "plan_id")).orElse("");
      call.terminal()
          .data(
              String.join(
                  "  ",
                  Json.text(line, "time").orElse(""),
                  Json.text(line, "target").orElse(""),
                  Json.text(line, "op").orElse(""),
                  what,
                  Json.text(line, "reason").orElse(""),
                  Json.text(line, "result").orElse("")));
    }
    return Exit.OK;
  }

  /** Whether a line tells of that target; one line may tell of several. */
  private static boolean isOf(Map<String, @Nullable Object> line, String target) {
    return List.of(Json.text(line, "target").orElse("").split("\\+", -1)).contains(target);
  }

  private Map<String, @Nullable Object> answered(Call call, Request request)
      throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, request);
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    return ControlCommands.understood(answer);
  }

  private static List<Map<String, @Nullable Object>> targets(
      Call call, Map<String, @Nullable Object> report) throws CommandFailure {
    Optional<String> wanted = call.value("--target");
    List<Map<String, @Nullable Object>> chosen = new ArrayList<>();
    for (var target : Json.children(report, "targets")) {
      if (wanted.isEmpty() || Json.text(target, "name").equals(wanted)) chosen.add(target);
    }
    if (chosen.isEmpty() && wanted.isPresent()) {
      throw CommandFailure.usage(
          "no target `" + wanted.get() + "`", "see fairlead registry status");
    }
    return chosen;
  }

  private static int show(Call call, Map<String, @Nullable Object> report, boolean changes)
      throws CommandFailure {
    List<Map<String, @Nullable Object>> targets = targets(call, report);
    if (call.json()) {
      call.terminal().data(Json.print(report));
    } else {
      if (!changes) {
        Optional<String> wanted = call.value("--source");
        for (var source : Json.children(report, "sources")) {
          if (wanted.isPresent() && !Json.text(source, "name").equals(wanted)) continue;
          call.terminal().data(sourceLine(source));
        }
      }
      for (var target : targets) {
        call.terminal().data(line(target));
        for (var change : Json.children(Json.child(target, "plan"), "changes")) {
          call.terminal().data("  " + step(change));
        }
      }
    }
    return exit(targets);
  }

  private static int exit(List<Map<String, @Nullable Object>> targets) {
    for (int code : WORST_FIRST) {
      for (var target : targets) {
        if (Json.number(target, "exit").orElse(0L) == code) return code;
      }
    }
    return Exit.OK;
  }

  private static String sourceLine(Map<String, @Nullable Object> source) {
    return "source "
        + Json.text(source, "name").orElse("")
        + "  "
        + Json.text(source, "state").orElse("")
        + "  "
        + Json.text(source, "entries").map(count -> count + " entries  ").orElse("")
        + Json.text(source, "position").orElse("")
        + chain(source)
        + Json.text(source, "held").map(id -> "  held " + id).orElse("")
        + Json.text(source, "why").map(why -> "  " + why).orElse("");
  }

  /** For a list on a chain: its head, and how each endpoint stood. */
  private static String chain(Map<String, @Nullable Object> source) {
    Optional<String> head = Json.text(source, "head");
    if (head.isEmpty()) return "";
    List<String> endpoints = new ArrayList<>();
    for (var each : Json.children(source, "endpoints")) {
      endpoints.add(
          Json.text(each, "endpoint").orElse("") + " " + Json.text(each, "state").orElse(""));
    }
    return "  head "
        + head.get()
        + " ("
        + Json.text(source, "head_age_s").orElse("?")
        + " s)  "
        + String.join(", ", endpoints);
  }

  private static String line(Map<String, @Nullable Object> target) {
    String why = Json.text(target, "why").filter(text -> !text.isEmpty()).orElse("");
    String plan = Json.text(Json.child(target, "plan"), "id").orElse("");
    return "target "
        + Json.text(target, "name").orElse("")
        + "  "
        + Json.text(target, "state").orElse("")
        + "  "
        + Json.text(target, "lines").orElse("0")
        + " lines  "
        + Json.text(target, "position").orElse("")
        + (plan.isEmpty() ? "" : "  plan " + plan)
        + (why.isEmpty() ? "" : "  " + why);
  }

  private static String step(Map<String, @Nullable Object> change) {
    String op = Json.text(change, "op").orElse("");
    String sign =
        switch (op) {
          case "add", "restore" -> "+";
          case "remove" -> "-";
          default -> "~";
        };
    return sign
        + " "
        + Json.text(change, "text").orElse("")
        + "  ("
        + Json.text(change, "reason").orElse("")
        + ")";
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
