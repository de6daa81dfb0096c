package io.fairlead.app.cli;

import io.fairlead.app.doctor.RunningGateway;
import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code stop}, {@code status}, {@code config show --effective}, and how a gateway is asked. */
final class ControlCommands {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Product product;

  ControlCommands(Product product) {
    this.product = product;
  }

  int stop(Call call) throws CommandFailure, IOException {
    Optional<Duration> drain = call.duration("--drain");
    if (call.flag("--now") && drain.isPresent()) {
      throw CommandFailure.usage("--now and --drain exclude each other", "");
    }
    String wanted = call.flag("--now") ? "0s" : call.value("--drain").orElse("");
    List<String> query = wanted.isEmpty() ? List.of() : List.of("drain=" + wanted);
    String body = wanted.isEmpty() ? "{}" : "{\"drain\":" + Json.quoted(wanted) + "}";
    ControlClient.Answer answer = ask(call, new Request("POST", "/v1/stop", "/stop", query, body));
    if (answer.status() != 202 && answer.status() != 200) throw refused(call, answer);
    if (call.json()) call.terminal().data(answer.body().stripTrailing());
    else if (!call.flag("--quiet")) call.terminal().say("stopping");
    return Exit.OK;
  }

  int status(Call call) throws CommandFailure, IOException {
    ControlClient.Answer answer = ask(call, Request.get("/v1/status"));
    if (answer.status() != 200) throw refused(call, answer);
    var report = understood(answer);
    boolean healthy = report.get("degraded") instanceof List<?> reasons && reasons.isEmpty();
    if (call.json()) call.terminal().data(answer.body().stripTrailing());
    else if (!call.flag("--quiet")) StatusScreen.lines(report).forEach(call.terminal()::data);
    return healthy ? Exit.OK : Exit.DEGRADED;
  }

  int effective(Call call) throws CommandFailure, IOException {
    List<String> query = call.json() ? List.of() : List.of("format=yaml");
    ControlClient.Answer answer =
        ask(call, new Request("GET", "/v1/config/effective", "/now", query, ""));
    if (answer.status() != 200) throw refused(call, answer);
    call.terminal().data(answer.body().stripTrailing());
    return Exit.OK;
  }

  /** The configuration of the gateway that answers; empty when none does. */
  Optional<Map<String, @Nullable Object>> running(Call call) throws IOException {
    try {
      ControlClient.Answer answer =
          ask(call, new Request("GET", "/v1/config/effective", "/now", List.of(), ""));
      return answer.status() == 200 ? Json.object(answer.body()) : Optional.empty();
    } catch (CommandFailure nobody) {
      return Optional.empty();
    }
  }

  /** The gateway that answers. */
  Optional<RunningGateway> gateway(Call call) throws IOException {
    try {
      ControlClient.Answer answer = ask(call, Request.get("/v1/status"));
      Optional<Long> pid =
          answer.status() == 200
              ? Json.object(answer.body()).flatMap(report -> Json.number(report, "pid"))
              : Optional.empty();
      if (pid.isEmpty()) return Optional.empty();
      Map<String, String> says = new LinkedHashMap<>();
      for (String path :
          List.of(RunningGateway.LISTENERS, RunningGateway.TUNNELS, RunningGateway.RELAY)) {
        ControlClient.Answer more = ask(call, Request.get(path));
        if (more.status() == 200) says.put(path, more.body());
      }
      return Optional.of(new RunningGateway(pid.get(), says));
    } catch (CommandFailure nobody) {
      return Optional.empty();
    }
  }

  /** What the gateway that answers says of itself, by file name; empty when none does. */
  Map<String, String> reports(Call call) throws IOException {
    Map<String, String> reports = new LinkedHashMap<>();
    for (String path : List.of("/v1/status", "/v1/listeners", "/v1/connections", "/metrics")) {
      try {
        ControlClient.Answer answer = ask(call, Request.get(path));
        if (answer.status() != 200) continue;
        reports.put(
            "gateway" + path.replace("/v1/", "/").replace('/', '-') + ".txt", answer.body());
      } catch (CommandFailure nobody) {
        return reports;
      }
    }
    return reports;
  }

  /**
   * A request in its two forms.
   *
   * @param shortPath the form for a port without a token, a GET; empty: there is none
   * @param body JSON, of the long form only; empty for none
   */
  record Request(String method, String path, String shortPath, List<String> query, String body) {
    Request(String method, String path) {
      this(method, path, List.of());
    }

    Request(String method, String path, List<String> query) {
      this(method, path, "", query, "");
    }

    static Request get(String path) {
      return new Request("GET", path, "", List.of(), "");
    }

    String target(String base) {
      return query.isEmpty() ? base : base + "?" + String.join("&", query);
    }
  }

  ControlClient.Answer ask(Call call, Request request) throws CommandFailure, IOException {
    return ask(call, request, call.duration("--timeout").orElse(TIMEOUT));
  }

