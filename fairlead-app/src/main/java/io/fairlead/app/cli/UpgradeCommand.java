package io.fairlead.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code upgrade}. */
final class UpgradeCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** The gateway says what became of it when its own time is up. */
  private static final Duration ANSWER_SLACK = Duration.ofSeconds(20);

  private final ControlCommands control;

  UpgradeCommand(ControlCommands control) {
    this.control = control;
  }

  int upgrade(Call call) throws CommandFailure, IOException {
    Duration timeout = call.duration("--timeout").orElse(TIMEOUT);
    Optional<Path> binary = call.path("--binary");
    StringBuilder body = new StringBuilder("{\"timeout\":");
    body.append(Json.quoted(Math.max(1, timeout.toMillis()) + "ms"));
    binary.ifPresent(
        path -> body.append(",\"binary\":").append(Json.quoted(path.toAbsolutePath().toString())));
    ControlClient.Answer answer =
        control.ask(
            call,
            new ControlCommands.Request("POST", "/v1/upgrade", "", List.of(), body + "}"),
            timeout.plus(ANSWER_SLACK));
    if (answer.status() != 202) throw ControlCommands.refused(call, answer);
    if (call.json()) {
      call.terminal().data(answer.body().stripTrailing());
      return Exit.OK;
    }
    var report = ControlCommands.understood(answer);
    call.terminal()
        .data(
            "pid %s took over %s sockets in %s ms; generation %s"
                .formatted(
                    Json.text(report, "pid").orElse("?"),
                    Json.text(report, "sockets").orElse("?"),
                    Json.text(report, "took_ms").orElse("?"),
                    Json.text(report, "generation").orElse("?")));
    return Exit.OK;
  }
}
