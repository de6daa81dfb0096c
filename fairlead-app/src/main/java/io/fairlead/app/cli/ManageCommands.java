package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.config.LogsConfig;
import io.fairlead.app.logs.LogSetup;
import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.Expectation;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import io.fairlead.registry.manage.HeldPlan;
import io.fairlead.registry.manage.HeldPlan.Decision;
import io.fairlead.registry.manage.ManageLoop;
import io.fairlead.registry.manage.ManageSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code manage}: keeps the list in another proxy's configuration in step, without a gateway. */
final class ManageCommands {
  private static final int EXIT_UNKNOWN = 6;
  private static final String USUAL_CONFIG = "proxy.yaml";
  private static final String USUAL_PID_FILE = "/var/run/proxy.pid";

  private static final List<Option> SHARED =
      List.of(
          value("FILE", "the configuration to keep; ./proxy.yaml", "--proxy-config"),
          value("SOURCE", "the list: a file or an http(s) URL; proxy_list.txt", "--source"),
          value("POINTER", "where the list stands in the file; /subscribe", "--path"),
          value("D", "how long to wait after each pass; 5s", "--interval"),
          value("DIR", "own folder for the state", "--state-dir"),
          value("ADDR", "HOST:PORT that must accept after a reload, or undo", "--verify"),
          flag("behave as the program this replaces", "--compat"),
          value("N", "end with N when the list names what the file has not", "--exit-unknown"),
          flag("believe a list without entries", "--allow-empty"),
          flag("one pass; its outcome is the exit code", "--once"));

  private ManageCommands() {}

  /** The word and the ways to tell a process. */
  static Command tree() {
    return new Command(
        "manage",
        "keep the list in another proxy's configuration in step and make it reload",
        SHARED,
        List.of(),
        List.of(
            Command.leaf(
                "docker",
                "HUP to a container",
                with(
                    value("SOCKET", "unix:///PATH or tcp://HOST:PORT", "--socket"),
                    value("NAME", "name or id of the container", "--container")),
                List.of(),
                call ->
                    run(
                        call,
                        ReloadConfig.Docker.of(
                            required(call, "--container", "--container proxy"),
                            call.value("--socket")))),
            Command.leaf(
                "pid-path",
                "HUP to the process named in a file",
                with(
                    value("FILE", "file with its number; " + USUAL_PID_FILE, "--pid-path"),
                    flag("it may be process 1", "--allow-init")),
                List.of(),
                call ->
                    run(
                        call,
                        new ReloadConfig.PidPath(
                            call.path("--pid-path").orElse(Path.of(USUAL_PID_FILE)),
                            call.flag("--allow-init"),
                            Expectation.ANY,
                            ReloadConfig.DEFAULT_TIMEOUT))),
            Command.leaf(
                "pid",
                "HUP to a process",
                with(
                    value("P", "its number", "--pid"), flag("it may be process 1", "--allow-init")),
                List.of(),
                call ->
                    run(
                        call,
                        new ReloadConfig.Pid(
                            pid(required(call, "--pid", "--pid 4711")),
                            call.flag("--allow-init"),
                            Expectation.ANY,
                            ReloadConfig.DEFAULT_TIMEOUT))),
            decision("approve", "let the plan go on that a loop holds", Decision.APPROVE),
            decision("reject", "let a loop hold its plan without further word", Decision.REJECT)),
        Optional.empty());
  }

  private static Command decision(String word, String what, Decision decision) {
    return Command.leaf(
        word,
        what,
        List.of(
            value("FILE", "the configuration the loop keeps; ./proxy.yaml", "--proxy-config"),
            value("DIR", "the loop's own folder", "--state-dir")),
        List.of(new Command.Positional("PLAN", false, List.of(), "its id; the one that is held")),
        call -> decide(call, decision));
  }

  private static int decide(Call call, Decision decision) throws CommandFailure, IOException {
    Path config = config(call);
    HeldPlan plan = new HeldPlan(stateDir(call, config, call.environment()));
    HeldPlan.Note held =
        plan.now()
            .orElseThrow(
                () ->
                    new CommandFailure(
                        Exit.FAILURE,
                        "nothing_held",
                        "no loop holds a plan for " + config,
                        "name the loop's --proxy-config, or its --state-dir"));
    Optional<String> wanted = call.word(0);
    if (wanted.isPresent() && !wanted.get().equals(held.planId())) {
      throw new CommandFailure(
          Exit.FAILURE,
          "no_such_plan",
          wanted.get() + " is not held",
          "held is " + held.planId() + ": " + held.text());
    }
    plan.say(held.planId(), decision);
    call.terminal()
        .data(
            call.json()
                ? Json.print(Map.of("plan", held.planId(), "decision", decision.word()))
                : held.planId() + " " + decision.word() + ": " + held.text());
    return Exit.OK;
  }