  ControlClient.Answer ask(Call call, Request request, Duration patience)
      throws CommandFailure, IOException {
    ControlClient client = new ControlClient(Clock.system(), patience);
    ControlDoors doors = ControlDoors.of(call, product);
    List<String> failures = new ArrayList<>();
    for (ControlEndpoint endpoint : doors.endpoints()) {
      try {
        Optional<String> token = doors.token();
        boolean shortForm =
            endpoint instanceof ControlEndpoint.Port
                && token.isEmpty()
                && !request.shortPath().isEmpty();
        return shortForm
            ? client.send(
                endpoint,
                "GET",
                request.target(request.shortPath()),
                Optional.empty(),
                Optional.empty())
            : client.send(
                endpoint,
                request.method(),
                request.target(request.path()),
                endpoint instanceof ControlEndpoint.Port ? token : Optional.empty(),
                Optional.of(request.body()).filter(body -> !body.isEmpty()));
      } catch (ControlClient.NobodyThere nobody) {
        failures.add(nobody.getMessage());
      } catch (SocketTimeoutException late) {
        throw new CommandFailure(
            Exit.TEMPORARY, "timeout", endpoint + ": " + late.getMessage(), "see: --timeout");
      } catch (ControlClient.NotHttp strange) {
        throw new CommandFailure(
            Exit.PROTOCOL, "not_http", endpoint + ": " + strange.getMessage(), "");
      } catch (java.net.SocketException forbidden) {
        throw new CommandFailure(
            Exit.NOT_ALLOWED,
            "not_allowed",
            endpoint + ": " + forbidden.getMessage(),
            "ask as the user that the gateway runs as");
      }
    }
    throw new CommandFailure(
        Exit.UNAVAILABLE,
        "unreachable",
        "no running gateway found",
        "tried " + String.join("; ", failures));
  }

  static Map<String, @Nullable Object> understood(ControlClient.Answer answer)
      throws CommandFailure {
    return Json.object(answer.body())
        .orElseThrow(
            () ->
                new CommandFailure(
                    Exit.PROTOCOL, "not_json", "the gateway's answer is not JSON", ""));
  }

  /** Maps an answer that is no success to its exit code. */
  static CommandFailure refused(Call call, ControlClient.Answer answer) throws CommandFailure {
    Map<String, @Nullable Object> body = Json.object(answer.body()).orElse(Map.of());
    String code = Json.text(body, "code").orElse("http_" + answer.status());
    String message =
        Json.text(body, "message").orElse("the gateway answered with status " + answer.status());
    List<Map<String, @Nullable Object>> errors = Json.children(body, "errors");
    List<Map<String, Object>> diagnostics = new ArrayList<>();
    boolean onlyRules = !errors.isEmpty();
    for (var error : errors) {
      if (!call.json()) call.terminal().say(line(error));
      onlyRules &= Json.text(error, "code").orElse("").startsWith("F21");
      Map<String, Object> diagnostic = new java.util.LinkedHashMap<>();
      error.forEach((key, value) -> diagnostic.put(key, value == null ? "" : value));
      diagnostics.add(diagnostic);
    }
    int exit =
        switch (answer.status()) {
          case 401, 403 -> Exit.NOT_ALLOWED;
          case 409, 412, 429, 503 -> Exit.TEMPORARY;
          case 422 -> onlyRules ? Exit.REFUSED_BY_RULE : Exit.INVALID;
          case 500 -> code.equals("prepare_failed") ? Exit.PREPARE_FAILED : Exit.FAILURE;
          default -> Exit.FAILURE;
        };
    String hint = Json.text(body, "hint").orElse("");
    boolean untouched = answer.status() == 422 || code.equals("prepare_failed");
    Optional<String> generation = Json.text(body, "generation").filter(text -> untouched);
    if (generation.isPresent() && hint.isEmpty()) {
      hint = "the running configuration (generation " + generation.get() + ") is unchanged";
    } else if (exit == Exit.NOT_ALLOWED && hint.isEmpty()) {
      hint = "use the socket, or name the token: --token-file FILE";
    }
    return new CommandFailure(exit, code, message, hint, diagnostics);
  }

  /** {@code file:line:column: error F1104: message; hint}. */
  static String line(Map<String, @Nullable Object> problem) {
    String file = Json.text(problem, "file").orElse("");
    long line = Json.number(problem, "line").orElse(0L);
    long column = Json.number(problem, "column").orElse(0L);
    String place =
        file.isEmpty() ? "" : line > 0 ? file + ":" + line + ":" + column + ": " : file + ": ";
    String code = Json.text(problem, "code").map(each -> each + ": ").orElse("");
    String severity = code.startsWith("W") ? "warning " : "error ";
    String hint =
        Json.text(problem, "hint")
            .filter(each -> !each.isEmpty())
            .map(each -> "; " + each)
            .orElse("");
    return place + severity + code + Json.text(problem, "message").orElse("") + hint;
  }
}
