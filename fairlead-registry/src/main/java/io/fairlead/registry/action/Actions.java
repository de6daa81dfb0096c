package io.fairlead.registry.action;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Makes actions and verifications of their configuration. Immutable.
 *
 * @param processes the machine's processes
 * @param environment of this process, for {@code DOCKER_HOST} and the like
 */
public record Actions(
    Clock clock,
    Pause pause,
    Meters meters,
    ProcessTable processes,
    Map<String, String> environment) {
  public Actions {
    environment = Map.copyOf(environment);
  }

  /** An action with its tries. A {@code pid} is recognised from now on. */
  public Reloading reloading(ReloadConfig config) {
    return new Reloading(action(config), pause, meters);
  }

  public Verification verification(VerifyConfig config) {
    return new Verification(
        Checks.of(config, new ProgramRun(clock, pause)), config.timing(), clock, pause);
  }

  private ReloadAction action(ReloadConfig config) {
    ProgramRun programs = new ProgramRun(clock, pause);
    return switch (config) {
      case ReloadConfig.Internal _ -> new Silence();
      case ReloadConfig.Docker docker -> new DockerAction(docker, environment, clock, pause);
      case ReloadConfig.Pid pid -> new PidAction(pid, processes, pause);
      case ReloadConfig.PidPath path -> new PidPathAction(path, processes, pause);
      case ReloadConfig.Exec exec -> new ExecAction(exec, exec.timeout(), programs);
      case ReloadConfig.Http http -> new HttpAction(http);
      case ReloadConfig.Systemd unit ->
          new SystemdAction(unit.unit(), unit.timeout(), programs, "systemctl");
    };
  }

  /**
   * Whether a configuration may name programs to run.
   *
   * @param config the file that says so; empty when it did not come from a file
   * @return empty when it may, else why not
   */
  public static Optional<String> programsForbidden(boolean allowExec, Optional<Path> config) {
    if (!allowExec) return Optional.of("programs are run only with registry.allow_exec: true");
    if (config.isEmpty()) return Optional.of("programs are run only for a configuration file");
    return FileOwner.objection(config.get());
  }

  /** The list's user looks for itself. */
  private record Silence() implements ReloadAction {
    @Override
    public String type() {
      return "internal";
    }

    @Override
    public ActionResult run(Occasion occasion) {
      return new ActionResult.Done("");
    }
  }
}
