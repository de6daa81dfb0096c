package io.fairlead.app.cli;

import io.fairlead.app.cli.ControlCommands.Request;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.ConfigSplice;
import io.fairlead.core.config.Reading;
import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code config set}, {@code config diff}, {@code config show --layers} and {@code --source}. */
final class ConfigEditCommands {
  private final Product product;
  private final ControlCommands control;

  ConfigEditCommands(Product product, ControlCommands control) {
    this.product = product;
    this.control = control;
  }

  /** Writes only what is valid afterwards. */
  int set(Call call) throws CommandFailure {
    String path = call.word(0).orElse("");
    String value = call.word(1).orElse("");
    ConfigFiles.Found found = ConfigFiles.read(call);
    Path file =
        found
            .file()
            .orElseThrow(
                () -> CommandFailure.usage("standard input cannot be changed", "name a file: -c"));
    String changed;
    try {
      changed = ConfigSplice.set(found.source().text(), path, value);
    } catch (ConfigSplice.Refused refused) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE,
          "cannot_edit",
          refused.getMessage(),
          "edit " + found.source().fileName() + " by hand");
    }
    ConfigSource next =
        new ConfigSource(found.source().fileName(), changed, found.source().baseDir());
    Reading<?> reading = product.read(next);
    if (reading.value().isEmpty()) {
      throw CommandFailure.invalid(next.fileName() + " (not written)", reading.problems());
    }
    try {
      StagedFile.write(file, changed.getBytes(StandardCharsets.UTF_8)).publish();
    } catch (IOException failure) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE, "cannot_write", file + ": " + failure.getMessage(), "");
    }
    if (!call.flag("--quiet")) {
      call.terminal().say(next.fileName() + ": " + path + " set; apply it with: fairlead reload");
    }
    return Exit.OK;
  }

  int diff(Call call) throws CommandFailure, IOException {
    String one = call.word(0).orElse("");
    String other = call.word(1).orElse("");
    boolean numbers = one.matches("[0-9]+") && other.matches("[0-9]+");
    List<Map<String, Object>> changes =
        numbers ? ofGenerations(call, one, other) : ofFiles(call, one, other);
    if (call.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("schema", "fairlead.config_diff/1");
      document.put("changes", changes);
      call.terminal().data(Json.print(document));
    } else {
      for (Map<String, Object> change : changes) call.terminal().data(line(change));
    }
    return changes.isEmpty() ? Exit.OK : Exit.DIFFERENT;
  }

  int layers(Call call) throws CommandFailure, IOException {
    ControlClient.Answer answer =
        control.ask(call, new Request("GET", "/v1/now", "/now", List.of("layers=1"), ""));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    if (call.json()) {
      call.terminal().data(answer.body().stripTrailing());
      return Exit.OK;
    }
    var document = ControlCommands.understood(answer);
    call.terminal().data("base: " + Json.text(document, "base").orElse("file"));
    Json.child(document, "origins")
        .forEach((path, origin) -> call.terminal().data("%-9s %s".formatted(origin, path)));
    return Exit.OK;
  }

  int source(Call call) throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, Request.get("/v1/config/source"));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    call.terminal().data(answer.body().stripTrailing());
    return Exit.OK;
  }

  private List<Map<String, Object>> ofGenerations(Call call, String one, String other)
      throws CommandFailure, IOException {
    ControlClient.Answer answer =
        control.ask(call, Request.get("/v1/config/history/" + one + ".." + other));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    List<Map<String, Object>> changes = new ArrayList<>();
    for (var change : Json.children(ControlCommands.understood(answer), "changes")) {
      Map<String, Object> copy = new LinkedHashMap<>();
      change.forEach((key, value) -> copy.put(key, value == null ? "null" : value));
      changes.add(copy);
    }
    return changes;
  }

  private List<Map<String, Object>> ofFiles(Call call, String one, String other)
      throws CommandFailure {
    List<Map<String, Object>> changes = new ArrayList<>();
    for (ConfigDiff.Change change :
        ConfigDiff.between(
            read(call, one).effective(), read(call, other).effective(), product.configuration())) {
      Map<String, Object> copy = new LinkedHashMap<>();
      copy.put("path", change.path());
      copy.put("op", change.operation().name().toLowerCase(Locale.ROOT));
      change.before().ifPresent(tree -> copy.put("before", tree));
      change.after().ifPresent(tree -> copy.put("after", tree));
      if (change.secret()) copy.put("secret", true);
      changes.add(copy);
    }
    return changes;
  }

  private Reading<?> read(Call call, String name) throws CommandFailure {
    ConfigSource source = ConfigFiles.read(call, call.workingDir().resolve(name));
    Reading<?> reading = product.read(source);
    if (reading.value().isEmpty()) {
      throw CommandFailure.invalid(source.fileName(), reading.problems());
    }
    return reading;
  }

  private static String line(Map<String, Object> change) {
    String before = shown(change, "before");
    String after = shown(change, "after");
    String sign =
        switch (String.valueOf(change.get("op"))) {
          case "add" -> "+ ";
          case "remove" -> "- ";
          default -> "~ ";
        };
    String values =
        switch (sign) {
          case "+ " -> after;
          case "- " -> before;
          default -> before + " -> " + after;
        };
    return sign + change.get("path") + ": " + values;
  }

  private static String shown(Map<String, Object> change, String key) {
    Object tree = change.get(key);
    return tree == null ? "" : Json.print(tree).replaceAll("\\s*\n\\s*", " ");
  }
}