  private static Path config(Call call) {
    return call.path("--proxy-config")
        .or(() -> call.path("--config"))
        .orElse(call.workingDir().resolve(USUAL_CONFIG))
        .toAbsolutePath()
        .normalize();
  }

  private static Path stateDir(Call call, Path config, Map<String, String> environment) {
    return call.path("--state-dir")
        .orElseGet(() -> ManageLoop.defaultStateDir(config, environment, call.workingDir()));
  }

  private static List<Option> with(Option... own) {
    List<Option> all = new ArrayList<>(List.of(own));
    all.addAll(SHARED);
    return all;
  }

  private static int run(Call call, ReloadConfig reload)
      throws CommandFailure, IOException, InterruptedException {
    boolean compatible = call.flag("--compat");
    Map<String, String> environment =
        compatible ? DotEnv.over(call.environment(), call.workingDir()) : call.environment();
    LogSetup.apply(
        level(call, compatible, environment), form(call), LogsConfig.TYPE.defaults().lines());
    Path config = config(call);
    ManageSettings settings =
        new ManageSettings(
            config,
            call.value("--path").orElse(ManageSettings.DEFAULT_PATH),
            source(call),
            ManageSettings.DEFAULT_PORT,
            reload,
            verify(call),
            new ManageSettings.Strictness(compatible, exitUnknown(call, compatible)),
            call.flag("--allow-empty"),
            new ManageSettings.Pace(
                call.duration("--interval").orElse(ManageSettings.Pace.DEFAULTS.interval()),
                call.flag("--once")),
            stateDir(call, config, environment));
    ManageLoop loop;
    try {
      loop =
          new ManageLoop(
              settings,
              new Meters(new SimpleMeterRegistry()),
              environment,
              Clock.system(),
              Pause.system(),
              Randomness.system());
      return loop.run();
    } catch (IllegalArgumentException unusable) {
      throw new CommandFailure(Exit.INVALID, "unusable", String.valueOf(unusable.getMessage()), "");
    }
  }

  private static String source(Call call) {
    String source = call.value("--source").orElse(ManageSettings.DEFAULT_SOURCE);
    boolean url = source.startsWith("http://") || source.startsWith("https://");
    return url ? source : call.workingDir().resolve(source).toString();
  }

  private static OptionalInt exitUnknown(Call call, boolean compatible) throws CommandFailure {
    Optional<String> text = call.value("--exit-unknown");
    if (text.isEmpty()) return compatible ? OptionalInt.of(EXIT_UNKNOWN) : OptionalInt.empty();
    if (!text.get().matches("[1-9]|[1-9][0-9]|1[01][0-9]|12[0-7]")) {
      throw CommandFailure.usage(
          "--exit-unknown: `" + text.get() + "` is not an exit code", "use 1 to 127");
    }
    return OptionalInt.of(Integer.parseInt(text.get()));
  }

  private static VerifyConfig verify(Call call) throws CommandFailure {
    Optional<String> text = call.value("--verify");
    if (text.isEmpty()) return VerifyConfig.NOBODY;
    HostAndPort address =
        HostAndPort.parse(text.get(), 1)
            .orElseThrow(
                () ->
                    CommandFailure.usage(
                        "--verify: `" + text.get() + "` is not an address",
                        "e.g. --verify 127.0.0.1:8085"));
    return new VerifyConfig.Tcp(
        new Destination.HostPort(address.host(), address.port()),
        VerifyConfig.Timing.TYPE.defaults());
  }

  private static long pid(String text) throws CommandFailure {
    if (!text.matches("[1-9][0-9]{0,9}")) {
      throw CommandFailure.usage(
          "--pid: `" + text + "` is not the number of a process", "use a number from 2");
    }
    return Long.parseLong(text);
  }

  private static String required(Call call, String option, String example) throws CommandFailure {
    return call.value(option)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> CommandFailure.usage(option + " is missing", "e.g. " + example));
  }

  private static String level(Call call, boolean compatible, Map<String, String> environment)
      throws CommandFailure {
    if (compatible) return RustLog.level(environment.getOrDefault("RUST_LOG", ""));
    if (call.flag("--quiet")) return "error";
    return switch (call.count("--verbose")) {
      case 0 -> "info";
      case 1 -> "debug";
      default -> "trace";
    };
  }

  private static LogSetup.Form form(Call call) throws CommandFailure {
    LogsConfig.Format format = RunCommands.logFormat(call).orElse(LogsConfig.Format.AUTO);
    return switch (format) {
      case AUTO -> LogSetup.automatic();
      case TEXT -> LogSetup.Form.TEXT;
      case JSON -> LogSetup.Form.JSON;
    };
  }
}
