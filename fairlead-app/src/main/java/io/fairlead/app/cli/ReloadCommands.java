package io.fairlead.app.cli;

import io.fairlead.app.cli.ControlCommands.Request;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code reload}, {@code confirm}, {@code rollback}. */
final class ReloadCommands {
  private final ControlCommands control;

  ReloadCommands(ControlCommands control) {
    this.control = control;
  }

  int reload(Call call) throws CommandFailure, IOException {
    boolean dry = call.flag("--dry-run");
    List<String> query = manner(call);
    if (dry) query.add("dry_run=1");
    return told(call, control.ask(call, new Request("POST", "/v1/reload", "/reload", query, "")));
  }

  int rollback(Call call) throws CommandFailure, IOException {
    List<String> query = manner(call);
    Optional<String> to = call.word(0);
    if (to.isPresent()) {
      if (!to.get().matches("[1-9][0-9]{0,17}")) {
        throw CommandFailure.usage(
            "`" + to.get() + "` is not the number of a generation", "see: fairlead config diff");
      }
      query.add("to=" + to.get());
    }
    return told(call, control.ask(call, new Request("POST", "/v1/rollback", "", query, "")));
  }

  int confirm(Call call) throws CommandFailure, IOException {
    ControlClient.Answer answer =
        control.ask(call, new Request("POST", "/v1/confirm", "", List.of(), ""));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    if (call.json()) {
      call.terminal().data(answer.body().stripTrailing());
    } else {
      String generation = Json.text(ControlCommands.understood(answer), "generation").orElse("?");
      call.terminal().data("generation " + generation + " stays");
    }
    return Exit.OK;
  }

  private static List<String> manner(Call call) throws CommandFailure {
    List<String> query = new ArrayList<>();
    Optional<String> confirm = call.value("--confirm-within");
    if (confirm.isPresent() && call.duration("--confirm-within").isPresent()) {
      query.add("confirm_within=" + encoded(confirm.get()));
    }
    call.value("--comment").ifPresent(text -> query.add("comment=" + encoded(text)));
    if (call.flag("--allow-disruptive")) query.add("allow_disruptive=1");
    return query;
  }

  private static int told(Call call, ControlClient.Answer answer) throws CommandFailure {
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    if (call.json()) {
      call.terminal().data(answer.body().stripTrailing());
      return Exit.OK;
    }
    var report = ControlCommands.understood(answer);
    String generation = Json.text(report, "generation").orElse("?");
    List<Map<String, @Nullable Object>> changed = Json.children(report, "changed");
    if (Json.text(report, "dry_run").equals(Optional.of("true"))) {
      boolean disruptive = Json.text(report, "disruptive").equals(Optional.of("true"));
      call.terminal()
          .data(changed.size() + " changes, not applied" + (disruptive ? "; disruptive" : ""));
    } else if (Json.text(report, "unchanged").equals(Optional.of("true"))) {
      call.terminal().data("nothing changed; generation " + generation);
    } else {
      String took = Json.text(report, "took_ms").map(ms -> " in " + ms + " ms").orElse("");
      call.terminal()
          .data("generation %s, %d changes%s".formatted(generation, changed.size(), took));
    }
    for (var change : changed) {
      call.terminal()
          .data(
              "  %-6s %s%s"
                  .formatted(
                      Json.text(change, "op").orElse(""),
                      Json.text(change, "path").orElse(""),
                      Json.text(change, "effect").map(effect -> " (" + effect + ")").orElse("")));
    }
    Json.text(report, "confirm_by")
        .ifPresent(
            at -> call.terminal().say("undone at " + at + " unless you run: fairlead confirm"));
    for (var warning : Json.children(report, "warnings")) {
      call.terminal().say(ControlCommands.line(warning));
    }
    return Exit.OK;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
