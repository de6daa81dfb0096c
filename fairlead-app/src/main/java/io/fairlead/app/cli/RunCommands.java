package io.fairlead.app.cli;

import io.fairlead.app.LaunchOptions;
import io.fairlead.app.Version;
import io.fairlead.app.config.LogsConfig;
import io.fairlead.core.config.Diagnostics;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code run} and {@code validate}. */
final class RunCommands {
  private final Product product;

  RunCommands(Product product) {
    this.product = product;
  }

  int run(Call call) throws CommandFailure {
    ConfigFiles.Found found = ConfigFiles.read(call);
    CliConsole console = CliConsole.of(call);
    if (console.verbosity() > 0) {
      call.terminal().say("configuration: " + found.source().fileName());
    }
    return product.run(
        new LaunchOptions(
            found.source(),
            false,
            call.flag("--check"),
            List.of(),
            found.file(),
            logFormat(call),
            call.flag("--watch"),
            call.flag("--last-good"),
            call.path("--upgrade")),
        console);
  }

  static Optional<LogsConfig.Format> logFormat(Call call) throws CommandFailure {
    Optional<String> word = call.value("--log-format");
    if (word.isEmpty()) return Optional.empty();
    return switch (word.get()) {
      case "text" -> Optional.of(LogsConfig.Format.TEXT);
      case "json" -> Optional.of(LogsConfig.Format.JSON);
      default ->
          throw CommandFailure.usage(
              "--log-format: `" + word.get() + "` is not a choice", "use text or json");
    };
  }

  /** Problems are this command's data and go to standard output. */
  int validate(Call call) throws CommandFailure {
    String form = call.json() ? "json" : call.value("--format").orElse("text");
    if (!List.of("text", "json", "sarif").contains(form)) {
      throw CommandFailure.usage(
          "--format: `" + form + "` is not a choice", "use text, json or sarif");
    }
    ConfigFiles.Found found = ConfigFiles.read(call);
    Reading<?> reading = product.read(found.source());
    List<Problem> problems = reading.problems();
    boolean strict = call.flag("--strict");
    boolean errors = problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
    boolean valid = !errors && !(strict && !problems.isEmpty());
    switch (form) {
      case "json" -> call.terminal().data(Json.print(document(found, problems, valid)));
      case "sarif" ->
          call.terminal().data(Json.print(Diagnosis.sarif(problems, Version.current())));
      default -> {
        boolean colour = CliConsole.colour(call, call.terminal().outTty());
        for (Problem problem : problems) {
          String shown = reading.document().shownText(problem.place().file());
          call.terminal().data(Diagnostics.render(problem, shown, colour).stripTrailing());
        }
        if (!call.flag("--quiet")) {
          call.terminal().data(found.source().fileName() + ": " + Diagnosis.count(problems));
        }
      }
    }
    if (valid) return Exit.OK;
    return errors ? CommandFailure.exitCodeOf(problems) : Exit.INVALID;
  }

  private static Map<String, Object> document(
      ConfigFiles.Found found, List<Problem> problems, boolean valid) {
    List<Map<String, Object>> errors = new ArrayList<>();
    List<Map<String, Object>> warnings = new ArrayList<>();
    for (Problem problem : problems) {
      (problem.severity() == Problem.Severity.ERROR ? errors : warnings)
          .add(Diagnosis.json(problem));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead.validate/1");
    document.put("file", found.source().fileName());
    document.put("valid", valid);
    document.put("errors", errors);
    document.put("warnings", warnings);
    return document;
  }
}
